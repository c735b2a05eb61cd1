"""Labels, predictions and probabilities are checked once, here, before anything is measured."""

import numpy as np


def checked_labels(labels):
    """The labels as int64: (n,) class numbers, or (n, K) zeros and ones for multi-label targets."""
    labels = np.asarray(labels)
    if labels.ndim not in (1, 2) or labels.size == 0 or labels.dtype.kind not in "iub":
        raise ValueError(
            "Labels are needed as integers (n,), or as zeros and ones (n, num_classes), with n > 0. "
            f"Received: {labels.dtype} {labels.shape}."
        )
    labels = labels.astype(np.int64)
    if labels.min() < 0 or (labels.ndim == 2 and labels.max() > 1):
        raise ValueError(
            "Labels are class numbers from 0 on (or zeros and ones in two dimensions). "
            f"Received: {labels.min()} to {labels.max()}."
        )
    return labels


def checked_probabilities(labels, probabilities):
    """`(labels, probabilities)` as int64 and float64; every row is a distribution (multi-label: is in [0, 1])."""
    labels, probabilities = checked_labels(labels), np.asarray(probabilities, dtype=np.float64)
    if probabilities.ndim != 2 or len(probabilities) != len(labels):
        raise ValueError(
            f"One row of class probabilities is needed for each of the {len(labels)} labels. "
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
            f"The labels go up to {labels.max()}, but there are {num_classes} columns of probabilities."
        )
    inside = (
        np.isfinite(probabilities).all()
        and probabilities.min() >= -1e-6
        and probabilities.max() <= 1 + 1e-6
    )
    if not inside or (labels.ndim == 1 and np.abs(probabilities.sum(axis=1) - 1).max() > 1e-3):
        sums = " and sum to one in each row" if labels.ndim == 1 else ""
        raise ValueError(
            f"Probabilities must lie in [0, 1]{sums}. Received: {np.nanmin(probabilities):.3g} to "
            f"{np.nanmax(probabilities):.3g}. Pass logits through a softmax (or sigmoid) first."
        )
    return labels, probabilities


def checked_predictions(labels, predictions):
    """`(labels, predicted)`, both int64 of one shape; probabilities become the likeliest class, or 1 from 0.5 on."""
    labels, predictions = checked_labels(labels), np.asarray(predictions)
    if labels.ndim == 1 and predictions.ndim == 2:
        labels, predictions = checked_probabilities(labels, predictions)
        predictions = predictions.argmax(axis=1)
    elif labels.ndim == 2 and predictions.dtype.kind == "f":
        predictions = checked_probabilities(labels, predictions)[1] >= 0.5
    predictions = checked_labels(predictions)
    if predictions.shape != labels.shape:
        raise ValueError(
            f"Labels and predictions must belong to the same samples. "
            f"Received: labels {labels.shape}, predictions {predictions.shape}."
        )
    return labels, predictions


def checked_arrays(arrays, labels):
    """The checked labels, once every modality has been found to hold one sample per label."""
    labels = checked_labels(labels)
    lengths = {name: len(values) for name, values in arrays.items()}
    if not lengths or set(lengths.values()) != {len(labels)}:
        raise ValueError(
            "A dict with one sample per label in every modality is needed. "
            f"Received: {lengths} samples, {len(labels)} labels."
        )
    return labels
