"""How an array of one rank is laid out for a head that reads another: vector, sequence or grid."""

import math
from contextvars import ContextVar

import keras
from keras import ops

from mm_keras.utils.random_state import seeded

SMALLEST = 6  # two valid 3x3 convolutions and one 2x2 pooling need six rows and six columns
LONGEST = 1024  # the longest vector that is laid out as a square as it is: 32 x 32
SIDE = 16  # a longer one is first projected to SIDE * SIDE numbers


def rank_of(tensor):
    """1 for a vector (n, d), 2 for a sequence (n, steps, d), 3 for a grid (n, rows, columns, channels)."""
    rank = len(tensor.shape) - 1
    if rank not in (1, 2, 3) or None in tensor.shape[1:]:
        raise ValueError(
            "A head or an operator reads a vector (d,), a sequence (steps, d) or a grid (rows, columns, "
            f"channels) of known size. Received: {tuple(tensor.shape[1:])}."
        )
    return rank


def to_vector(tensor):
    """All values of a sample in one row: (n, steps, d) -> (n, steps * d)."""
    asked_for("vector", tensor)
    return tensor if rank_of(tensor) == 1 else keras.layers.Flatten()(tensor)


def to_sequence(tensor):
    """The rows of a grid are the steps: (n, rows, columns, channels) -> (n, rows, columns * channels)."""
    asked_for("sequence", tensor)
    if rank_of(tensor) == 1:
        raise ValueError(
            "The rnn head reads a sequence (steps, d), or a grid whose rows are the steps. Received: a vector "
            f"{tuple(tensor.shape[1:])}. Use HOG(feature_vector=False) for images or Sequence() for text, and an "
            "operator that keeps positions, such as concat or product; or use head='dense' or head='cnn'."
        )
    if rank_of(tensor) == 2:
        return tensor
    rows, columns, channels = tensor.shape[1:]
    return keras.layers.Reshape((rows, columns * channels))(tensor)


def to_square(vector):
    """A vector of d numbers, row by row in the smallest square that holds it, zeros at the end: (n, d) -> (n, s, s, 1).

    The neighborhoods that a convolution then sees are those of the feature order, which for words is arbitrary. A
    vector longer than 1,024 is projected to 16 x 16 numbers first: the network learns which features become
    neighbors.
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
    padding = (
        keras.layers.ZeroPadding1D(*around)
        if len(around) == 1
        else keras.layers.ZeroPadding2D(around)
    )
    return padding(tensor)


_asked = ContextVar(
    "_asked", default=None
)  # the list in which `reads_of` collects what a function asks for


def asked_for(layout, *tensors):
    """Note that a head or an operator wants these tensors as "vector", "sequence" or with their "positions"."""
    if _asked.get() is not None:
        _asked.get().append((layout, tensors))


def reads_of(function, trial, *arguments):
    """What a head or an operator reads: "vector", "sequence" or "positions"; None where nothing says so.

    Built-in functions say it themselves (`cnn_head.reads`), and so may yours. For one that does not, it is found out: the
    function is called with a trial input, and the layout counts that is asked for first, for that very input. So a function
    of your own that hands its input on to `linear_head` is treated as `linear_head` is.

    Args:
        function: a head or an operator.
        trial: function without arguments -> an input for it, with positions: a tensor, or a dict of tensors.
        *arguments: what it is called with besides.
    """
    if hasattr(function, "reads"):
        return function.reads
    given, found = trial(), []
    token = _asked.set(found)
    try:
        with seeded(0):  # the layers of the trial must not change the weights of the model
            function(given, *arguments)
    except (
        Exception
    ):  # the input was not meant for it; whoever calls it with the real one sees the reason
        pass
    finally:
        _asked.reset(token)
    tensors = list(given.values()) if isinstance(given, dict) else [given]
    return next(
        (
            layout
            for layout, asked in found
            if any(one is tensor for one in asked for tensor in tensors)
        ),
        None,
    )
