"""General helpers: messages, files, hashes, parallel processing, progress, formatting."""
