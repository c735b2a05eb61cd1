"""Small synthetic images, one scene per topic, with information in edges, not in gray values.

Each image is drawn at a random position and size, with noise, on a background with a random
gradient. Its strokes are light or dark with equal probability, so the gray value of a pixel is
nearly independent of the scene, while the edge directions, which HOG counts, are not affected.
"""

import numpy as np

from mm_keras.datasets.newsroom.drawing import Pen

BATCH = 32  # images drawn at once: few enough to fit in the CPU cache


def weather(pen, rng, n):
    """A cloud and slanted rain."""
    pen.blob(
        pen.distance_to_disk(-0.36, -0.18, 0.26),
        pen.distance_to_disk(0.02, -0.36, 0.34),
        pen.distance_to_disk(0.4, -0.16, 0.24),
        pen.distance_to_box(0.02, -0.05, 0.5, 0.13),
    )
    slant = rng.uniform(0.14, 0.26, n)
    for x in (-0.42, -0.14, 0.14, 0.42):
        top = rng.uniform(0.22, 0.36, n)
        pen.line(x + slant / 2, top, x - slant / 2, top + 0.36)


def sports(pen, rng, n):
    """A football on the grass, with a different rotation in each image."""
    angles = rng.uniform(-0.4, 0.4, n) + 2 * np.pi / 5 * np.arange(5)[:, None]  # (corner, n)
    x, y = np.sin(angles), -np.cos(angles)
    pen.ring(0.0, -0.04, 0.62)
    for corner in range(5):
        pen.line(
            0.24 * x[corner],
            0.24 * y[corner] - 0.04,
            0.24 * x[corner - 1],
            0.24 * y[corner - 1] - 0.04,
        )
        pen.line(0.24 * x[corner], 0.24 * y[corner] - 0.04, 0.6 * x[corner], 0.6 * y[corner] - 0.04)
    for start in (-0.85, 0.3):
        pen.line(start, 0.62, start + 0.55, 0.62)


def finance(pen, rng, n):
    """A bar chart with axes; the heights of the bars differ between images."""
    pen.line(-0.72, -0.66, -0.72, 0.6)
    pen.line(-0.72, 0.6, 0.72, 0.6)
    for x in (-0.42, 0.0, 0.42):
        half = rng.uniform(0.22, 0.56, n)
        pen.blob(pen.distance_to_box(x, 0.6 - half, 0.13, half))


def politics(pen, rng, n):
    """The front of a parliament: gable, columns, steps."""
    top = rng.uniform(-0.72, -0.6, n)
    pen.polygon((-0.72, -0.28), (0.0, top), (0.72, -0.28))
    for x in (-0.54, -0.18, 0.18, 0.54):
        pen.line(x, -0.28, x, 0.42)
    pen.line(-0.64, 0.42, 0.64, 0.42)
    pen.line(-0.76, 0.58, 0.76, 0.58)


def science(pen, rng, n):
    """An atom: three crossed orbits around a nucleus."""
    for cosine, sine in ((1.0, 0.0), (0.5, 0.8660254), (-0.5, 0.8660254)):
        pen.ellipse(0.72, 0.25, cosine, sine)
    pen.stroke(pen.distance_to_disk(0.0, 0.0, rng.uniform(0.05, 0.09, n)))


def culture(pen, rng, n):
    """A framed painting on a nail: nested diamonds."""
    pen.blob(pen.distance_to_box(0.0, 0.1, 0.6, 0.56))
    pen.line(-0.4, -0.46, 0.0, -0.76)
    pen.line(0.4, -0.46, 0.0, -0.76)
    for radius in (rng.uniform(0.36, 0.44, n), 0.2):
        pen.polygon((0.0, 0.1 - radius), (radius, 0.1), (0.0, 0.1 + radius), (-radius, 0.1))


def health(pen, rng, n):
    """A broad cross in a circle."""
    arm = rng.uniform(0.42, 0.5, n)
    pen.blob(pen.distance_to_box(0.0, 0.0, arm, 0.15), pen.distance_to_box(0.0, 0.0, 0.15, arm))
    pen.ring(0.0, 0.0, 0.7)


def travel(pen, rng, n):
    """A road to the horizon between hills."""
    vanish = rng.uniform(-0.12, 0.12, n)
    pen.line(-0.85, -0.12, 0.85, -0.12)
    pen.line(vanish - 0.05, -0.12, -0.62, 0.7)
    pen.line(vanish + 0.05, -0.12, 0.62, 0.7)
    for near, far in ((1.0, 0.76), (0.56, 0.38), (0.24, 0.14)):
        pen.line(vanish * (1 - near), -0.12 + 0.8 * near, vanish * (1 - far), -0.12 + 0.8 * far)
    pen.line(-0.85, -0.12, -0.42, -0.5)
    pen.line(-0.42, -0.5, -0.1, -0.12)
    pen.line(-0.26, -0.31, 0.3, -0.6)
    pen.line(0.3, -0.6, 0.8, -0.12)


def neutral(pen, rng, n):
    """A printed page, too small to read: no information on the topic."""
    pen.blob(pen.distance_to_box(0.0, 0.0, 0.5, 0.68))
    for y in (-0.46, -0.23, 0.0, 0.23, 0.46):
        pen.line(-0.34, y, rng.uniform(0.1, 0.34, n), y)


SCENES = {
    scene.__name__: scene
    for scene in (weather, sports, finance, politics, science, culture, health, travel, neutral)
}


def draw_scenes(names, size, pixel_noise, rng):
    """One image per scene name, uint8 array (n, size, size).

    Args:
        names: sequence of n names, keys of `SCENES`.
        size: int >= 16, pixels along a side.
        pixel_noise: float in [0, 1], standard deviation of the noise, where 1 is the step from
            black to white.
        rng: numpy Generator.
    """
    names = np.asarray(names, dtype=str)
    images = np.zeros((len(names), size, size), np.uint8)
    for name, scene in SCENES.items():
        rows = np.flatnonzero(names == name)
        for start in range(0, len(rows), BATCH):
            batch = rows[start : start + BATCH]
            images[batch] = _draw_batch(scene, len(batch), size, pixel_noise, rng)
    return images


def _draw_batch(scene, n, size, pixel_noise, rng):
    shift = rng.uniform(-0.125, 0.125, (n, 2))  # 4 of 64 pixels
    scale = rng.uniform(0.88, 1.12, n)
    pen = Pen(size, shift, scale, width=np.maximum(rng.uniform(0.5, 0.9, n) * size / 64, 0.5))
    scene(pen, rng, n)
    contrast = rng.uniform(0.22, 0.40, n)
    contrast = contrast * rng.choice([-1.0, 1.0], n)  # dark on light, or light on dark
    slope = rng.uniform(-0.12, 0.12, (n, 2))
    grid = np.linspace(-1, 1, size)
    background = (
        0.5 + slope[:, :1, None] * grid[None, None, :] + slope[:, 1:, None] * grid[None, :, None]
    )
    gray = background.astype(np.float32) + pen.ink * contrast.astype(np.float32)[:, None, None]
    gray += np.float32(pixel_noise) * rng.standard_normal(gray.shape, dtype=np.float32)
    return np.rint(np.clip(gray, 0, 1) * 255).astype(np.uint8)
