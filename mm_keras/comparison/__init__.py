"""Fair comparison of classifiers on your own data: `compare`, contenders, job engine and report."""

from mm_keras.utils.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
