"""HOG of uint8 images against loops over scikit-image and OpenCV, on one core."""

import numpy as np
from skimage.feature import hog

from mm_keras.image import HOG
from tests.benchmarks._measure import Row, in_turns


def rows(full):
    for side, count in ((64, 128), (128, 32), (256, 16)):
        for kind, images in (("noise", noise(count, side)), ("smooth", smooth_noise(count, side))):
            for cells in ((2, 2), (3, 3)):
                yield from compared(kind, images, cells)


def compared(kind, images, cells):
    """Rows for one size and kind of image; first asserts equality with scikit-image to 1e-6."""
    extractor, some = HOG(cells_per_block=cells).fit(images), images[:12]
    np.testing.assert_allclose(
        extractor.transform(some), [hog(one, cells_per_block=cells) for one in some], atol=1e-6
    )

    def ours():
        for _ in range(4):
            extractor.transform(images)

    def loop():
        for one in some:
            hog(one, cells_per_block=cells)

    def opencv_loop():
        for one in images:
            opencv.compute(one)

    works = {"ours": ours, "loop": loop}  # all drop each result before the next one
    opencv, problem = opencv_hog(images.shape[1], cells)
    if opencv:
        works["opencv"] = opencv_loop
    best = in_turns(works, rounds=10)
    seconds = best["ours"] / (4 * len(images))
    what = f"HOG, {images.shape[1]} px {kind}, {cells[0]}x{cells[1]} blocks, an image"
    yield Row(what, seconds, "loop over skimage.feature.hog", best["loop"] / len(some), 25)
    if opencv:
        yield Row(what, seconds, "loop over OpenCV HOGDescriptor", best["opencv"] / len(images), 1)
    else:
        yield Row(what, seconds, problem)


def opencv_hog(side, cells):
    """OpenCV's HOG of the same geometry (it also weights and interpolates), or None and why not."""
    try:
        import cv2
    except ImportError:
        return None, "HOGDescriptor: OpenCV is not installed"
    if not hasattr(cv2, "HOGDescriptor"):
        return None, f"OpenCV {cv2.__version__} has no HOGDescriptor, 4 has"
    blocks = (8 * cells[1], 8 * cells[0])
    return cv2.HOGDescriptor((side, side), blocks, (8, 8), (8, 8), 9), None


def noise(count, side):
    return np.random.default_rng(0).integers(0, 256, (count, side, side), dtype=np.uint8)


def smooth_noise(count, side):
    """Images with soft edges, like photographs."""
    from scipy.ndimage import gaussian_filter

    values = gaussian_filter(np.random.default_rng(0).random((count, side, side)), (0, 2, 2))
    return np.round(255 * (values - values.min()) / np.ptp(values)).astype(np.uint8)
