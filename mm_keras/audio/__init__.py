"""Audio feature extractors: raw sounds in, sequences of spectra out."""

from mm_keras.utils.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
