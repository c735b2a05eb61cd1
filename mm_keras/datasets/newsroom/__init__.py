"""The newsroom: short reports with small images, drawn by code, whose best possible accuracies are known exactly.

`python -m mm_keras.datasets.newsroom FOLDER` writes a small one to disk.
"""

from mm_keras.datasets.newsroom.make import make_newsroom
from mm_keras.datasets.newsroom.schemes import SCHEMES, scheme_table
from mm_keras.datasets.newsroom.write import write_newsroom

__all__ = ["SCHEMES", "make_newsroom", "scheme_table", "write_newsroom"]
