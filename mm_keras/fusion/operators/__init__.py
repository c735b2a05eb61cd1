"""Operators: a dict of Keras tensors, keyed by modality, becomes one tensor. One close family per file."""

from mm_keras.fusion.operators.attention import attend
from mm_keras.fusion.operators.bilinear import low_rank_bilinear
from mm_keras.fusion.operators.concat import concatenate
from mm_keras.fusion.operators.elementwise import add, average, maximum, multiply
from mm_keras.fusion.operators.film import scale_and_shift
from mm_keras.fusion.operators.gated import gated_unit
from mm_keras.fusion.operators.outer import outer_product

OPERATORS = {
    "concat": concatenate,
    "sum": add,
    "mean": average,
    "max": maximum,
    "product": multiply,
    "outer": outer_product,
    "bilinear": low_rank_bilinear,
    "gated": gated_unit,
    "film": scale_and_shift,
    "attention": attend,
}

# These look at positions themselves, so they get them whatever the head reads.
USE_POSITIONS = (scale_and_shift, attend)
