"""Your own data: a CSV file with one line per sample, and image files."""

from mm_keras.datasets.pairs.load import column_names, load_pairs

__all__ = ["column_names", "load_pairs"]
