"""Plots of data, features, fusion and results. Each function returns a `matplotlib.figure.Figure`.

Save a figure with `figure.savefig("name.png")`. In a notebook, a figure is shown if it is the last
expression of a cell. Texts in any script are drawn with the installed fonts that have their
characters; what no font has becomes a box, with one warning. No function uses pyplot or changes
matplotlib's settings, so figures need not be closed.
"""

from mm_keras.utils.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
