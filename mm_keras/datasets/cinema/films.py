"""Small synthetic films of a moving disk or square, one kind of motion per event.

A film is drawn at a random place, in a random shape and size, light on dark or dark on light, with
noise, so a single frame shows where the object is, not what happens.
"""

import numpy as np

from mm_keras.datasets.cinema.schemes import NEUTRAL, PAIRS
from mm_keras.datasets.newsroom.drawing import Pen

BATCH = 8  # films drawn at once: few enough to fit in the CPU cache


def rising(time, rng, n):
    """From the bottom to the top at constant speed (backwards: falling)."""
    height = rng.uniform(0.5, 0.62, n)[:, None] * (1 - 2 * time)
    return rng.uniform(-0.4, 0.4, n), height, rng.uniform(0.22, 0.38, n)


def approaching(time, rng, n):
    """Larger and larger in one place (backwards: leaving)."""
    radius = rng.uniform(0.12, 0.18, n)[:, None] + rng.uniform(0.4, 0.5, n)[:, None] * time
    return rng.uniform(-0.2, 0.2, n), rng.uniform(-0.2, 0.2, n), radius


def speeding_up(time, rng, n):
    """From one side to the other, from rest to high speed (backwards: slowing down)."""
    side = rng.choice([-1.0, 1.0], n) * rng.uniform(0.5, 0.62, n)
    return side[:, None] * (2 * time**2 - 1), rng.uniform(-0.4, 0.4, n), rng.uniform(0.22, 0.38, n)


def neutral(time, rng, n):
    """At rest in one place."""
    return rng.uniform(-0.5, 0.5, n), rng.uniform(-0.5, 0.5, n), rng.uniform(0.22, 0.38, n)


# Position x, y (down) and radius as functions of the time from 0 to 1: (n,) or (n, frames).
MOTIONS = {"rising": rising, "approaching": approaching, "speeding up": speeding_up}


def draw_films(events, size, num_frames, pixel_noise, rng):
    """One film per event, uint8 array (n, num_frames, size, size).

    Args:
        events: sequence of n names, `schemes.EVENTS` or "neutral".
        size: int >= 16, pixels along a side.
        num_frames: int >= 2.
        pixel_noise: float in [0, 1], standard deviation of the noise, where 1 is the step from
            black to white.
        rng: numpy Generator.
    """
    events = np.asarray(events, dtype=str)
    films = np.zeros((len(events), num_frames, size, size), np.uint8)
    for forward, backward in (*PAIRS, (NEUTRAL, None)):
        for event in (forward, backward):
            rows = np.flatnonzero(events == event)
            for start in range(0, len(rows), BATCH):
                batch = rows[start : start + BATCH]
                motion = MOTIONS.get(forward, neutral)
                gray = _draw_batch(motion, len(batch), size, num_frames, rng)
                gray = gray if event == forward else gray[:, ::-1]
                gray = gray + np.float32(pixel_noise) * rng.standard_normal(gray.shape, np.float32)
                films[batch] = np.rint(np.clip(gray, 0, 1) * 255)
    return films


def _draw_batch(motion, n, size, num_frames, rng):
    """Films without noise, float32 array (n, num_frames, size, size) in [0, 1]."""
    time = np.linspace(0, 1, num_frames)
    x, y, radius = (
        np.broadcast_to(value if value.ndim == 2 else value[:, None], (n, num_frames)).ravel()
        for value in motion(time, rng, n)
    )
    pen = Pen(size, np.column_stack([x, y]), radius, width=np.zeros(n * num_frames))
    is_disk = np.repeat(rng.random(n) < 0.5, num_frames)[:, None, None]
    disk = pen.distance_to_disk(0.0, 0.0, 1.0)
    pen.stroke(np.where(is_disk, disk, pen.distance_to_box(0.0, 0.0, 0.88, 0.88)))
    contrast = rng.uniform(0.3, 0.45, n) * rng.choice([-1.0, 1.0], n)  # dark on light, or reverse
    ink = pen.ink.reshape(n, num_frames, size, size)
    return np.float32(0.5) + contrast.astype(np.float32)[:, None, None, None] * (ink - 0.5)
