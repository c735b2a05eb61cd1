"""Input validation of labels, predictions and probabilities for all evaluation functions."""

import numpy as np


def check_labels(labels):
    """The labels as int64: class indices (n,), or 0/1 rows (n, K) for multi-label targets."""
    if np.ma.is_masked(labels):
        raise ValueError("Labels must not have masked values. Leave these samples out.")
    labels = np.asarray(labels)
    if labels.ndim not in (1, 2) or labels.size == 0 or labels.dtype.kind not in "iub":
        raise ValueError(
            "Labels must be integers (n,), or zeros and ones (n, num_classes), with n > 0. "
            f"Received: {labels.dtype} {labels.shape}."
        )
    labels = labels.astype(np.int64)
    if labels.min() < 0 or (labels.ndim == 2 and labels.max() > 1):
        raise ValueError(
            "Labels must be class indices starting at 0 (or zeros and ones in two dimensions). "
            f"Received: {labels.min()} to {labels.max()}."
        )
    return labels


def check_probabilities(labels, probabilities):
    """`(labels, probabilities)` as int64 and float64.

    Every row must be a distribution or, for multi-label targets, lie in [0, 1].
    """
    labels, probabilities = check_labels(labels), np.asarray(probabilities, dtype=np.float64)
    if probabilities.ndim != 2 or len(probabilities) != len(labels):
        raise ValueError(
            f"Probabilities need one row for each of the {len(labels)} labels. "
            f"Received: {probabilities.shape}."
        )
    num_classes = probabilities.shape[1]
    if labels.ndim == 2 and labels.shape[1] != num_classes:
        raise ValueError(
            f"Multi-label targets {labels.shape} need probabilities of the same shape. "
            f"Received: {probabilities.shape}."
        )
    if labels.ndim == 1 and labels.max() >= num_classes:
        raise ValueError(
            f"The largest label is {labels.max()}, but the probabilities have only {num_classes} "
            "columns."
        )
    inside = (
        np.isfinite(probabilities).all()
        and probabilities.min() >= -1e-6
        and probabilities.max() <= 1 + 1e-6
    )
    if not inside or (labels.ndim == 1 and np.abs(probabilities.sum(axis=1) - 1).max() > 1e-3):
        sums = " and sum to one in each row" if labels.ndim == 1 else ""
        raise ValueError(
            f"Probabilities must lie in [0, 1]{sums}. "
            f"Received: {np.nanmin(probabilities):.3g} to {np.nanmax(probabilities):.3g}. "
            "Apply a softmax (or sigmoid) to logits first."
        )
    return labels, probabilities


def check_predictions(labels, predictions):
    """`(labels, predictions)`, both int64 and of one shape.

    Probabilities become the most likely class (multi-label: every label from 0.5 on).
    """
    labels, predictions = check_labels(labels), np.asarray(predictions)
    if labels.ndim == 1 and predictions.ndim == 2:
        labels, predictions = check_probabilities(labels, predictions)
        predictions = predictions.argmax(axis=1)
    elif labels.ndim == 2 and predictions.dtype.kind == "f":
        predictions = check_probabilities(labels, predictions)[1] >= 0.5
    predictions = check_labels(predictions)
    if predictions.shape != labels.shape:
        raise ValueError(
            "Labels and predictions must belong to the same samples. "
            f"Received: labels {labels.shape}, predictions {predictions.shape}."
        )
    return labels, predictions


def check_arrays(arrays, labels):
    """The validated labels; every modality must have one sample per label."""
    labels = check_labels(labels)
    lengths = {name: len(values) for name, values in arrays.items()}
    if not lengths or set(lengths.values()) != {len(labels)}:
        raise ValueError(
            "The data must be a dict with one sample per label in every modality. "
            f"Received: {lengths} samples, {len(labels)} labels."
        )
    return labels
