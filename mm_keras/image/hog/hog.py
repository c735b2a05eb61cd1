"""HOG: histograms of oriented gradients, for many pictures at once."""

import numpy as np

from mm_keras.image.base import ImageExtractor, load_picture
from mm_keras.image.hog.cells import BLOCK_NORMS, cell_histograms, normalised_blocks
from mm_keras.image.hog.gradients import votes, votes_by_table
from mm_keras.image.read import learned_size

CACHED_PIXELS = 32_768  # the arrays of so many pixels fit into the cache of one core


class HOG(ImageExtractor):
    """Histograms of oriented gradients: where in the picture edges run in which direction.

    1. Gradient: g_row and g_col are the differences of the two neighbours of a pixel; zero at the border of the
       picture.
    2. Cells: every pixel adds its magnitude sqrt(g_row^2 + g_col^2) to one of `orientations` bins over 0..180 degrees
       of its cell. An edge from dark to bright and one from bright to dark share a bin.
    3. Blocks: neighbouring cells are taken together and divided by their common length, e.g. v / sqrt(|v|^2 + eps^2)
       with eps = 1e-5 for "L2"; "L2-Hys" then cuts at 0.2 and normalises again. A cell stands in several blocks.

    So the result is the same for an inverted picture, and (up to eps) for any change of brightness and contrast. It
    equals `skimage.feature.hog` of each picture to 1e-6 (which adds up the votes of a cell in single precision). As
    there, and unlike the textbook, votes are not shared between neighbouring bins and cells, and a block has no
    Gaussian window.

    Args:
        orientations: int >= 1, number of bins. Default: 9.
        pixels_per_cell: (rows, columns) of a cell in pixels. Default: (8, 8). What is left over at the right and at the
            bottom is not used.
        cells_per_block: (rows, columns) of a block in cells. Default: (3, 3).
        block_norm: "L1", "L1-sqrt", "L2" or "L2-Hys" (default).
        transform_sqrt: bool, take the square root of the pixels first (less influence of shadows). Default: False.
        feature_vector: bool, one vector per picture (default), or the grid of blocks for a convolutional network.
        channel_axis: None (default), grey pictures; or -1, colour: at each pixel the channel of the largest gradient
            counts.
        size: None, int (square) or (rows, cols). None (default): the common size of the arrays given to `fit`, or 64x64
            for files and for arrays of mixed sizes. Other pictures are resized to it.
        strict: bool, raise ValueError instead of a warning when a picture cannot be read. Default: False.

    Attributes:
        size_: (rows, cols) of the pictures.
        output_shape_: (d,), or (rows, columns, channels) of the grid.

    Shapes:
        Input: n pictures: paths, arrays, Pillow pictures or None. With R x C cells, b x d cells in a block and o
        orientations, output: (n, (R-b+1) * (C-d+1) * b * d * o) float32, or (n, R-b+1, C-d+1, b * d * o) when
        `feature_vector` is False. Values lie in [0, 1].

    Raises:
        ValueError: a wrong parameter, pictures smaller than one block; unreadable pictures when `strict`.

    Example:
        A ramp from left to right has all its gradients at 0 degrees, the first of two bins:

        >>> import numpy as np
        >>> ramp = np.tile(np.arange(8, dtype=np.uint8), (8, 1))
        >>> hog = HOG(orientations=2, pixels_per_cell=(4, 4), cells_per_block=(1, 1), block_norm="L1")
        >>> hog.fit_transform([ramp]).round(3)
        array([[1., 0., 1., 0., 1., 0., 1., 0.]], dtype=float32)

    Reference:
        Dalal, Triggs (2005): Histograms of oriented gradients for human detection.
    """

    def __init__(self, orientations=9, pixels_per_cell=(8, 8), cells_per_block=(3, 3), block_norm="L2-Hys",
                 transform_sqrt=False, feature_vector=True, channel_axis=None, size=None, strict=False):
        self.orientations = orientations
        self.pixels_per_cell = pixels_per_cell
        self.cells_per_block = cells_per_block
        self.block_norm = block_norm
        self.transform_sqrt = transform_sqrt
        self.feature_vector = feature_vector
        self.channel_axis = channel_axis
        self.size = size
        self.strict = strict

    def draw(self, picture, scale=1):
        """Picture of the cell histograms: in each cell a line per orientation, along the edge and as bright as its bin.

        Args:
            picture: path, array or Pillow picture.
            scale: int >= 1, rows and columns of the drawing per row and column of the picture. In cells of 4 x 4 pixels
                nine directions look alike; with scale=4 they can be told apart.

        Returns:
            float32 array (rows * scale, cols * scale); with scale=1 it equals the drawing of
            `skimage.feature.hog(picture, visualize=True)`.
        """
        from skimage.draw import line

        size = getattr(self, "size_", None) or learned_size([picture], self.size)
        histograms = self._histograms(load_picture(picture, size, self._is_grey())[np.newaxis])[0]
        drawing = np.zeros(np.multiply(size, scale), np.float32)
        height, width = np.multiply(self.pixels_per_cell, scale)
        radius = min(height, width) // 2 - 1
        for (row, column, orientation), weight in np.ndenumerate(histograms):
            angle = np.pi * (orientation + 0.5) / self.orientations
            down, right = radius * np.cos(angle), radius * np.sin(angle)  # across the gradient
            y, x = row * height + height // 2, column * width + width // 2
            drawing[line(int(y - down), int(x + right), int(y + down), int(x - right))] += weight
        return drawing

    def _check(self):
        if self.block_norm not in BLOCK_NORMS:
            raise ValueError(f"block_norm is one of {', '.join(BLOCK_NORMS)}. Received: {self.block_norm!r}.")
        if self.channel_axis not in (None, -1):
            raise ValueError(f"channel_axis is None (grey) or -1 (colour). Received: {self.channel_axis!r}.")
        pairs = [self.pixels_per_cell, self.cells_per_block]
        are_pairs = all(isinstance(pair, (tuple, list)) and len(pair) == 2 for pair in pairs)
        numbers = [self.orientations, *pairs[0], *pairs[1]] if are_pairs else []
        if not numbers or not all(isinstance(number, (int, np.integer)) and number >= 1 for number in numbers):
            raise ValueError(f"HOG needs a number of orientations and two pairs of numbers >= 1. Received: "
                             f"orientations={self.orientations}, pixels_per_cell={self.pixels_per_cell}, "
                             f"cells_per_block={self.cells_per_block}.")
        if min(self._grid()) < 1:
            rows, columns = np.multiply(self.pixels_per_cell, self.cells_per_block)
            raise ValueError(f"HOG needs pictures of at least {rows} x {columns} pixels, one block. Received: "
                             f"{self.size_[0]} x {self.size_[1]}. Pass a larger size, or smaller cells or blocks.")

    def _is_grey(self):
        return self.channel_axis is None

    def _grid(self):
        """Number of blocks down and across."""
        return tuple(side // pixels - cells + 1
                     for side, pixels, cells in zip(self.size_, self.pixels_per_cell, self.cells_per_block))

    def _shape(self):
        rows, columns = self._grid()
        channels = self.cells_per_block[0] * self.cells_per_block[1] * self.orientations
        return (rows * columns * channels,) if self.feature_vector else (rows, columns, channels)

    def _extract(self, pictures, rows):
        normalised_blocks(self._histograms(pictures), self.cells_per_block, self.block_norm,
                          rows.reshape(len(pictures), *self._grid(), -1))

    def _histograms(self, pictures):
        """Cell histograms (n, R, C, orientations), of some pictures at a time: their many arrays stay in the cache."""
        step = max(1, CACHED_PIXELS // (pictures.shape[1] * pictures.shape[2]))
        parts = [cell_histograms(*self._votes(pictures[start:start + step]), self.pixels_per_cell, self.orientations)
                 for start in range(0, len(pictures), step)]
        return parts[0] if len(parts) == 1 else np.concatenate(parts)

    def _votes(self, pictures):
        if pictures.dtype == np.uint8 and not self.transform_sqrt:
            return votes_by_table(pictures, self.orientations)
        pictures = pictures.astype(np.float32 if pictures.dtype in (np.float16, np.float32) else np.float64)
        return votes(np.sqrt(pictures) if self.transform_sqrt else pictures, self.orientations)
