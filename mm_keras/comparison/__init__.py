"""An honest comparison of classifiers on anyone's data: `compare`, its contenders, its engine and its report."""

from mm_keras.utils.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
