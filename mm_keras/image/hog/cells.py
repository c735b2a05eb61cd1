"""Cells and blocks, the second and third step of HOG: gradients counted in histograms, histograms brought to one length."""

from functools import lru_cache, reduce

import numpy as np

BLOCK_NORMS = ("L1", "L1-sqrt", "L2", "L2-Hys")
EPS = 1e-5


def cell_histograms(magnitude, bins, pixels_per_cell, orientations):
    """Mean vote per cell and bin: (n, R, C, orientations) float32. One flat count over all pictures, cells and bins, whose
    numbers are written over `bins`."""
    num_pictures = len(magnitude)
    (height, width), (rows, columns) = pixels_per_cell, np.floor_divide(magnitude.shape[1:], pixels_per_cell)
    used = np.s_[:, :rows * height, :columns * width]
    index = bins[used]
    index += first_bins(num_pictures, int(rows), int(columns), height, width, orientations)
    sums = np.bincount(index.ravel(), magnitude[used].ravel(), minlength=num_pictures * rows * columns * orientations)
    return (sums / (height * width)).astype(np.float32).reshape(num_pictures, rows, columns, orientations)


@lru_cache(maxsize=4)
def first_bins(num_pictures, rows, columns, height, width, orientations):
    """For each pixel the number of its cell's first bin, when all bins of all cells of all pictures are numbered."""
    cell = np.arange(rows * height)[:, np.newaxis] // height * columns + np.arange(columns * width) // width
    cells = cell + (np.arange(num_pictures) * (rows * columns)).reshape(-1, 1, 1)
    return cells * orientations


def normalised_blocks(histograms, cells_per_block, norm, blocks):
    """Fill `blocks`, (n, R-b+1, C-d+1, b * d * orientations) float32, with every block as one normalised vector.

    "L2-Hys" divides by the length, cuts at 0.2 and divides by the new length. Here without the first division: the uncut
    vector is cut at 0.2 times its length, which is the root of the sum over its cells of their sums of squares.
    """
    windows = _windows(histograms, *cells_per_block)
    filled = blocks.reshape(windows.shape)
    if norm == "L2-Hys":
        squares = np.einsum("...i,...i->...", histograms, histograms)
        length = np.sqrt(_block_sums(squares, *cells_per_block) + np.float32(EPS ** 2))
        np.minimum(windows, (np.float32(0.2) * length)[..., np.newaxis, np.newaxis], out=filled)
        _divide(blocks, _length(blocks, np.float32(EPS) * length))
        return
    filled[...] = windows
    if norm == "L2":
        _divide(blocks, _length(blocks, np.float32(EPS)))
        return
    _divide(blocks, blocks.sum(axis=-1) + np.float32(EPS))
    if norm == "L1-sqrt":
        np.sqrt(blocks, out=blocks)


def _divide(blocks, length):
    blocks *= (1 / length)[..., np.newaxis]


def _length(blocks, eps):
    return np.sqrt(np.einsum("...i,...i->...", blocks, blocks) + eps ** 2)


def _windows(cells, rows, columns):
    """A view on cells (n, R, C, k): (n, R-rows+1, C-columns+1, rows, columns * k), every block of cells."""
    n, down, across, k = cells.shape
    shape = n, down - rows + 1, across - columns + 1, rows, columns * k
    s = cells.strides
    return np.lib.stride_tricks.as_strided(cells, shape, (s[0], s[1], s[2], s[1], s[3]))


def _block_sums(cells, rows, columns):
    """Sums over the cells of every block: (n, R, C) -> (n, R-rows+1, C-columns+1), by adding shifted slices."""
    down, across = cells.shape[1] - rows + 1, cells.shape[2] - columns + 1
    over_rows = reduce(np.add, [cells[:, row:row + down] for row in range(rows)])
    return reduce(np.add, [over_rows[:, :, column:column + across] for column in range(columns)])
