"""SIFT: `descriptors` computes local descriptors, `sift` counts them as visual words."""

from mm_keras.image.sift.sift import SIFT

__all__ = ["SIFT"]
