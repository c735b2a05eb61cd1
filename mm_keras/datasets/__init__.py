"""Labeled multimodal data: synthetic (`make_`), from files (`load_`) and downloaded (`fetch_`)."""

from mm_keras.utils.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
