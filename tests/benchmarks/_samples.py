"""Data of the benchmarks: texts of words from Python's documentation, and photographs as JPEG."""

import os
import re
from functools import cache
from pathlib import Path

import numpy as np


@cache
def words():
    """English words (about 4,000, in alphabetical order) and how often each occurs."""
    from pydoc_data.topics import topics

    return np.unique(re.findall("[a-z]{2,}", " ".join(topics.values()).lower()), return_counts=True)


def reports(count, length=200, seed=0):
    """Yield texts of `length` words, drawn with their frequencies in the documentation.

    The first word of each text is capitalized.
    """
    vocabulary, times = words()
    random = np.random.default_rng(seed)
    for _ in range(count):
        drawn = random.choice(vocabulary, length, p=times / times.sum())
        yield " ".join(drawn).capitalize() + "."


def write_photos(folder, count, side=640, distinct=None, linked=True):
    """Write crops of two photographs as JPEG files; returns their paths.

    Beyond `distinct` of them, files are links to earlier ones; if not `linked`, copies with a few
    more bytes, which decoders ignore.
    """
    from PIL import Image
    from sklearn.datasets import load_sample_images

    photos = [Image.fromarray(photo) for photo in load_sample_images().images]  # 427 x 640
    random = np.random.default_rng(0)
    paths = [Path(folder) / f"{number:06d}.jpg" for number in range(count)]
    for number, path in enumerate(paths[:distinct]):
        left = random.integers(0, 320)
        top = random.integers(0, 160)
        size = random.integers(160, 260)
        photos[number % 2].resize((side, side), box=(left, top, left + size, top + size)).save(
            path, quality=90
        )
    for number, path in enumerate(paths[distinct or count :]):
        if linked:
            os.link(paths[number % distinct], path)
        else:
            path.write_bytes(paths[number % distinct].read_bytes() + str(number).encode())
    return [str(path) for path in paths]
