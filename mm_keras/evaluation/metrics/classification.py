"""Accuracy, F1 and confusion matrix of predicted classes, and all metrics at once (`evaluate`)."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from mm_keras.evaluation._checks import check_predictions, check_probabilities
from mm_keras.evaluation.metrics.calibration import brier, ece, ece_null, log_loss
from mm_keras.evaluation.metrics.further import (
    average_precision,
    balanced_accuracy,
    mcc,
    roc_auc,
    top_k_accuracy,
)
from mm_keras.evaluation.metrics.intervals import wilson_interval
from mm_keras.utils.labels import check_class_names


def accuracy(labels: ArrayLike, predictions: ArrayLike) -> float:
    """Share of correct predictions; multi-label: with every label correct ("subset accuracy").

    Args:
        labels: int array (n,), or 0/1 array (n, K).
        predictions: int array like labels, or float array (n, K) of probabilities.

    Returns:
        float in [0, 1].

    Example:
        >>> accuracy([0, 1, 1, 2], [0, 1, 2, 2])
        0.75
        >>> accuracy([0, 1], [[0.9, 0.1], [0.6, 0.4]])
        0.5
        >>> accuracy([[1, 0], [1, 1]], [[1, 0], [1, 0]])
        0.5

    Reference: C. D. Manning, P. Raghavan, H. Schütze, Introduction to Information Retrieval, 2008,
    chapter 8.
    """
    labels, predictions = check_predictions(labels, predictions)
    right = labels == predictions
    return float((right.all(axis=1) if right.ndim == 2 else right).mean())


def confusion_matrix(
    labels: ArrayLike, predictions: ArrayLike, num_classes: int | None = None
) -> np.ndarray:
    """Counts `C[i, j]` of the samples of class i that were predicted as class j.

    Args:
        labels: int array (n,).
        predictions: int array (n,) or probabilities (n, K).
        num_classes: int, number of rows and columns; by default as many as labels and predictions
            need.

    Returns:
        int array (num_classes, num_classes); each row sums to the number of samples of its class.

    Example:
        >>> confusion_matrix([0, 0, 1], [0, 1, 1])
        array([[1, 1],
               [0, 1]])

    Reference: K. Pearson, On the theory of contingency, 1904.
    """
    needed = np.asarray(predictions).shape[-1] if np.ndim(predictions) == 2 else 0
    labels, predictions = check_predictions(labels, predictions)
    if labels.ndim == 2:
        raise ValueError(
            "A confusion matrix needs one class per sample. Received multi-label targets: use "
            "per_class."
        )
    needed = max(needed, labels.max() + 1, predictions.max() + 1)
    size = int(needed if num_classes is None else num_classes)
    if size < needed:
        raise ValueError(
            f"num_classes must be at least {needed} for these labels and predictions. "
            f"Received: {size}."
        )
    return np.bincount(labels * size + predictions, minlength=size * size).reshape(size, size)


def _counts(labels, predictions, num_classes):
    """True positives, predicted positives and actual positives of each class."""
    if np.ndim(labels) == 2:
        labels, predictions = check_predictions(labels, predictions)
        return (labels * predictions).sum(axis=0), predictions.sum(axis=0), labels.sum(axis=0)
    matrix = confusion_matrix(labels, predictions, num_classes)
    return matrix.diagonal(), matrix.sum(axis=0), matrix.sum(axis=1)


def _ratio(numerator, denominator):
    return np.divide(
        numerator,
        denominator,
        out=np.zeros(np.shape(denominator)),
        where=np.asarray(denominator) > 0,
    )


def per_class(
    labels: ArrayLike, predictions: ArrayLike, num_classes: int | None = None
) -> dict[str, np.ndarray]:
    """Precision, recall, F1 and support of every class; a ratio of 0 to 0 counts as 0.

        precision = TP / (TP + FP)    recall = TP / (TP + FN)    F1 = 2 TP / (2 TP + FP + FN)

    Args:
        labels, predictions: as in `accuracy`.
        num_classes: int, number of classes; by default as many as labels and predictions need.

    Returns:
        dict of arrays (K,): "precision", "recall", "f1" (floats in [0, 1]) and "support" (int,
        number of samples of that class).

    Example:
        >>> scores = per_class([0, 0, 1], [0, 1, 1])
        >>> scores["precision"].tolist(), scores["recall"].tolist(), scores["support"].tolist()
        ([1.0, 0.5], [0.5, 1.0], [2, 1])

    Reference: C. J. van Rijsbergen, Information Retrieval, 2nd edition, 1979, chapter 7.
    """
    hits, predicted, actual = _counts(labels, predictions, num_classes)
    return {
        "precision": _ratio(hits, predicted),
        "recall": _ratio(hits, actual),
        "f1": _ratio(2 * hits, predicted + actual),
        "support": actual,
    }


def macro_f1(labels: ArrayLike, predictions: ArrayLike, num_classes: int | None = None) -> float:
    """Mean F1 over the classes, each with the same weight, however rare it is.

    As in scikit-learn with zero_division=0, a class that appears neither in the labels nor in the
    predictions is excluded from the mean; multi-label, every column counts and such a column has
    F1 = 0.

    Args:
        labels, predictions, num_classes: as in `per_class`.

    Returns:
        float in [0, 1].

    Example:
        >>> round(macro_f1([0, 0, 1], [0, 1, 1]), 4)    # both classes: 2 / 3
        0.6667

    Reference: Y. Yang, X. Liu, A re-examination of text categorization methods, 1999.
    """
    hits, predicted, actual = _counts(labels, predictions, num_classes)
    f1 = _ratio(2 * hits, predicted + actual)
    return float(f1.mean() if np.ndim(labels) == 2 else f1[predicted + actual > 0].mean())


def micro_f1(labels: ArrayLike, predictions: ArrayLike) -> float:
    """F1 of all decisions pooled: `2 TP / (2 TP + FP + FN)` summed over the classes.

    Frequent classes dominate. With one class per sample it equals the accuracy, so it is useful
    only for multi-label targets.

    Args:
        labels, predictions: as in `accuracy`.

    Returns:
        float in [0, 1]; 0 if there are neither actual nor predicted positives.

    Example:
        >>> micro_f1([[1, 0], [1, 1]], [[1, 0], [1, 0]])    # TP = 2, FP = 0, FN = 1
        0.8

    Reference: Y. Yang, X. Liu, A re-examination of text categorization methods, 1999.
    """
    hits, predicted, actual = (counts.sum() for counts in _counts(labels, predictions, None))
    return float(_ratio(2 * hits, predicted + actual))


def evaluate(labels: ArrayLike, probabilities: ArrayLike, class_names: Sequence[str]) -> dict:
    """Every metric of one set of predictions, as a dict that `json.dump` can write.

    Args:
        labels: int array (n,), or 0/1 array (n, K).
        probabilities: float array (n, K).
        class_names: sequence of K str.

    Returns:
        dict: "num_samples", "accuracy" with its 95% Wilson "accuracy_interval", "majority"
        (accuracy of always predicting the most frequent class of these labels), "macro_f1",
        "log_loss" (nats), "brier", "ece" and "ece_null" (the mean ECE expected of a perfectly
        calibrated model with the same confidences), "roc_auc" and "average_precision" (means over
        the classes; None if undefined), "per_class" (name -> precision, recall, f1, support),
        "balanced_accuracy", "mcc", "top_3_accuracy" and "confusion" (rows are true classes).
        Multi-label: "micro_f1" instead of "majority" and the last four.

    Raises:
        ValueError: shapes do not match, or rows are not probabilities.

    Example:
        >>> result = evaluate([0, 1], [[0.9, 0.1], [0.6, 0.4]], ["weather", "sports"])
        >>> result["accuracy"], result["confusion"]
        (0.5, [[1, 0], [1, 0]])
        >>> result["per_class"]["sports"]["recall"]
        0.0

    Reference: C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, On calibration of modern neural
    networks, 2017.
    """
    labels, probabilities = check_probabilities(labels, probabilities)
    num_classes, class_names = probabilities.shape[1], check_class_names(class_names)
    if len(class_names) != num_classes:
        raise ValueError(
            f"One class name per column is needed: {num_classes}. Received: {list(class_names)}."
        )
    right = accuracy(labels, probabilities)
    rows = per_class(labels, probabilities, num_classes)
    result = {
        "num_samples": len(labels),
        "accuracy": right,
        "accuracy_interval": list(wilson_interval(round(right * len(labels)), len(labels))),
        "macro_f1": macro_f1(labels, probabilities),
        "log_loss": log_loss(labels, probabilities),
        "brier": brier(labels, probabilities),
        "ece": ece(labels, probabilities),
        "ece_null": ece_null(probabilities, multi_label=labels.ndim == 2)["mean"],
        "roc_auc": roc_auc(labels, probabilities),
        "average_precision": average_precision(labels, probabilities),
        "per_class": {
            str(name): {key: rows[key][i].item() for key in rows}
            for i, name in enumerate(class_names)
        },
    }
    if labels.ndim == 2:
        return {**result, "micro_f1": micro_f1(labels, probabilities)}
    return {
        **result,
        "majority": float(np.bincount(labels).max() / len(labels)),
        "balanced_accuracy": balanced_accuracy(labels, probabilities),
        "mcc": mcc(labels, probabilities),
        "top_3_accuracy": top_k_accuracy(labels, probabilities, k=3),
        "confusion": confusion_matrix(labels, probabilities).tolist(),
    }
