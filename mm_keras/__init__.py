"""Classic multimodal fusion in Keras, step by step: preprocess, extract, fuse, train, predict."""

from mm_keras.utils.lazy import attach
from mm_keras.utils.lazy_layers import register_layers

__version__ = "0.2.0"

register_layers()
__getattr__, __dir__, __all__ = attach(__name__, __file__)
