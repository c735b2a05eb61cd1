"""SIFT: `descriptors` describes places of an image, `sift` counts them as visual words."""

from mm_keras.image.sift.sift import SIFT

__all__ = ["SIFT"]
