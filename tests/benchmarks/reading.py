"""JPEG files read gray at 64 px: time and error, against scikit-image.

The error is the distance to an exact area filter. 640 and 256 px are multiples of 64, so that a
JPEG can be decoded at a scale that leaves an integer factor; 500 px is not.
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
    for side, times in ((640, 8), (256, 4), (500, 5)):
        yield from compared(side, times)


def compared(side, times):
    """Rows for files of `side` pixels, which must be read `times` as fast."""
    with tempfile.TemporaryDirectory() as folder:
        paths, exact = zip(*write_photos(folder, side))
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
        f"read JPEG {side} px at 64 px, a file",
        best["ours"] / len(paths),
        "imread + rgb2gray + resize(anti_aliasing)",
        best["skimage"] / len(paths),
        times,
    )
    for what, measure in (("mean", np.mean), ("largest", np.max)):
        yield Row(
            f"   {what} distance to exact area means",
            float(measure(errors["ours"])),
            "the same",
            float(measure(errors["skimage"])),
            1,
            unit="of 255",
        )


def by_skimage(path):
    return 255 * resize(rgb2gray(imread(path)), (64, 64), anti_aliasing=True)


def write_photos(folder, side):
    """Two photographs, `side` x `side`, and their exact area means."""
    for number, photo in enumerate(load_sample_images().images):
        path = Path(folder) / f"{number}.jpg"
        Image.fromarray(photo).resize((side, side)).save(path, quality=90)
        yield path, area_mean(np.asarray(Image.open(path).convert("L")), 64)
