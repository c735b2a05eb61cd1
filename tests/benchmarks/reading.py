"""JPEG files of 640 pixels read at 64 x 64, ours against scikit-image, and how far each is from an exact area filter.

Run `OMP_NUM_THREADS=1 python -m tests.benchmarks.reading`. Differences are grey levels of 0..255.
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
from tests.benchmarks.hog import process_time
from tests.test_read import area_mean


def by_skimage(path):
    return 255 * resize(rgb2gray(imread(path)), (64, 64), anti_aliasing=True)


def write_photos(folder):
    """Two photographs, 640 x 640, and their exact area means."""
    for number, photo in enumerate(load_sample_images().images):
        path = Path(folder) / f"{number}.jpg"
        Image.fromarray(photo).resize((640, 640)).save(path, quality=90)
        yield path, area_mean(np.asarray(Image.open(path).convert("L")), 64)


def main():
    with tempfile.TemporaryDirectory() as folder:
        paths, exact = zip(*write_photos(folder))
        readers = {"ours": lambda path: read_image(path, 64), "scikit-image": by_skimage}
        best = dict.fromkeys(readers, np.inf)
        for _ in range(20):  # in turns, so that other programs disturb both alike
            for name, read in readers.items():
                best[name] = min(best[name], process_time(lambda read=read: list(map(read, paths))) / len(paths))
        print(f"{'reader':<14}{'ms':>8}{'ratio':>8}{'largest difference':>20}{'mean difference':>17}")
        for name, read in readers.items():
            apart = np.abs([read(path) - mean for path, mean in zip(paths, exact)])
            ratio = best["scikit-image"] / best[name]
            print(f"{name:<14}{1e3 * best[name]:>8.2f}{ratio:>8.1f}{apart.max():>20.1f}{apart.mean():>17.2f}")


if __name__ == "__main__":
    main()
