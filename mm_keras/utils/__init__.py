"""What has nothing to do with the five steps: messages, files, hashes, processes, progress, words."""
