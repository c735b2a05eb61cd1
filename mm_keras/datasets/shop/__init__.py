"""The shop: descriptions of products with drawings in color, with exactly known best accuracies."""

from mm_keras.datasets.shop.make import make_shop

__all__ = ["make_shop"]
