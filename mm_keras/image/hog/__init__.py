"""HOG: `hog` implements the algorithm step by step; `table` is a faster step 1 for uint8 images."""

from mm_keras.image.hog.hog import HOG

__all__ = ["HOG"]
