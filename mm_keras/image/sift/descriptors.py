"""SIFT descriptors of one gray image, at key points (scikit-image or OpenCV) or on a grid."""

from functools import lru_cache
from importlib.util import find_spec

import numpy as np

from mm_keras.utils.extras import INSTALL

MIN_SIDE = 12  # pixels; smaller images have no octave to search in

# Descriptors on a grid:
SIGMA = 1.6  # pixels, standard deviation of the smoothing
CELLS = 4  # a patch has 4 x 4 cells
ORIENTATIONS = 8  # directions in the histogram of a cell
DIRECTIONS = np.float32([0, 1, 2, 3, -4, -3, -2, -1])
CELL = 3 * SIGMA  # pixels, width of a cell; a patch is about 19 x 19 pixels


def choose_backend(backend):
    """Resolve "auto" to "opencv" if OpenCV is installed, else to "skimage"."""
    if backend not in ("auto", "skimage", "opencv"):
        raise ValueError(f"backend must be 'auto', 'skimage' or 'opencv'. Received: {backend!r}.")
    installed = find_spec("cv2") is not None
    if backend == "opencv" and not installed:
        raise ImportError(
            "backend='opencv' needs OpenCV, which is not installed. Install it with "
            f"{INSTALL['opencv']}, or pass backend='skimage'."
        )
    return "skimage" if backend == "skimage" or not installed else "opencv"


def keypoint_descriptors(image, backend, upsampling=2):
    """Detect and describe the key points of an image.

    Args:
        image: gray array (rows, cols), uint8 or float in [0, 1].
        backend: "skimage" or "opencv".
        upsampling: 1, 2 or 4, the factor by which scikit-image enlarges the image first; OpenCV
            always uses 2.

    Returns:
        Descriptors (k, 128), float32 in 0..255, and positions (k, 2) as (row, column); k may be 0.
    """
    descriptors, positions = (
        _by_opencv(image) if backend == "opencv" else _by_skimage(image, upsampling)
    )
    return np.asarray(descriptors, np.float32).reshape(-1, 128), np.reshape(positions, (-1, 2))


def _by_skimage(image, upsampling):
    from skimage.feature import SIFT

    # Each image needs a new detector: a small image lowers its number of octaves for good.
    sift = SIFT(upsampling=upsampling)
    image = image / np.float32(255) if image.dtype == np.uint8 else image
    try:
        with np.errstate(divide="ignore", invalid="ignore"):  # in flat areas
            sift.detect_and_extract(image)
    except RuntimeError:  # raised when there are no key points
        return [], []
    return sift.descriptors, sift.positions


def _by_opencv(image):
    try:
        import cv2
    except ImportError:
        raise ImportError(
            "This SIFT was fitted with OpenCV, whose key points differ from those of scikit-image. "
            f"OpenCV is not installed here. Install it with {INSTALL['opencv']}, or fit again with "
            "backend='skimage'."
        ) from None

    if image.dtype != np.uint8:
        image = np.round(image * 255).astype(np.uint8)
    points, descriptors = cv2.SIFT_create().detectAndCompute(image, None)
    return ([], []) if descriptors is None else (descriptors, [point.pt[::-1] for point in points])


def grid_descriptors(image, step):
    """Upright descriptors on a grid of points `step` pixels apart, and the positions of the points.

    Formats are those of `keypoint_descriptors`. Grid points in flat areas are left out.

    A descriptor is the sum over its patch of gradient magnitude x closeness to a direction x
    closeness to a cell x a Gaussian window. The last two are separable into a function of the row
    and one of the column, so that the sums for all grid points are two matrix products per
    direction.
    """
    from scipy.ndimage import gaussian_filter

    image = image / np.float32(255) if image.dtype == np.uint8 else image.astype(np.float32)
    smooth = gaussian_filter(image, np.sqrt(SIGMA**2 - 0.5**2), mode="reflect")
    g_row, g_col = np.gradient(smooth)
    direction = np.arctan2(g_col, g_row) * np.float32(ORIENTATIONS / (2 * np.pi))  # -4..4
    difference = np.abs(direction - DIRECTIONS[:, np.newaxis, np.newaxis])
    difference = np.minimum(difference, ORIENTATIONS - difference)
    closeness = np.maximum(1 - difference, 0)  # (8, rows, cols)
    rows, columns = (np.arange(step / 2, side, step) for side in image.shape)
    over_rows, over_columns = (_axis_weights(step, side) for side in image.shape)
    # (8, 4 * grid rows, 4 * grid columns)
    sums = over_rows @ (closeness * np.hypot(g_row, g_col)) @ over_columns.T
    sums = sums.reshape(ORIENTATIONS, len(rows), CELLS, len(columns), CELLS)
    sums = sums.transpose(1, 3, 2, 4, 0).reshape(-1, 128)
    positions = np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1).reshape(-1, 2)
    length = _length(sums)
    structured = np.flatnonzero(length > 1e-6)
    return _clip_and_scale(sums[structured], length[structured]), positions[structured]


@lru_cache(maxsize=2)
def _axis_weights(step, side):
    """(4 * centers, side): the pixels' weights in the 4 cells of a grid point, along one axis."""
    offset = np.arange(side) - np.arange(step / 2, side, step)[:, np.newaxis]  # (centers, side)
    cells = (np.arange(CELLS) - (CELLS - 1) / 2) * CELL
    distance = np.abs(offset[:, np.newaxis] - cells[:, np.newaxis])  # (centers, 4, side)
    closeness = np.maximum(1 - distance / CELL, 0)
    window = np.exp(-(offset**2) / (2 * (2 * CELL) ** 2))[:, np.newaxis]
    return (closeness * window).reshape(-1, side).astype(np.float32)


def _clip_and_scale(sums, length):
    """Clip at 0.2 times the length, then scale to a common length and clip at 255, in place."""
    clipped = np.minimum(sums, np.float32(0.2) * length[:, np.newaxis], out=sums)
    clipped *= (512 / _length(clipped))[:, np.newaxis]
    return np.minimum(clipped, 255, out=clipped)


def _length(rows):
    return np.sqrt(np.einsum("ij,ij->i", rows, rows))
