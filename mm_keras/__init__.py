"""Classic multimodal fusion in Keras, step by step: preprocess, extract, fuse, train, predict."""

from mm_keras.utils.lazy import attach

__version__ = "0.2.0"

__getattr__, __dir__, __all__ = attach(__name__, __file__)
