"""Figures of data, features, fusion and results. Each function draws one figure and returns a matplotlib Figure.

Save it with `figure.savefig("name.png")`. In a notebook, a Figure that is the last expression of a cell is shown.
Characters that no installed font has are drawn as boxes; for Chinese install a font such as "Noto Sans CJK SC": it is found
by itself. No function touches pyplot or leaves a changed matplotlib setting behind, so figures need not be closed.
"""

from mm_keras.utils.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
