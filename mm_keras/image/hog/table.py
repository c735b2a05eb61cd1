"""A faster first step of HOG for uint8 images: one table lookup per pixel.

Differences of uint8 pixels are integers from -255 to 255, so one table holds the magnitude and the
bin for all pairs of them. `hog.gradients` is the reference implementation of this step;
`tests/image/test_hog.py` checks that both agree.
"""

import threading
from functools import lru_cache

import numpy as np

_cache = threading.local()  # .arrays: the arrays that `working_arrays` last returned in this thread
MAX_CACHED_PIXELS = 65_536  # arrays for more pixels are not cached


def gradients(images, orientations, bin_function):
    """Magnitude and orientation bin, (n, rows, cols) each, of uint8 images (n, rows, cols[, 3]).

    The arrays are valid until the next call in this thread, which overwrites them.

    Args:
        bin_function: function (g_row, g_col, orientations) -> bins, called once for all pairs of
            differences.
    """
    table, bin_bits = vote_table(orientations, bin_function)
    arrays = working_arrays(images.shape)
    index, magnitude = table_index(images, arrays), arrays["magnitude"]
    if images.ndim == 4:
        # With all bin bits set, only the magnitudes decide which channel is strongest.
        masked = table.take(index).view(np.int64) | bin_bits
        strongest = masked.argmax(axis=3)[..., np.newaxis]
        index, magnitude = np.take_along_axis(index, strongest, axis=3)[..., 0], None
    # mode="wrap" has the cheapest bounds check
    magnitude = np.take(table, index, out=magnitude, mode="wrap")
    return magnitude, np.bitwise_and(magnitude.view(np.int64), bin_bits, out=index)


def table_index(images, arrays):
    """|511 * g_row + g_col|, the table index of each pair of differences, in `working_arrays`.

    The opposite sign is the opposite direction of the same gradient, with the same magnitude and
    orientation.

    Column differences are taken along one long row, which is faster than along many short ones.
    They are wrong where they reach into the next row of pixels, which is at the left and right
    border, where the gradient is zero by definition.
    """
    values, g_row, g_col = arrays["values"], arrays["g_row"], arrays["g_col"]
    signed_index, index = arrays["signed_index"], arrays["index"]
    values[...] = images
    np.subtract(values[:, 2:], values[:, :-2], out=g_row[:, 1:-1])
    step = 1 if images.ndim == 3 else images.shape[3]
    flat = values.reshape(-1)
    np.subtract(flat[2 * step :], flat[: -2 * step], out=g_col.reshape(-1)[step:-step])
    g_col[:, :, 0] = g_col[:, :, -1] = 0
    signed_index[...] = g_row
    signed_index *= 511
    signed_index += g_col
    index[...] = np.abs(signed_index, out=signed_index)
    return index


def working_arrays(shape):
    """Uninitialized arrays of this shape, except that the first and last row of `g_row` are zero.

    The next call in this thread returns the same arrays: allocating new ones for every chunk would
    take a tenth of the time of HOG.
    """
    arrays = getattr(_cache, "arrays", None)
    if arrays is None or arrays["values"].shape != shape:
        dtypes = {
            "values": np.int16,
            "g_row": np.int16,
            "g_col": np.int16,
            "signed_index": np.int32,
            "index": np.intp,
            "magnitude": np.float64,
        }
        arrays = {name: np.zeros(shape, dtype) for name, dtype in dtypes.items()}
        _cache.arrays = arrays if arrays["values"].size <= MAX_CACHED_PIXELS else None
    return arrays


@lru_cache(maxsize=4)
def vote_table(orientations, bin_function):
    """The float64 magnitudes of all pairs of differences, ordered by `table_index`; and a bit mask.

    The lowest bits of a magnitude, selected by the mask, hold the orientation bin. One lookup thus
    gives both, and the magnitude is still exact to twelve digits.
    """
    bin_bits = np.int64((1 << (int(orientations) - 1).bit_length()) - 1)
    g_col, g_row = np.meshgrid(np.arange(-255.0, 256), np.arange(-255.0, 256))
    table = np.hypot(g_row, g_col).ravel()
    bits = table.view(np.int64)
    bits &= ~bin_bits
    bits |= bin_function(g_row, g_col, orientations).ravel()
    return table[table.size // 2 :].copy(), bin_bits
