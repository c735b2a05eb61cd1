"""Keras layers that mirror the image extractors: uint8 pixels of one size -> features."""

from functools import cache

import keras
import numpy as np
from keras import ops

from mm_keras.image.hog.hog import EPS, orientation_bins
from mm_keras.serving.word_hashes import add_at


@keras.saving.register_keras_serializable("mm_keras")
class Gray(keras.layers.Layer):
    """Color images as gray, rounded as in Pillow.

    Shapes: uint8 (n, rows, columns, 3) -> int32 (n, rows, columns).
    """

    def call(self, images):
        images = ops.cast(images, "int32")
        # .299, .587 and .114 of 65536
        total = images[..., 0] * 19595 + images[..., 1] * 38470 + images[..., 2] * 7471
        return ops.floor_divide(total + 32768, 65536)

    def compute_output_spec(self, images):
        return keras.KerasTensor(images.shape[:-1], "int32")


@keras.saving.register_keras_serializable("mm_keras")
class PixelValues(keras.layers.Layer):
    """Pixel values / 255 as in `Pixels`.

    Shapes: integers (n, rows, columns[, 3]) -> float32 (n, rows, columns, 1 | 3).
    """

    def call(self, images):
        images = ops.cast(images, "float32") / 255.0
        return ops.expand_dims(images, 3) if len(images.shape) == 3 else images

    def compute_output_spec(self, images):
        shape = images.shape if len(images.shape) == 4 else (*images.shape, 1)
        return keras.KerasTensor(shape, "float32")


