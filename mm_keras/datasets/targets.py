"""Checks of the labels of a data set: classes (n,) or multi-label targets (n, num_classes)."""

import numpy as np

from mm_keras.utils.messages import report_bad


def as_labels(labels, num_classes):
    """Labels as an int array (n,), or 0/1 (n, num_classes).

    Raises:
        ValueError: other shapes or types, or values out of range.
    """
    labels = np.asarray(labels)
    if labels.ndim not in (1, 2) or (labels.size and labels.dtype.kind not in "iub"):
        raise ValueError(
            "Labels must be an integer array (n,) or a 0/1 array (n, num_classes). "
            f"Received: {labels.dtype} {labels.shape}."
        )
    labels = labels.astype(np.int64)
    limit = num_classes if labels.ndim == 1 else 2
    if labels.size and (labels.min() < 0 or labels.max() >= limit):
        raise ValueError(
            f"Labels must be in [0, {limit}). Received: {labels.min()} to {labels.max()}; "
            f"there are {num_classes} class names."
        )
    if labels.ndim == 2 and labels.shape[1] != num_classes:
        raise ValueError(
            "Multi-label targets need one column per class name. "
            f"Received: {labels.shape[1]} columns, {num_classes} names."
        )
    return labels


def report_one_hot(labels, ids):
    """Warn if multi-label targets are probably meant as classes."""
    if labels.ndim == 2 and min(labels.shape) > 1 and (labels.sum(axis=1) == 1).all():
        report_bad(
            ids,
            "had exactly one label in a 0/1 array",
            "Such labels are multi-label targets, predicted one by one. If each sample has exactly "
            "one class, pass labels.argmax(axis=1), or load_pairs without label_separator.",
        )
