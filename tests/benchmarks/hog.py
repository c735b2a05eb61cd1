"""HOG against a loop over skimage.feature.hog, on one core: `OMP_NUM_THREADS=1 python -m tests.benchmarks.hog`.

The two take turns and the best of each counts, in process time, so that other programs disturb both alike.
"""

import time

import numpy as np
from skimage.feature import hog

from mm_keras.image import HOG


def process_time(work):
    start = time.process_time()
    work()
    return time.process_time() - start


def compare(pictures, rounds=8, **options):
    """Microseconds per picture (ours, loop over skimage); asserts first that both give the same."""
    extractor = HOG(**options).fit(pictures)
    some = pictures[:16]
    np.testing.assert_allclose(extractor.transform(some), [hog(picture, **options) for picture in some], atol=1e-6)
    ours, loop = [], []
    for _ in range(rounds):
        ours += [process_time(lambda: extractor.transform(pictures)) / len(pictures) for _ in range(4)]
        loop.append(process_time(lambda: [hog(picture, **options) for picture in some]) / len(some))
    return 1e6 * min(ours), 1e6 * min(loop)


def smooth_noise(count, side):
    """Pictures with soft edges, as photographs have them."""
    from scipy.ndimage import gaussian_filter

    noise = gaussian_filter(np.random.default_rng(0).random((count, side, side)), (0, 2, 2))
    return np.round(255 * (noise - noise.min()) / np.ptp(noise)).astype(np.uint8)


def main():
    print(f"{'pictures':<28}{'cells per block':<18}{'ours, us':>10}{'skimage loop, us':>18}{'ratio':>8}")
    for side, count in ((64, 128), (128, 32), (256, 16)):
        noise = np.random.default_rng(0).integers(0, 256, (count, side, side), dtype=np.uint8)
        smooth = smooth_noise(count, side)
        for name, pictures in (("noise", noise), ("smooth", smooth), ("smooth", (smooth / 255).astype(np.float32))):
            for cells in ((2, 2), (3, 3)):
                ours, loop = compare(pictures, cells_per_block=cells)
                label = f"{side} px, {name}, {pictures.dtype}"
                print(f"{label:<28}{cells!s:<18}{ours:>10.1f}{loop:>18.1f}{loop / ours:>8.1f}", flush=True)


if __name__ == "__main__":
    main()
