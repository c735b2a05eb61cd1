"""Pixels: the raw pixel values as features."""

import numpy as np

from mm_keras.image.base import ImageExtractor


class Pixels(ImageExtractor):
    """Raw pixel values in [0, 1], for data-level fusion and convolutional networks.

    Values in 0..255 are divided by 255. Only the image size is learned.

    Args:
        size: None, int (square) or (rows, cols). None (default): the common size of the arrays
            given to `fit`, or 64x64 for files and for arrays of mixed sizes.
        gray: bool, one gray channel or three color channels. Default: True.
        strict: bool, raise ValueError instead of issuing a warning when an image cannot be read.
            Default: False.

    Attributes:
        size_: (rows, cols).
        output_shape_: (rows, cols, 1), or (rows, cols, 3) in color.

    Shapes:
        n images (paths, arrays (H, W[, 1 | 3 | 4]), Pillow images or None) -> float32 array
        (n, rows, cols, 1 | 3), values in [0, 1].

    Raises:
        TypeError: one image instead of a sequence, or something else than images.
        ValueError: float values outside [0, 1]; unreadable images when `strict`.

    Example:
        >>> import numpy as np
        >>> images = np.array([[[0, 51], [102, 255]]], np.uint8)
        >>> Pixels().fit_transform(images)[0, :, :, 0]  # 51/255 = 1/5
        array([[0. , 0.2],
               [0.4, 1. ]], dtype=float32)

    Reference:
        LeCun, Bottou, Bengio, Haffner (1998): Gradient-based learning applied to document
        recognition.
    """

    def __init__(
        self, size: int | tuple[int, int] | None = None, gray: bool = True, strict: bool = False
    ):
        self.size = size
        self.gray = gray
        self.strict = strict

    def _is_gray(self):
        return self.gray

    def _shape(self):
        return (*self.size_, 1 if self.gray else 3)

    def _extract(self, images, rows):
        scale = np.float32(255 if images.dtype == np.uint8 else 1)
        np.divide(images.reshape(rows.shape), scale, out=rows)
