"""Fusion models: builders that take shapes and return ordinary, uncompiled Keras models."""

from mm_keras.utils.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
