"""Saving without pickle: estimators as JSON and arrays, the folder, the network."""

from mm_keras.utils.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
