"""Local descriptors of one gray image: SIFT at key points, by scikit-image or OpenCV, or on a grid."""

from functools import lru_cache
from importlib.util import find_spec

import numpy as np

MIN_SIDE = 12  # pixels; a smaller image has no octave to search in
SIGMA, CELLS, ORIENTATIONS = (
    1.6,
    4,
    8,
)  # of a descriptor on the grid: smoothing in pixels, 4 x 4 cells, 8 directions
DIRECTIONS = np.float32([0, 1, 2, 3, -4, -3, -2, -1])
CELL = 3 * SIGMA  # pixels, width of a cell: a descriptor is made of about 19 x 19 pixels


def choose_backend(backend):
    """ "opencv" or "skimage"; "auto" is OpenCV where it is installed."""
    if backend not in ("auto", "skimage", "opencv"):
        raise ValueError(f"backend is 'auto', 'skimage' or 'opencv'. Received: {backend!r}.")
    installed = find_spec("cv2") is not None
    if backend == "opencv" and not installed:
        raise ImportError(
            "backend='opencv' needs OpenCV, which is not installed. Install the extra: "
            "pip install 'mm-keras[opencv]' (opencv-python-headless), or pass backend='skimage'."
        )
    return "skimage" if backend == "skimage" or not installed else "opencv"


def keypoint_descriptors(image, backend, upsampling=2):
    """Descriptors (k, 128) float32 in 0..255 and positions (k, 2) as (row, column) of the key points; k may be 0.

    Args:
        image: gray array (rows, cols), uint8 or float in [0, 1].
        backend: "skimage" or "opencv".
        upsampling: 1, 2 or 4, how much scikit-image enlarges the image first; OpenCV always takes 2.
    """
    descriptors, positions = (
        _by_opencv(image) if backend == "opencv" else _by_skimage(image, upsampling)
    )
    return np.asarray(descriptors, np.float32).reshape(-1, 128), np.reshape(positions, (-1, 2))


def _by_skimage(image, upsampling):
    from skimage.feature import SIFT

    # A new detector for each image: it lowers its own number of octaves at a small image and never raises it again.
    sift = SIFT(upsampling=upsampling)
    image = image / np.float32(255) if image.dtype == np.uint8 else image
    try:
        with np.errstate(divide="ignore", invalid="ignore"):  # from flat places
            sift.detect_and_extract(image)
    except RuntimeError:  # its way to say that there are no key points
        return [], []
    return sift.descriptors, sift.positions


def _by_opencv(image):
    try:
        import cv2
    except ImportError:
        raise ImportError(
            "This SIFT was fitted with OpenCV, whose key points differ from scikit-image's; OpenCV is not installed "
            "here. Install it: pip install 'mm-keras[opencv]', or fit again with backend='skimage'."
        ) from None

    if image.dtype != np.uint8:
        image = np.round(image * 255).astype(np.uint8)
    points, descriptors = cv2.SIFT_create().detectAndCompute(image, None)
    return ([], []) if descriptors is None else (descriptors, [point.pt[::-1] for point in points])


def grid_descriptors(image, step):
    """The same for unturned descriptors on a grid with `step` pixels between its points; flat places are left out.

    A descriptor is the sum over its patch of gradient magnitude x closeness to a direction x closeness to a cell x a
    Gaussian window. The last two are products of a function of the row and one of the column, so the sums for all grid
    points are two matrix products per direction.
    """
    from scipy.ndimage import gaussian_filter

    image = image / np.float32(255) if image.dtype == np.uint8 else image.astype(np.float32)
    smooth = gaussian_filter(image, np.sqrt(SIGMA**2 - 0.5**2), mode="reflect")
    g_row, g_col = np.gradient(smooth)
    direction = np.arctan2(g_col, g_row) * np.float32(ORIENTATIONS / (2 * np.pi))  # -4..4
    apart = np.abs(direction - DIRECTIONS[:, np.newaxis, np.newaxis])
    closeness = np.maximum(1 - np.minimum(apart, ORIENTATIONS - apart), 0)  # (8, rows, cols)
    rows, columns = (np.arange(step / 2, side, step) for side in image.shape)
    over_rows, over_columns = (_axis_weights(step, side) for side in image.shape)
    sums = (
        over_rows @ (closeness * np.hypot(g_row, g_col)) @ over_columns.T
    )  # (8, 4 * grid rows, 4 * grid columns)
    sums = (
        sums.reshape(ORIENTATIONS, len(rows), CELLS, len(columns), CELLS)
        .transpose(1, 3, 2, 4, 0)
        .reshape(-1, 128)
    )
    positions = np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1).reshape(-1, 2)
    length = _length(sums)
    structured = np.flatnonzero(length > 1e-6)
    return _capped(sums[structured], length[structured]), positions[structured]


@lru_cache(maxsize=2)
def _axis_weights(step, side):
    """(4 * centers, side): how much a pixel counts for the four cells around each grid point, along one axis."""
    offset = np.arange(side) - np.arange(step / 2, side, step)[:, np.newaxis]  # (centers, side)
    cells = (np.arange(CELLS) - (CELLS - 1) / 2) * CELL
    closeness = np.maximum(
        1 - np.abs(offset[:, np.newaxis] - cells[:, np.newaxis]) / CELL, 0
    )  # (centers, 4, side)
    window = np.exp(-(offset**2) / (2 * (2 * CELL) ** 2))[:, np.newaxis]
    return (closeness * window).reshape(-1, side).astype(np.float32)


def _capped(sums, length):
    """The sums cut at 0.2 times their length and brought to one length, on the scale of 0..255; written over them."""
    cut = np.minimum(sums, np.float32(0.2) * length[:, np.newaxis], out=sums)
    cut *= (512 / _length(cut))[:, np.newaxis]
    return np.minimum(cut, 255, out=cut)


def _length(rows):
    return np.sqrt(np.einsum("ij,ij->i", rows, rows))
