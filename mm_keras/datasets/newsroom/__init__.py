"""The newsroom: synthetic reports with small images, with exactly known best accuracies.

`python -m mm_keras.datasets.newsroom FOLDER` writes a small data set to disk.
"""

from mm_keras.datasets.newsroom.make import make_newsroom
from mm_keras.datasets.newsroom.schemes import SCHEMES, scheme_table
from mm_keras.datasets.newsroom.write import write_newsroom

__all__ = ["SCHEMES", "make_newsroom", "scheme_table", "write_newsroom"]
