"""From samples to arrays: one extractor per modality, with scaling, caching and streaming."""

from mm_keras.utils.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
