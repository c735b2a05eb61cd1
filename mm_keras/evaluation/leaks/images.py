"""Duplicate images, and near-duplicates that were resized, compressed again or brightened."""

import hashlib
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from mm_keras.evaluation.leaks.texts import equal_pairs, sort_pairs

TOLERANCE = 2  # gray levels of 255: a smaller step is compression noise, not an edge


def _check_image(image):
    image = np.asarray(image)
    gray, color = image.ndim == 2, image.ndim == 3 and image.shape[2] in (1, 3)
    if image.dtype != np.uint8 or not (gray or color) or 0 in image.shape:
        raise ValueError(
            "Images must be uint8 arrays (H, W) or (H, W, 3), or None. "
            f"Received: {image.dtype} {image.shape}. "
            "Read files with mm_keras.image.read_images first."
        )
    return image


def _is_flat(image):
    return image.min() == image.max()


def exact_duplicate_images(images: Sequence[np.ndarray | None]) -> np.ndarray:
    """All pairs of images that are equal in shape and in every pixel.

    Missing images and blank images (of a single value) are never duplicates: they have no content
    that could leak.

    Args:
        images: sequence of n uint8 arrays (H, W) or (H, W, 3), or None.

    Returns:
        int array (m, 2) of indices i < j, sorted.

    Example:
        >>> blank, dot = np.zeros((3, 3), np.uint8), np.eye(3, dtype=np.uint8)
        >>> exact_duplicate_images([dot, blank, dot.copy(), blank, None]).tolist()
        [[0, 2]]

    Reference: B. Barz, J. Denzler, Do we train on test data? Purging CIFAR of near-duplicates,
    2020.
    """

    def key(image):
        if image is None or _is_flat(_check_image(image)):
            return None
        return np.shape(image), hashlib.blake2b(
            np.ascontiguousarray(image).tobytes(), digest_size=16
        ).digest()

    return equal_pairs([key(image) for image in images])


@lru_cache(maxsize=256)
def _area_weights(size, small):
    """Matrix (small, size) that shrinks a line of pixels to means over equal intervals."""
    edges, pixels = np.arange(small + 1) * size / small, np.arange(size)
    overlap = np.minimum(edges[1:, None], pixels + 1) - np.maximum(edges[:-1, None], pixels)
    return np.clip(overlap, 0, None) * small / size


def _shrink(image, rows, columns):
    """The image as float array (rows, columns, channels), resized by area means."""
    image = image.reshape(*image.shape[:2], -1).astype(np.float64)
    # (rows, W, channels)
    small = np.tensordot(_area_weights(image.shape[0], rows), image, axes=(1, 0))
    return np.tensordot(_area_weights(image.shape[1], columns), small, axes=(1, 1)).transpose(
        1, 0, 2
    )


def difference_hash(image: np.ndarray) -> np.ndarray:
    """64-bit hash: is each of 8 rows of 9 mean grays brighter than its left neighbor?

    Resizing, compression and brightness hardly change it. Unlike in the usual definition, a step of
    at most 2 gray levels counts as none, because in an even sky or a white margin the usual bits
    are noise.

    Args:
        image: uint8 array (H, W) or (H, W, 3).

    Returns:
        bool array (64,). All False for an image without edges, whose hash is uninformative.

    Example:
        >>> ramp = np.tile(np.arange(0, 90, 10, dtype=np.uint8), (8, 1))    # rises everywhere
        >>> int(difference_hash(ramp).sum())
        64

    Reference: N. Krawetz, Kind of like that (dHash), The Hacker Factor Blog, 2013.
    """
    return _bits(_shrink(_check_image(image), 8, 9).mean(axis=2))


def _bits(gray):
    return (gray[:, 1:] > gray[:, :-1] + TOLERANCE).ravel()


def near_duplicate_images(
    images: Sequence[np.ndarray | None], max_distance: int = 4, min_correlation: float = 0.95
) -> tuple[np.ndarray, np.ndarray]:
    """All pairs of images with nearly the same difference hash and 16 x 16 thumbnail.

    The hash finds candidates: at most `max_distance` of 64 bits differ. The correlation of the
    thumbnails (in color if there is color) confirms them, since two different round faces can share
    one hash. All pairs of hashes are compared in one matrix product: with bits written as -1 and 1,
    `distance = (64 - a . b) / 2`.

    Missing images, blank ones, and those without an edge of more than 2 gray levels in their 8 x 9
    thumbnail have no informative hash and are not near-duplicates of anything;
    `exact_duplicate_images` still finds equal ones that are not blank.

    Args:
        images: sequence of n uint8 arrays (H, W) or (H, W, 3), of any size, or None.
        max_distance: int, 0 to 64.
        min_correlation: float in [-1, 1]; -1 uses the hash alone.

    Returns:
        tuple: int array (m, 2) of indices i < j, sorted, and float array (m,) of the thumbnails'
        correlations.

    Example:
        >>> image = np.random.default_rng(0).integers(0, 200, (8, 9), dtype=np.uint8)
        >>> image = image.repeat(4, 0).repeat(4, 1)
        >>> half = image[::2, ::2] + 30    # half the size, brighter
        >>> pairs, _ = near_duplicate_images([image, image[::-1], half])
        >>> pairs.tolist()
        [[0, 2]]

    Reference: N. Krawetz, 2013, as in `difference_hash`; B. Barz, J. Denzler, 2020, as in
    `exact_duplicate_images`.
    """
    signs, thumbnails, indices = [], [], []
    for i, image in enumerate(images):
        gray = np.zeros(1) if image is None else _shrink(_check_image(image), 8, 9).mean(axis=2)
        if np.ptp(gray) <= TOLERANCE:
            continue
        indices.append(i)
        signs.append(np.where(_bits(gray), 1, -1))
        thumbnail = np.broadcast_to(_shrink(np.asarray(image), 16, 16), (16, 16, 3)).ravel()
        thumbnail = thumbnail - thumbnail.mean()
        thumbnails.append(thumbnail / np.linalg.norm(thumbnail))
    if not indices:
        return np.empty((0, 2), np.int64), np.empty(0)
    pairs = _close_pairs(np.array(signs, np.float32), max_distance)
    thumbnails = np.array(thumbnails, np.float32)
    chunks = np.array_split(pairs, len(pairs) // 20_000 + 1)
    correlation = np.concatenate([np.einsum("ij,ij->i", *thumbnails[chunk.T]) for chunk in chunks])
    keep = correlation >= min_correlation
    return np.array(indices)[pairs[keep]], correlation[keep].astype(np.float64)


def _close_pairs(signs, max_distance, chunk_size=1000):
    """All pairs of rows of -1 and 1 (n, 64) that differ in at most max_distance columns."""
    close = [np.empty((0, 2), np.int64)]
    for start in range(0, len(signs), chunk_size):
        # (chunk_size, n - start): 64 - 2 distance
        same = signs[start : start + chunk_size] @ signs[start:].T
        first, second = np.nonzero(same >= 64 - 2 * max_distance)
        close.append(np.stack([first, second], axis=1)[first < second] + start)
    return sort_pairs(np.concatenate(close))
