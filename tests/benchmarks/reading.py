"""JPEG files of 640 px read gray at 64 px: time and error, against scikit-image.

The error is the distance to an exact area filter.
"""

import tempfile
from pathlib import Path

import numpy as np
from PIL import Image
from skimage.color import rgb2gray
from skimage.io import imread
from skimage.transform import resize
from sklearn.datasets import load_sample_images

from mm_keras.image import read_image
from tests.benchmarks._measure import Row, in_turns
from tests.image.test_read import area_mean


def rows(full):
    with tempfile.TemporaryDirectory() as folder:
        paths, exact = zip(*write_photos(folder))
        readers = {"ours": lambda path: read_image(path, 64), "skimage": by_skimage}
        best = in_turns(
            {
                name: lambda read=read: [read(path) for path in paths]
                for name, read in readers.items()
            },
            rounds=20,
        )
        errors = {
            name: np.abs([read(path) - mean for path, mean in zip(paths, exact)])
            for name, read in readers.items()
        }
    yield Row(
        "read JPEG 640 px at 64 px, a file",
        best["ours"] / len(paths),
        "imread + rgb2gray + resize(anti_aliasing)",
        best["skimage"] / len(paths),
        8,
    )
    yield Row(
        "   mean distance to exact area means",
        errors["ours"].mean(),
        "the same",
        errors["skimage"].mean(),
        1,
        unit="of 255",
    )
    yield Row(
        "   largest distance to exact area means",
        errors["ours"].max(),
        "the same",
        errors["skimage"].max(),
        1,
        unit="of 255",
    )


def by_skimage(path):
    return 255 * resize(rgb2gray(imread(path)), (64, 64), anti_aliasing=True)


def write_photos(folder):
    """Two photographs, 640 x 640, and their exact area means."""
    for number, photo in enumerate(load_sample_images().images):
        path = Path(folder) / f"{number}.jpg"
        Image.fromarray(photo).resize((640, 640)).save(path, quality=90)
        yield path, area_mean(np.asarray(Image.open(path).convert("L")), 64)
