"""The fast twin of the first step of HOG, for uint8 images: one lookup gives a pixel's magnitude and its bin.

Differences of uint8 pixels are whole numbers from -255 to 255, so one table holds the answers for all pairs of them.
`hog.gradients` is the same step as the paper tells it; `tests/image/test_hog.py` finds both equal.
"""

import threading
from functools import lru_cache

import numpy as np

_kept = threading.local()  # .arrays: what `working_arrays` gave last in this thread
KEPT_PIXELS = 65_536  # for more pixels the arrays are not kept


def gradients(images, orientations, bins_of):
    """uint8 images (n, rows, cols[, 3]) -> magnitude and orientation bin of the gradients, (n, rows, cols) each.

    The arrays are good until the next call in this thread, which writes over them.

    Args:
        bins_of: function (g_row, g_col, orientations) -> bins, which is asked once for all pairs of differences.
    """
    table, bin_bits = vote_table(orientations, bins_of)
    arrays = working_arrays(images.shape)
    index, magnitude = table_index(images, arrays), arrays["magnitude"]
    if images.ndim == 4:
        strongest = (table.take(index).view(np.int64) | bin_bits).argmax(axis=3)[
            ..., np.newaxis
        ]  # the bin must not decide
        index, magnitude = np.take_along_axis(index, strongest, axis=3)[..., 0], None
    magnitude = np.take(
        table, index, out=magnitude, mode="wrap"
    )  # "wrap" checks least whether the index lies in the table
    return magnitude, np.bitwise_and(magnitude.view(np.int64), bin_bits, out=index)


def table_index(images, arrays):
    """|511 * g_row + g_col|, the place of a pair of differences in the table, computed in the `working_arrays`.

    The other sign is the other direction of the same gradient, so it has the same magnitude and orientation.

    Differences along one long row are quicker than along many short ones. They are wrong where they reach into the next
    row of pixels: at the left and right border, where the gradient is zero by definition.
    """
    values, g_row, g_col, places, index = (
        arrays[name] for name in ("values", "g_row", "g_col", "places", "index")
    )
    values[...] = images
    np.subtract(values[:, 2:], values[:, :-2], out=g_row[:, 1:-1])
    step = 1 if images.ndim == 3 else images.shape[3]
    flat = values.reshape(-1)
    np.subtract(flat[2 * step :], flat[: -2 * step], out=g_col.reshape(-1)[step:-step])
    g_col[:, :, 0] = g_col[:, :, -1] = 0
    places[...] = g_row
    places *= 511
    places += g_col
    index[...] = np.abs(places, out=places)
    return index


def working_arrays(shape):
    """Arrays of this shape whose values may be anything, except that the first and last row of `g_row` are zero.

    The next call in this thread gives the same ones: new memory for every chunk would take a tenth of the time of HOG.
    """
    arrays = getattr(_kept, "arrays", None)
    if arrays is None or arrays["values"].shape != shape:
        dtypes = {
            "values": np.int16,
            "g_row": np.int16,
            "g_col": np.int16,
            "places": np.int32,
            "index": np.intp,
            "magnitude": np.float64,
        }
        arrays = {name: np.zeros(shape, dtype) for name, dtype in dtypes.items()}
        _kept.arrays = arrays if arrays["values"].size <= KEPT_PIXELS else None
    return arrays


@lru_cache(maxsize=4)
def vote_table(orientations, bins_of):
    """Magnitude for all pairs of differences, at the places that `table_index` gives them, float64; and a mask of bits.

    The lowest bits of a magnitude, those of the mask, hold the orientation bin: one lookup answers both, and the magnitude
    is still exact to twelve digits.
    """
    bin_bits = np.int64((1 << (orientations - 1).bit_length()) - 1)
    g_col, g_row = np.meshgrid(np.arange(-255.0, 256), np.arange(-255.0, 256))
    table = np.hypot(g_row, g_col).ravel()
    bits = table.view(np.int64)
    bits &= ~bin_bits
    bits |= bins_of(g_row, g_col, orientations).ravel()
    return table[table.size // 2 :].copy(), bin_bits
