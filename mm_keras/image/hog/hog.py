"""HOG: histograms of oriented gradients, in the three steps of the paper."""

from functools import lru_cache, reduce

import numpy as np

from mm_keras.image.base import ImageExtractor, load_image
from mm_keras.image.hog import table
from mm_keras.image.read import ImageSource, learned_size

BLOCK_NORMS = ("L1", "L1-sqrt", "L2", "L2-Hys")
EPS = 1e-5
CACHED_PIXELS = 32_768  # the arrays for so many pixels fit into the cache of one core


class HOG(ImageExtractor):
    """Histograms of oriented gradients: where in the image edges run in which direction.

    1. Gradient: g_row and g_col are the differences between the two neighbors of a pixel, and zero
       at the border of the image.
    2. Cells: every pixel adds its magnitude sqrt(g_row^2 + g_col^2) to one of `orientations` bins
       over 0..180 degrees in the histogram of its cell. An edge from dark to bright and one from
       bright to dark share a bin.
    3. Blocks: the histograms of neighboring cells are concatenated and divided by their common
       length, e.g. v / sqrt(|v|^2 + eps^2) with eps = 1e-5 for "L2"; "L2-Hys" then clips at 0.2 and
       normalizes again. A cell belongs to several blocks.

    The result is therefore the same for an inverted image and, up to eps, after any change of
    brightness and contrast. It equals `skimage.feature.hog` of each image to 1e-6 (scikit-image
    sums the votes of a cell in single precision). As in scikit-image, but unlike in the paper,
    votes are not interpolated between neighboring bins and cells, and blocks have no Gaussian
    window.

    Args:
        orientations: int >= 1, number of bins. Default: 9.
        pixels_per_cell: (rows, columns) of a cell in pixels. Default: (8, 8). Leftover pixels on
            the right and at the bottom are ignored.
        cells_per_block: (rows, columns) of a block in cells. Default: (3, 3).
        block_norm: "L1", "L1-sqrt", "L2" or "L2-Hys" (default).
        transform_sqrt: bool, take the square root of the pixel values first, which reduces the
            influence of shadows. Default: False.
        feature_vector: bool, return one vector per image (default), or the grid of blocks for a
            convolutional network.
        channel_axis: None (default) for gray images; -1 for color, where the channel with the
            largest gradient counts at each pixel.
        size: None, int (square) or (rows, cols). None (default): the common size of the arrays
            given to `fit`, or 64x64 for files and for arrays of mixed sizes. Other images are
            resized to it.
        strict: bool, raise ValueError instead of issuing a warning when an image cannot be read.
            Default: False.

    Attributes:
        size_: (rows, cols) of the images.
        output_shape_: (d,), or (rows, columns, channels) of the grid.

    Shapes:
        n images (paths, arrays, Pillow images or None) -> float32 array
        (n, (R-b+1) * (C-d+1) * b * d * o), or (n, R-b+1, C-d+1, b * d * o) if `feature_vector` is
        False, for R x C cells, blocks of b x d cells and o orientations. Values lie in [0, 1].

    Raises:
        ValueError: an invalid parameter, images smaller than one block; unreadable images when
            `strict`.

    Example:
        A ramp from left to right has all its gradients at 0 degrees, in the first of two bins:

        >>> import numpy as np
        >>> ramp = np.tile(np.arange(8, dtype=np.uint8), (8, 1))
        >>> hog = HOG(
        ...     orientations=2, pixels_per_cell=(4, 4), cells_per_block=(1, 1), block_norm="L1"
        ... )
        >>> hog.fit_transform([ramp]).round(3)
        array([[1., 0., 1., 0., 1., 0., 1., 0.]], dtype=float32)

    Reference:
        Dalal, Triggs (2005): Histograms of oriented gradients for human detection.
    """

    def __init__(
        self,
        orientations: int = 9,
        pixels_per_cell: tuple[int, int] = (8, 8),
        cells_per_block: tuple[int, int] = (3, 3),
        block_norm: str = "L2-Hys",
        transform_sqrt: bool = False,
        feature_vector: bool = True,
        channel_axis: int | None = None,
        size: int | tuple[int, int] | None = None,
        strict: bool = False,
    ):
        self.orientations = orientations
        self.pixels_per_cell = pixels_per_cell
        self.cells_per_block = cells_per_block
        self.block_norm = block_norm
        self.transform_sqrt = transform_sqrt
        self.feature_vector = feature_vector
        self.channel_axis = channel_axis
        self.size = size
        self.strict = strict

    def draw(self, image: ImageSource, scale: int = 1, strongest: bool = False) -> np.ndarray:
        """Draw the cell histograms of an image.

        Each cell shows one line per orientation, along the edge and as bright as its bin.

        Args:
            image: path, array or Pillow image.
            scale: int >= 1, rows and columns of the drawing per row and column of the image. In
                cells of 4 x 4 pixels nine directions look alike; with scale=4 they can be
                distinguished.
            strongest: bool. Lines cross in the middle of a cell. False: their sum is drawn there;
                True: the strongest of them, so that no cell has a bright dot in the middle.

        Returns:
            float32 array (rows * scale, cols * scale). With the defaults it equals the
            visualization of `skimage.feature.hog(image, visualize=True)`.
        """
        from skimage.draw import line

        size = getattr(self, "size_", None) or learned_size([image], self.size)
        histograms = self._histograms(load_image(image, size, self._is_gray())[np.newaxis])[0]
        drawing = np.zeros(np.multiply(size, scale), np.float32)
        height, width = np.multiply(self.pixels_per_cell, scale)
        radius = min(height, width) // 2 - 1
        combine = np.maximum if strongest else np.add
        for (row, column, orientation), weight in np.ndenumerate(histograms):
            angle = np.pi * (orientation + 0.5) / self.orientations
            down, right = radius * np.cos(angle), radius * np.sin(angle)  # along the edge
            y, x = row * height + height // 2, column * width + width // 2
            pixels = line(int(y - down), int(x + right), int(y + down), int(x - right))
            drawing[pixels] = combine(drawing[pixels], weight)
        return drawing

    def _check(self):
        if self.block_norm not in BLOCK_NORMS:
            raise ValueError(
                f"block_norm must be one of {', '.join(BLOCK_NORMS)}. "
                f"Received: {self.block_norm!r}."
            )
        if self.channel_axis not in (None, -1):
            raise ValueError(
                f"channel_axis must be None (gray) or -1 (color). Received: {self.channel_axis!r}."
            )
        pairs = [self.pixels_per_cell, self.cells_per_block]
        are_pairs = all(isinstance(pair, (tuple, list)) and len(pair) == 2 for pair in pairs)
        numbers = [self.orientations, *pairs[0], *pairs[1]] if are_pairs else []
        if not numbers or not all(
            isinstance(number, (int, np.integer)) and number >= 1 for number in numbers
        ):
            raise ValueError(
                "HOG needs an int orientations >= 1 and two pairs of ints >= 1. Received: "
                f"orientations={self.orientations}, pixels_per_cell={self.pixels_per_cell}, "
                f"cells_per_block={self.cells_per_block}."
            )
        if min(self._grid()) < 1:
            rows, columns = np.multiply(self.pixels_per_cell, self.cells_per_block)
            raise ValueError(
                f"HOG needs images of at least {rows} x {columns} pixels, the size of one block. "
                f"Received: {self.size_[0]} x {self.size_[1]}. "
                "Pass a larger size, or smaller cells or blocks."
            )

    def _is_gray(self):
        return self.channel_axis is None

    def _grid(self):
        """Number of rows and columns of blocks."""
        return tuple(
            side // pixels - cells + 1
            for side, pixels, cells in zip(self.size_, self.pixels_per_cell, self.cells_per_block)
        )

    def _shape(self):
        rows, columns = self._grid()
        channels = self.cells_per_block[0] * self.cells_per_block[1] * self.orientations
        return (rows * columns * channels,) if self.feature_vector else (rows, columns, channels)

    def _extract(self, images, rows):
        normalized_blocks(
            self._histograms(images),
            self.cells_per_block,
            self.block_norm,
            rows.reshape(len(images), *self._grid(), -1),
        )

    def _histograms(self, images):
        """Cell histograms (n, R, C, orientations), in batches whose arrays stay in the cache."""
        step = max(1, CACHED_PIXELS // (images.shape[1] * images.shape[2]))
        batches = [
            cell_histograms(
                *self._gradients(images[start : start + step]),
                self.pixels_per_cell,
                self.orientations,
            )
            for start in range(0, len(images), step)
        ]
        return batches[0] if len(batches) == 1 else np.concatenate(batches)

    def _gradients(self, images):
        if images.dtype == np.uint8 and not self.transform_sqrt:
            return table.gradients(images, self.orientations, orientation_bins)
        images = images.astype(
            np.float32 if images.dtype in (np.float16, np.float32) else np.float64
        )
        return gradients(np.sqrt(images) if self.transform_sqrt else images, self.orientations)


# --- 1. Gradients: the strength and direction of the change in brightness at every pixel.


def gradients(images, orientations):
    """Magnitude and orientation bin, (n, rows, cols) each, of float images (n, rows, cols[, 3])."""
    g_row, g_col = np.zeros_like(images), np.zeros_like(images)
    g_row[:, 1:-1] = images[:, 2:] - images[:, :-2]
    g_col[:, :, 1:-1] = images[:, :, 2:] - images[:, :, :-2]
    if images.ndim == 4:
        strongest = np.hypot(g_row, g_col).argmax(axis=3)[..., np.newaxis]
        g_row, g_col = (np.take_along_axis(g, strongest, axis=3)[..., 0] for g in (g_row, g_col))
    g_row, g_col = g_row.astype(np.float64), g_col.astype(np.float64)
    bins = orientation_bins(g_row, g_col, orientations)
    magnitude = np.sqrt(g_row * g_row + g_col * g_col)
    magnitude[bins == orientations] = 0
    return magnitude, (bins % orientations).astype(np.intp)


def orientation_bins(g_row, g_col, orientations):
    """The orientation bin of each gradient.

    Bin i contains the angles from i * 180 / orientations up to, but excluding, the next edge. An
    angle that reaches 180 degrees only by rounding belongs to no bin: it gets `orientations`.
    """
    degrees = np.rad2deg(np.arctan2(g_row, g_col))
    degrees[degrees == 180] = 0
    degrees[degrees < 0] += 180
    bins = np.zeros(degrees.shape, np.min_scalar_type(orientations))
    for edge in 180 / orientations * np.arange(1, orientations + 1):
        bins += degrees >= edge
    return bins


# --- 2. Cells: histograms of the gradients.


def cell_histograms(magnitude, bins, pixels_per_cell, orientations):
    """Mean vote per cell and bin: (n, R, C, orientations) float32.

    All images, cells and bins are counted at once by a flat index, which overwrites `bins`.
    """
    num_images = len(magnitude)
    height, width = pixels_per_cell
    rows, columns = np.floor_divide(magnitude.shape[1:], pixels_per_cell)
    used = np.s_[:, : rows * height, : columns * width]
    index = bins[used]
    index += first_bins(num_images, int(rows), int(columns), height, width, orientations)
    num_bins = num_images * rows * columns * orientations
    sums = np.bincount(index.ravel(), magnitude[used].ravel(), minlength=num_bins)
    means = (sums / (height * width)).astype(np.float32)
    return means.reshape(num_images, rows, columns, orientations)


@lru_cache(maxsize=4)
def first_bins(num_images, rows, columns, height, width, orientations):
    """The flat index of the first bin of each pixel's cell, over all images, cells and bins."""
    cell = (
        np.arange(rows * height)[:, np.newaxis] // height * columns
        + np.arange(columns * width) // width
    )
    cells = cell + (np.arange(num_images) * (rows * columns)).reshape(-1, 1, 1)
    return cells * orientations


# --- 3. Blocks: neighboring histograms, normalized to the same length.


def normalized_blocks(histograms, cells_per_block, norm, blocks):
    """Fill `blocks`, (n, R-b+1, C-d+1, b * d * orientations) float32, with normalized vectors.

    "L2-Hys" divides by the length, clips at 0.2 and divides by the new length. The first division
    is avoided: the unscaled vector is clipped at 0.2 times its length, which is the square root of
    the sum of squares over its cells.
    """
    windows = _windows(histograms, *cells_per_block)
    filled = blocks.reshape(windows.shape)
    if norm == "L2-Hys":
        squares = np.einsum("...i,...i->...", histograms, histograms)
        length = np.sqrt(_block_sums(squares, *cells_per_block) + np.float32(EPS**2))
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
    return np.sqrt(np.einsum("...i,...i->...", blocks, blocks) + eps**2)


def _windows(cells, rows, columns):
    """A view of all blocks: (n, R, C, k) -> (n, R-rows+1, C-columns+1, rows, columns * k)."""
    n, down, across, k = cells.shape
    shape = n, down - rows + 1, across - columns + 1, rows, columns * k
    s = cells.strides
    return np.lib.stride_tricks.as_strided(cells, shape, (s[0], s[1], s[2], s[1], s[3]))


def _block_sums(cells, rows, columns):
    """Sums over the cells of every block: (n, R, C) -> (n, R-rows+1, C-columns+1)."""
    down, across = cells.shape[1] - rows + 1, cells.shape[2] - columns + 1
    over_rows = reduce(np.add, [cells[:, row : row + down] for row in range(rows)])
    return reduce(np.add, [over_rows[:, :, column : column + across] for column in range(columns)])
