"""How an array of one rank is laid out for a head that reads another: vector, sequence or grid."""

import math

import keras
from keras import ops

SMALLEST = 6  # two valid 3x3 convolutions and one 2x2 pooling need six rows and six columns
LONGEST = 1024  # the longest vector that is laid out as a square as it is: 32 x 32
SIDE = 16  # a longer one is first projected to SIDE * SIDE numbers


def rank_of(tensor):
    """1 for a vector (n, d), 2 for a sequence (n, steps, d), 3 for a grid (n, rows, columns, channels)."""
    rank = len(tensor.shape) - 1
    if rank not in (1, 2, 3) or None in tensor.shape[1:]:
        raise ValueError("A head or an operator reads a vector (d,), a sequence (steps, d) or a grid (rows, columns, "
                         f"channels) of known size. Received: {tuple(tensor.shape[1:])}.")
    return rank


def to_vector(tensor):
    """All numbers of a sample in one row: (n, steps, d) -> (n, steps * d)."""
    return tensor if rank_of(tensor) == 1 else keras.layers.Flatten()(tensor)


def to_sequence(tensor):
    """The rows of a grid are the steps: (n, rows, columns, channels) -> (n, rows, columns * channels)."""
    if rank_of(tensor) == 1:
        raise ValueError(
            "The rnn head reads a sequence (steps, d), or a grid whose rows are the steps. Received: a vector "
            f"{tuple(tensor.shape[1:])}. Use HOG(feature_vector=False) for pictures or Sequence() for text, and an "
            "operator that keeps positions (concat, sum, mean, max, product, bilinear, gated, film) or makes a picture "
            "(outer); or use head='dense' or head='cnn'.")
    if rank_of(tensor) == 2:
        return tensor
    rows, columns, channels = tensor.shape[1:]
    return keras.layers.Reshape((rows, columns * channels))(tensor)


def to_square(vector):
    """A vector of d numbers, row by row in the smallest square that holds it, zeros at the end: (n, d) -> (n, s, s, 1).

    The neighbourhoods that a convolution then sees are those of the feature order, which for words is arbitrary. A
    vector longer than 1,024 is projected to 16 x 16 numbers first: the network learns which features become
    neighbours.
    """
    if vector.shape[1] > LONGEST:
        vector = keras.layers.Dense(SIDE * SIDE, name="to_square")(vector)
    length = vector.shape[1]
    side = math.isqrt(length - 1) + 1
    padded = ops.pad(vector, ((0, 0), (0, side * side - length)))
    return keras.layers.Reshape((side, side, 1))(padded)


def at_least(tensor, smallest=SMALLEST):
    """A sequence or grid with zeros around it where it has fewer than `smallest` steps, rows or columns."""
    missing = [max(smallest - size, 0) for size in tensor.shape[1:-1]]
    if not any(missing):
        return tensor
    around = tuple((size // 2, size - size // 2) for size in missing)
    padding = keras.layers.ZeroPadding1D(*around) if len(around) == 1 else keras.layers.ZeroPadding2D(around)
    return padding(tensor)
