"""Conversions of an array between the layouts that heads read: vector, sequence and grid."""

import math
from contextvars import ContextVar

import keras
from keras import ops

from mm_keras.utils.random_state import seeded

LAYOUT = "channels_last"  # of all arrays, whatever `keras.config.image_data_format()` says
MIN_SIZE = 6  # two valid 3x3 convolutions and one 2x2 pooling need six rows and six columns
MAX_SQUARE_LENGTH = 1024  # the longest vector laid out as a square without projection: 32 x 32
PROJECTED_SIDE = 16  # a longer one is first projected to 16 * 16 values


def rank_of(tensor):
    """1 for a vector (n, d), 2 for a sequence (n, steps, d), 3 for a grid (n, rows, columns, c)."""
    rank = len(tensor.shape) - 1
    if rank not in (1, 2, 3) or None in tensor.shape[1:]:
        raise ValueError(
            "A head or an operator reads a vector (d,), a sequence (steps, d) or a grid (rows, "
            f"columns, channels) of known size. Received: {tuple(tensor.shape[1:])}."
        )
    return rank


def to_vector(tensor):
    """All values of a sample in one row: (n, steps, d) -> (n, steps * d)."""
    record_layout("vector", tensor)
    return tensor if rank_of(tensor) == 1 else keras.layers.Flatten(data_format=LAYOUT)(tensor)


def to_sequence(tensor):
    """The rows of a grid as steps: (n, rows, columns, c) -> (n, rows, columns * c)."""
    record_layout("sequence", tensor)
    if rank_of(tensor) == 1:
        raise ValueError(
            "The rnn head reads a sequence (steps, d), or a grid whose rows are the steps. "
            f"Received: a vector {tuple(tensor.shape[1:])}. Use HOG(feature_vector=False) for "
            "images or Sequence() for text, and an operator that keeps positions, such as concat "
            "or product; or use head='dense' or head='cnn'."
        )
    if rank_of(tensor) == 2:
        return tensor
    rows, columns, channels = tensor.shape[1:]
    return keras.layers.Reshape((rows, columns * channels))(tensor)


def to_square(vector):
    """A vector laid out row by row in the smallest square that holds it: (n, d) -> (n, s, s, 1).

    The square is padded with zeros at the end. The neighborhoods that a convolution then sees are
    those of the feature order, which for words is arbitrary. A vector longer than 1,024 is
    projected to 16 x 16 values first: the network learns which features become neighbors.
    """
    if vector.shape[1] > MAX_SQUARE_LENGTH:
        vector = keras.layers.Dense(PROJECTED_SIDE * PROJECTED_SIDE, name="to_square")(vector)
    length = vector.shape[1]
    side = math.isqrt(length - 1) + 1
    padded = ops.pad(vector, ((0, 0), (0, side * side - length)))
    return keras.layers.Reshape((side, side, 1))(padded)


def pad_to_minimum(tensor, min_size=MIN_SIZE):
    """A sequence or grid, zero-padded to at least `min_size` steps, or rows and columns."""
    missing = [max(min_size - size, 0) for size in tensor.shape[1:-1]]
    if not any(missing):
        return tensor
    margins = tuple((size // 2, size - size // 2) for size in missing)
    padding = (
        keras.layers.ZeroPadding1D(*margins, data_format=LAYOUT)
        if len(margins) == 1
        else keras.layers.ZeroPadding2D(margins, data_format=LAYOUT)
    )
    return padding(tensor)


# The list in which `reads_of` collects the layouts that a function asks for.
_layout_requests = ContextVar("_layout_requests", default=None)


def record_layout(layout, *tensors):
    """Record that a function reads tensors as "vector", "sequence" or with their "positions"."""
    if _layout_requests.get() is not None:
        _layout_requests.get().append((layout, tensors))


def reads_of(function, trial, *arguments):
    """The layout that a head or an operator reads: "vector", "sequence", "positions" or None.

    Built-in functions declare it (`cnn_head.reads`), and so may yours. For a function that does
    not, it is determined by a trial: the function is called with a trial input, and the first
    layout requested for that very input counts. So a function of your own that passes its input on
    to `linear_head` is treated as `linear_head` is. None means that no layout was requested.

    Args:
        function: a head or an operator.
        trial: function without arguments -> an input with positions: a tensor, or a dict of
            tensors.
        *arguments: further arguments of `function`.
    """
    if hasattr(function, "reads"):
        return function.reads
    trial_input, requests = trial(), []
    token = _layout_requests.set(requests)
    try:
        # The layers of the trial must not change the weights of the model.
        with seeded(0, keep_compiled=True):
            function(trial_input, *arguments)
    except Exception:
        pass  # the function cannot read the trial input; the call with the real one shows the error
    finally:
        _layout_requests.reset(token)
    inputs = list(trial_input.values()) if isinstance(trial_input, dict) else [trial_input]
    for layout, tensors in requests:
        if any(requested is tensor for requested in tensors for tensor in inputs):
            return layout
    return None