@keras.saving.register_keras_serializable("mm_keras")
class OrientedGradients(keras.layers.Layer):
    """`HOG` of integers 0..255.

    Shapes: (n, rows, columns), or (n, rows, columns, 3) for color -> (n, R, C, b * d * o).

    Args: see `HOG`.
    """

    def __init__(
        self, orientations, pixels_per_cell, cells_per_block, block_norm, dtype="float32", **options
    ):
        super().__init__(dtype=dtype, **options)
        self.orientations, self.block_norm = orientations, block_norm
        self.pixels_per_cell, self.cells_per_block = tuple(pixels_per_cell), tuple(cells_per_block)

    def call(self, images):
        magnitudes, bins = gradient_table(self.orientations)
        images = ops.cast(images, "int32")
        padding = [(0, 0), (1, 1), (0, 0), (0, 0)][: len(images.shape)]
        g_row = ops.pad(images[:, 2:] - images[:, :-2], padding)
        g_col = ops.pad(
            images[:, :, 2:] - images[:, :, :-2], [padding[0], padding[2], padding[1], *padding[3:]]
        )
        index = (g_row + 255) * 511 + g_col + 255
        magnitude = ops.take(magnitudes, index, axis=0)
        if len(images.shape) == 4:
            strongest = ops.expand_dims(ops.argmax(magnitude, axis=3), 3)
            index = ops.take_along_axis(index, strongest, axis=3)[..., 0]
            magnitude = ops.take(magnitudes, index, axis=0)
        return self._blocks(self._cells(magnitude, ops.take(bins, index, axis=0)))

    def _cells(self, magnitude, bins):
        """Histograms of the cells: (n, rows, columns) twice -> (n, R, C, orientations)."""
        height, width = self.pixels_per_cell
        rows, columns = self._grid(magnitude.shape)
        magnitude, bins = (
            array[:, : rows * height, : columns * width] for array in (magnitude, bins)
        )
        cell = (
            np.arange(rows * height)[:, np.newaxis] // height * columns
            + np.arange(columns * width) // width
        )
        indices, votes = (
            ops.reshape(array, (-1, cell.size))
            for array in (bins + np.int32(cell * self.orientations), magnitude)
        )
        sums = _sum_at(indices, votes, rows * columns * self.orientations)
        return ops.reshape(sums, (-1, rows, columns, self.orientations)) / (height * width)

    def _blocks(self, cells):
        """Normalized blocks: (n, R, C, orientations) -> (n, R-b+1, C-d+1, b * d * orientations)."""
        down, across = self.cells_per_block
        rows, columns = cells.shape[1:3]
        num_rows, num_columns = rows - down + 1, columns - across + 1
        shifted = [
            cells[:, i : i + num_rows, j : j + num_columns]
            for i in range(down)
            for j in range(across)
        ]
        blocks = ops.concatenate(shifted, axis=3)
        if self.block_norm.startswith("L1"):
            blocks = blocks / (ops.sum(blocks, axis=3, keepdims=True) + EPS)
            return ops.sqrt(blocks) if self.block_norm == "L1-sqrt" else blocks
        blocks = _l2_normalize(blocks)
        return _l2_normalize(ops.minimum(blocks, 0.2)) if self.block_norm == "L2-Hys" else blocks

    def _grid(self, shape):
        return tuple(side // pixels for side, pixels in zip(shape[1:3], self.pixels_per_cell))

    def compute_output_spec(self, images):
        rows, columns = (
            cells - block + 1
            for cells, block in zip(self._grid(images.shape), self.cells_per_block)
        )
        channels = self.cells_per_block[0] * self.cells_per_block[1] * self.orientations
        return keras.KerasTensor((images.shape[0], rows, columns, channels), "float32")

    def get_config(self):
        return {
            **super().get_config(),
            "orientations": self.orientations,
            "pixels_per_cell": self.pixels_per_cell,
            "cells_per_block": self.cells_per_block,
            "block_norm": self.block_norm,
        }


@cache
def gradient_table(orientations):
    """Magnitude (float32) and bin (int32) of all 511 * 511 pairs of differences (g_row, g_col)."""
    g_col, g_row = np.meshgrid(np.arange(-255.0, 256), np.arange(-255.0, 256))
    return np.hypot(g_row, g_col).astype(np.float32).ravel(), orientation_bins(
        g_row, g_col, orientations
    ).astype(np.int32).ravel()


def _sum_at(indices, values, size):
    """Values (n, k) added, sample by sample, to zeros (n, size) at indices (n, k)."""
    num_samples = ops.shape(indices)[0]
    first = ops.expand_dims(ops.arange(0, num_samples, dtype="int32") * size, 1)
    sums = add_at(
        ops.reshape(indices + first, (-1,)), ops.reshape(values, (-1,)), num_samples * size
    )
    return ops.reshape(sums, (-1, size))


def _l2_normalize(blocks):
    return blocks / ops.sqrt(ops.sum(blocks * blocks, axis=3, keepdims=True) + EPS**2)


@keras.saving.register_keras_serializable("mm_keras")
class HueSaturationValue(keras.layers.Layer):
    """`ColorHistogram`: uint8 (n, rows, columns, 3) -> float32 (n, hue * saturation * value).

    Computed in double precision, so that pixels on the border of two bins fall into the same bin as
    in NumPy. JAX uses single precision, where a few of them fall into the neighboring bin.

    `raw_model` sets the histogram of an all-black image to zero, because in raw pixels that is how
    a missing image is given; `ColorHistogram` does so only for None.

    Args:
        bins: (hue, saturation, value), number of bins for each.
    """

    def __init__(self, bins, dtype="float32", **options):
        super().__init__(dtype=dtype, **options)
        self.bins = tuple(bins)

    def call(self, images):
        precise = "float32" if keras.backend.backend() == "jax" else "float64"
        red, green, blue = (ops.cast(images[..., channel], "int32") for channel in range(3))
        value = ops.maximum(ops.maximum(red, green), blue)
        lowest = ops.minimum(ops.minimum(red, green), blue)
        is_gray = lowest == value
        is_blue = blue == value
        is_green = (green == value) & (blue != value)
        red, green, blue, value, lowest = (
            ops.cast(channel, precise) * (1 / 255) for channel in (red, green, blue, value, lowest)
        )

        def masked(mask, values):
            return ops.cast(mask, precise) * values

        spread = value - lowest
        divisor = spread + masked(is_gray, 1)
        hue = (
            masked(is_blue, 4 + (red - green) / divisor)
            + masked(is_green, 2 + (blue - red) / divisor)
            + masked(~(is_blue | is_green), (green - blue) / divisor)
        ) / 6
        hue = masked(~is_gray, hue + masked(hue < 0, 1))
        saturation = spread / (value + masked(value == 0, 1))
        index = 0
        for channel, num_bins in zip((hue, saturation, value), self.bins):
            index = index * num_bins + ops.minimum(
                ops.cast(channel * num_bins, "int32"), num_bins - 1
            )
        return ops.sqrt(self._histogram(ops.reshape(index, (-1, index.shape[1] * index.shape[2]))))

    def _histogram(self, index):
        """Share of the pixels in each bin: bin indices (n, pixels) -> (n, bins)."""
        num_bins = self.bins[0] * self.bins[1] * self.bins[2]
        return _sum_at(index, ops.ones_like(index, dtype="float32"), num_bins) / index.shape[1]

    def compute_output_spec(self, images):
        return keras.KerasTensor(
            (images.shape[0], self.bins[0] * self.bins[1] * self.bins[2]), "float32"
        )

    def get_config(self):
        return {**super().get_config(), "bins": self.bins}
