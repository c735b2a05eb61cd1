"""Heads: functions (tensor, num_classes) -> class probabilities."""

from mm_keras.utils.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
