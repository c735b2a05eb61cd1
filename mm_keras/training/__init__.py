"""Training with default settings: single networks, and cells of level x operator x head."""

from mm_keras.utils.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
