"""Fusion operators: functions from a dict of Keras tensors, keyed by modality, to one tensor.

Each operator is in the file of the same name.
"""

from mm_keras.fusion.operators.attention import attention
from mm_keras.fusion.operators.bilinear import bilinear
from mm_keras.fusion.operators.concat import concat
from mm_keras.fusion.operators.film import film
from mm_keras.fusion.operators.gated import gated
from mm_keras.fusion.operators.max import max
from mm_keras.fusion.operators.mean import mean
from mm_keras.fusion.operators.outer import outer
from mm_keras.fusion.operators.product import product
from mm_keras.fusion.operators.sum import sum

__all__ = [
    "attention",
    "bilinear",
    "concat",
    "film",
    "gated",
    "max",
    "mean",
    "outer",
    "product",
    "sum",
]
