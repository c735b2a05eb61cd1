"""Small drawings of products in colored strokes, each at one of two sizes and places.

Each image is drawn with random proportions, at a random height, on a light gray background with
noise. What a product is lies in its edges, its color in the hue of the strokes: HOG sees the
product, the size and the place, a color histogram the color.
"""

import numpy as np

from mm_keras.datasets.newsroom.drawing import Pen
from mm_keras.datasets.shop.shapes import DRAWINGS

BATCH = 32  # images drawn at once: few enough to fit in the CPU cache
RGB = {
    "red": (0.88, 0.16, 0.12),
    "blue": (0.20, 0.32, 0.92),
    "green": (0.06, 0.58, 0.20),
    "yellow": (0.80, 0.58, 0.00),
}
SCALES = {"small": 0.66, "large": 1.0}
SHIFTS = {"left": -0.27, "right": 0.27}


def draw_products(names, colors, sizes, places, size, pixel_noise, rng):
    """One image per product, uint8 array (n, size, size, 3).

    Args:
        names: sequence of n products, keys of `DRAWINGS`.
        colors, sizes, places: sequences of n keys of `RGB`, `SCALES` and `SHIFTS`.
        size: int >= 32, pixels along a side.
        pixel_noise: float in [0, 1], standard deviation of the noise of each color channel, where 1
            is the step from black to white.
        rng: numpy Generator.
    """
    names = np.asarray(names, dtype=str)
    inks = np.array([RGB[color] for color in colors], np.float32)
    scales = np.array([SCALES[name] for name in sizes])
    shifts = np.array([SHIFTS[place] for place in places])
    images = np.zeros((len(names), size, size, 3), np.uint8)
    for name, drawing in DRAWINGS.items():
        rows = np.flatnonzero(names == name)
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            images[batch] = _draw_batch(
                drawing, inks[batch], scales[batch], shifts[batch], size, pixel_noise, rng
            )
    return images


def _draw_batch(drawing, inks, scales, shifts, size, pixel_noise, rng):
    n = len(inks)
    shift = np.column_stack([shifts + rng.uniform(-0.03, 0.03, n), rng.uniform(-0.12, 0.12, n)])
    scale = scales * rng.uniform(0.95, 1.05, n)
    pen = Pen(size, shift, scale, width=np.maximum(rng.uniform(0.6, 1.0, n) * size / 64, 0.5))
    drawing(pen, rng, n)
    background = rng.uniform(0.84, 0.96, n).astype(np.float32)[:, None, None, None]
    opacity = rng.uniform(0.55, 1.0, n).astype(np.float32)[:, None, None, None]
    ink = pen.ink[..., None] * opacity  # (n, size, size, 1)
    image = background * (1 - ink) + inks[:, None, None, :] * ink
    image += np.float32(pixel_noise) * rng.standard_normal(image.shape, dtype=np.float32)
    return np.rint(np.clip(image, 0, 1) * 255).astype(np.uint8)
