"""Gradients, the first step of HOG: how strongly and in which direction the brightness changes at every pixel."""

import threading
from functools import lru_cache

import numpy as np

_kept = threading.local()  # .arrays: what `working_arrays` gave last in this thread
KEPT_PIXELS = 65_536  # for more pixels the arrays are not kept


def votes(pictures, orientations):
    """Float pictures (n, rows, cols[, 3]) -> magnitude and orientation bin of the gradients, (n, rows, cols) each."""
    g_row, g_col = np.zeros_like(pictures), np.zeros_like(pictures)
    g_row[:, 1:-1] = pictures[:, 2:] - pictures[:, :-2]
    g_col[:, :, 1:-1] = pictures[:, :, 2:] - pictures[:, :, :-2]
    if pictures.ndim == 4:
        strongest = np.hypot(g_row, g_col).argmax(axis=3)[..., np.newaxis]
        g_row, g_col = (np.take_along_axis(g, strongest, axis=3)[..., 0] for g in (g_row, g_col))
    g_row, g_col = g_row.astype(np.float64), g_col.astype(np.float64)
    bins = orientation_bins(g_row, g_col, orientations)
    magnitude = np.sqrt(g_row * g_row + g_col * g_col)
    magnitude[bins == orientations] = 0
    return magnitude, (bins % orientations).astype(np.intp)


def votes_by_table(pictures, orientations):
    """The same for uint8 pictures: both differences are whole numbers in -255..255, so one table holds all answers.

    The arrays are good until the next call in this thread, which writes over them.
    """
    table, bin_bits = vote_table(orientations)
    arrays = working_arrays(pictures.shape)
    index, magnitude = table_index(pictures, arrays), arrays["magnitude"]
    if pictures.ndim == 4:
        strongest = (table.take(index).view(np.int64) | bin_bits).argmax(axis=3)[..., np.newaxis]  # the bin must not decide
        index, magnitude = np.take_along_axis(index, strongest, axis=3)[..., 0], None
    magnitude = np.take(table, index, out=magnitude, mode="wrap")  # "wrap" looks least at whether the index lies in the table
    return magnitude, np.bitwise_and(magnitude.view(np.int64), bin_bits, out=index)


def table_index(pictures, arrays):
    """|511 * g_row + g_col|, the place of a pair of differences in the table, worked out in the `working_arrays`. The other
    sign is the other direction of the same gradient, so it has the same magnitude and orientation.

    Differences along one long row are quicker than along many short ones. They are wrong where they reach into the next row
    of pixels: at the left and right border, where the gradient is zero by definition.
    """
    values, g_row, g_col, places, index = (arrays[name] for name in ("values", "g_row", "g_col", "places", "index"))
    values[...] = pictures
    np.subtract(values[:, 2:], values[:, :-2], out=g_row[:, 1:-1])
    step = 1 if pictures.ndim == 3 else pictures.shape[3]
    flat = values.reshape(-1)
    np.subtract(flat[2 * step:], flat[:-2 * step], out=g_col.reshape(-1)[step:-step])
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
        kinds = {"values": np.int16, "g_row": np.int16, "g_col": np.int16, "places": np.int32, "index": np.intp, "magnitude": float}
        arrays = {name: np.zeros(shape, kind) for name, kind in kinds.items()}
        _kept.arrays = arrays if arrays["values"].size <= KEPT_PIXELS else None
    return arrays


@lru_cache(maxsize=4)
def vote_table(orientations):
    """Magnitude for all pairs of differences, at the places that `table_index` gives them, float64. Its lowest bits hold the
    orientation bin: one look-up answers both, and the magnitude is still exact to twelve digits. Also: the mask of these bits."""
    bin_bits = np.int64((1 << (orientations - 1).bit_length()) - 1)
    g_col, g_row = np.meshgrid(np.arange(-255.0, 256), np.arange(-255.0, 256))
    table = np.hypot(g_row, g_col).ravel()
    bits = table.view(np.int64)
    bits &= ~bin_bits
    bits |= orientation_bins(g_row, g_col, orientations).ravel()
    return table[table.size // 2:].copy(), bin_bits


def orientation_bins(g_row, g_col, orientations):
    """Bin i holds the angles from i * 180 / orientations up to, and without, the next border. An angle that only
    rounding has brought to 180 degrees lies in none: it gets the number `orientations`."""
    degrees = np.rad2deg(np.arctan2(g_row, g_col))
    degrees[degrees == 180] = 0
    degrees[degrees < 0] += 180
    bins = np.zeros(degrees.shape, np.min_scalar_type(orientations))
    for border in 180 / orientations * np.arange(1, orientations + 1):
        bins += degrees >= border
    return bins
