"""Leaks between folds, and groups that keep duplicates in one fold."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from mm_keras.evaluation.leaks.images import exact_duplicate_images, near_duplicate_images
from mm_keras.evaluation.leaks.texts import exact_duplicate_texts, near_duplicate_texts


def group_ids(num_samples: int, *pairs: ArrayLike) -> np.ndarray:
    """Group index of each sample; samples joined by a pair, directly or indirectly, share one.

    Pass them to scikit-learn's `GroupKFold` as `groups`, so that duplicates never lie in different
    folds.

    Args:
        num_samples: int, n.
        *pairs: int arrays (m, 2) of indices, as returned by the `*_duplicate_*` functions.

    Returns:
        int array (n,), numbered in the order of the groups' first samples.

    Example:
        >>> group_ids(5, [[0, 3]], [[3, 4]]).tolist()
        [0, 1, 2, 0, 0]

    Reference: B. A. Galler, M. J. Fischer, An improved equivalence algorithm, 1964 (union-find).
    """
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    joined = np.concatenate(
        [np.empty((0, 2), np.int64), *(np.asarray(p, np.int64).reshape(-1, 2) for p in pairs)]
    )
    graph = coo_matrix(
        (np.ones(len(joined), bool), (joined[:, 0], joined[:, 1])), shape=(num_samples, num_samples)
    )
    components = connected_components(graph, directed=False)[1]
    _, first, components = np.unique(components, return_index=True, return_inverse=True)
    return np.argsort(np.argsort(first))[components]


def pairs_across(pairs: ArrayLike, folds: Sequence) -> np.ndarray:
    """Only the pairs whose two samples lie in different folds: the leaks.

    Args:
        pairs: int array (m, 2) of indices.
        folds: sequence of n values, the fold of each sample, e.g. "train" and "test", or 0 to 4.

    Returns:
        int array (k, 2).

    Example:
        >>> pairs_across([[0, 1], [1, 2]], ["train", "train", "test"]).tolist()
        [[1, 2]]

    Reference: S. Kapoor, A. Narayanan, Leakage and the reproducibility crisis in
    machine-learning-based science, 2023.
    """
    pairs, folds = np.asarray(pairs, dtype=np.int64).reshape(-1, 2), np.asarray(folds)
    return pairs[folds[pairs[:, 0]] != folds[pairs[:, 1]]]


def find_leaks(
    texts: Sequence[str | None] | None = None,
    images: Sequence[np.ndarray | None] | None = None,
    folds: Sequence | None = None,
    text_options: dict | None = None,
    image_options: dict | None = None,
) -> dict:
    """All duplicates and near-duplicates, those that cross the folds, and groups for splitting.

    Args:
        texts: sequence of n str or None; optional if there are images.
        images: sequence of n uint8 arrays (H, W) or (H, W, 3), or None; optional if there are
            texts. Small images, e.g. of 64 pixels, are sufficient.
        folds: sequence of n values, the fold of each sample. Without it no pair crosses.
        text_options: dict, keyword arguments of `near_duplicate_texts`.
        image_options: dict, keyword arguments of `near_duplicate_images`.

    Returns:
        dict that `json.dump` can write: for each of "exact_texts", "near_texts", "exact_images",
        "near_images" that applies a dict with "num_pairs" and "across" (list of pairs [i, j] in
        different folds; the near-duplicates include the exact ones); "leaking" (indices of all
        samples with a duplicate in another fold) and "groups" (n ints, as `group_ids`).

    Raises:
        ValueError: neither texts nor images, or sequences of different length.

    Example:
        >>> texts = ["rain in the north", "sun", "Rain in the north"]
        >>> leaks = find_leaks(texts, folds=["train", "train", "test"])
        >>> leaks["exact_texts"], leaks["leaking"], leaks["groups"]
        ({'num_pairs': 1, 'across': [[0, 2]]}, [0, 2], [0, 1, 0])

    Reference: S. Kapoor, A. Narayanan, 2023, as in `pairs_across`.
    """
    given = {"texts": texts, "images": images, "folds": folds}
    lengths = {name: len(values) for name, values in given.items() if values is not None}
    if texts is None and images is None or len(set(lengths.values())) > 1:
        raise ValueError(
            "Texts or images are needed, and as many folds as samples. "
            f"Received: {lengths or 'nothing'}."
        )
    duplicates = {}
    if texts is not None:
        duplicates["exact_texts"] = exact_duplicate_texts(texts)
        duplicates["near_texts"] = near_duplicate_texts(texts, **(text_options or {}))[0]
    if images is not None:
        duplicates["exact_images"] = exact_duplicate_images(images)
        duplicates["near_images"] = near_duplicate_images(images, **(image_options or {}))[0]
    num_samples = next(iter(lengths.values()))
    folds = np.zeros(num_samples) if folds is None else folds
    across = {key: pairs_across(pairs, folds) for key, pairs in duplicates.items()}
    return {
        **{
            key: {"num_pairs": len(pairs), "across": across[key].tolist()}
            for key, pairs in duplicates.items()
        },
        "leaking": np.unique(np.concatenate(list(across.values()))).tolist(),
        "groups": group_ids(num_samples, *duplicates.values()).tolist(),
    }
