"""Pixels: the raw image itself as the feature."""

import numpy as np

from mm_keras.image.base import ImageExtractor


class Pixels(ImageExtractor):
    """Raw pixels in [0, 1], as data-level fusion and convolutional networks take them.

    Values of 0..255 are divided by 255. Nothing is learned but the size.

    Args:
        size: None, int (square) or (rows, cols). None (default): the common size of the arrays given to `fit`, or 64x64
            for files and for arrays of mixed sizes.
        gray: bool, one gray channel or three color channels. Default: True.
        strict: bool, raise ValueError instead of a warning when an image cannot be read. Default: False.

    Attributes:
        size_: (rows, cols).
        output_shape_: (rows, cols, 1), or (rows, cols, 3) in color.

    Shapes:
        Input: n images: paths, arrays (H, W[, 1 | 3 | 4]), Pillow images or None. Output: (n, rows, cols, 1 | 3)
        float32 in [0, 1].

    Raises:
        TypeError: one image instead of a sequence, or something that is no image.
        ValueError: float values outside [0, 1]; unreadable images when `strict`.

    Example:
        >>> import numpy as np
        >>> Pixels().fit_transform(np.array([[[0, 51], [102, 255]]], np.uint8))[0, :, :, 0]  # 51/255 = 1/5
        array([[0. , 0.2],
               [0.4, 1. ]], dtype=float32)

    Reference:
        LeCun, Bottou, Bengio, Haffner (1998): Gradient-based learning applied to document recognition.
    """

    def __init__(self, size=None, gray=True, strict=False):
        self.size = size
        self.gray = gray
        self.strict = strict

    def _is_gray(self):
        return self.gray

    def _shape(self):
        return (*self.size_, 1 if self.gray else 3)

    def _extract(self, images, rows):
        np.divide(
            images.reshape(rows.shape), np.float32(255 if images.dtype == np.uint8 else 1), out=rows
        )
