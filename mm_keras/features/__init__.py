"""From samples to arrays: one extractor per modality, scaled, cached and streamed."""

from mm_keras.utils.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
