"""HOG: `hog` tells the algorithm from top to bottom, `table` computes the same for uint8 images much faster."""

from mm_keras.image.hog.hog import HOG

__all__ = ["HOG"]
