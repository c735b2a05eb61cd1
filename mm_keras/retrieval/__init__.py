"""Retrieval: estimators that map two modalities to one space, where similar vectors are near."""

from mm_keras.utils.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
