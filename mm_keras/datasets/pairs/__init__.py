"""Your own data: a CSV file with one line per sample, and image files."""
