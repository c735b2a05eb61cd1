"""Extractors for the columns of a table: numbers, categories, and vectors made elsewhere."""

from mm_keras.utils.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
