"""ColorHistogram: how much of each color an image contains."""

import numpy as np

from mm_keras.image.base import ImageExtractor


class ColorHistogram(ImageExtractor):
    """Joint histogram of hue, saturation and value: which colors an image has, but not where.

    Each pixel falls into one of bins[0] * bins[1] * bins[2] bins of the HSV color space. The
    histogram is divided by the number of pixels, and its square root is taken. Rows thus have
    length 1, and the dot product of two rows is their Hellinger (Bhattacharyya) similarity,
    sum sqrt(p * q), which gives more weight to small counts than comparing p and q. A gray pixel
    has hue 0 and saturation 0.

    Args:
        bins: number of bins for (hue, saturation, value). Default: (8, 4, 4).
        size: None, int (square) or (rows, cols). None (default): the common size of the arrays
            given to `fit`, or 64x64 for files and for arrays of mixed sizes.
        strict: bool, raise ValueError instead of issuing a warning when an image cannot be read.
            Default: False.

    Attributes:
        size_: (rows, cols) at which colors are counted.
        output_shape_: (hue * saturation * value,).

    Shapes:
        n images, color or gray (paths, arrays, Pillow images or None) -> float32 array (n, 128)
        with the default bins, values in [0, 1]. Bin (h, s, v) is column
        (h * bins[1] + s) * bins[2] + v.

    Raises:
        ValueError: `bins` is not a triple of ints >= 1; unreadable images when `strict`.

    Example:
        One red and three black pixels. Red falls into the first hue, the second saturation and the
        second value, so the row is sqrt(3/4), 0, 0, sqrt(1/4):

        >>> import numpy as np
        >>> image = np.array([[[255, 0, 0], [0, 0, 0]], [[0, 0, 0], [0, 0, 0]]], np.uint8)
        >>> ColorHistogram(bins=(1, 2, 2)).fit_transform([image]).round(3)
        array([[0.866, 0.   , 0.   , 0.5  ]], dtype=float32)

    Reference:
        Swain, Ballard (1991): Color indexing. Square root: Arandjelovic, Zisserman (2012): Three
        things everyone should know to improve object retrieval.
    """

    def __init__(
        self,
        bins: tuple[int, int, int] = (8, 4, 4),
        size: int | tuple[int, int] | None = None,
        strict: bool = False,
    ):
        self.bins = bins
        self.size = size
        self.strict = strict

    def _check(self):
        bins = self.bins
        if not (
            isinstance(bins, (tuple, list))
            and len(bins) == 3
            and all(isinstance(num_bins, (int, np.integer)) and num_bins >= 1 for num_bins in bins)
        ):
            raise ValueError(
                f"bins must be a triple of ints >= 1: (hue, saturation, value). Received: {bins!r}."
            )

    def _is_gray(self):
        return False

    def _shape(self):
        return (int(np.prod(self.bins)),)

    def _extract(self, images, rows):
        num_images, num_columns = len(images), self.output_shape_[0]
        # One flat index over all images and bins, which starts as the index of the image.
        index = np.repeat(np.arange(num_images), images[0, :, :, 0].size)
        for channel, num_bins in zip(hsv(images), self.bins):
            index *= num_bins
            index += np.minimum((channel * num_bins).astype(np.intp), num_bins - 1).ravel()
        counts = np.bincount(index, minlength=num_images * num_columns)
        counts = counts.reshape(num_images, num_columns)
        np.sqrt(counts / counts.sum(axis=1, keepdims=True), out=rows, casting="same_kind")


def hsv(images):
    """Hue, saturation and value in [0, 1] of RGB images (..., 3), each of shape (...)."""
    if images.dtype == np.uint8:
        images = images * (1 / 255)
    red, green, blue = np.moveaxis(images, -1, 0)
    value = np.maximum(np.maximum(red, green), blue)
    spread = value - np.minimum(np.minimum(red, green), blue)
    with np.errstate(divide="ignore", invalid="ignore"):  # gray: 0 / 0, set to 0 below
        saturation = spread / value
        hue = (
            np.where(
                blue == value,
                4 + (red - green) / spread,
                np.where(green == value, 2 + (blue - red) / spread, (green - blue) / spread),
            )
            / 6
        )
        hue += hue < 0
    return np.where(spread == 0, 0, hue), np.where(spread == 0, 0, saturation), value
