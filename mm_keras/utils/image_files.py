"""What is never decoded, because it could exhaust the memory."""

MAX_PIXELS = 100_000_000  # an image whose header promises more is not decoded
