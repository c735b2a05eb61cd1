"""Balanced accuracy, MCC, ROC-AUC, average precision and top-k accuracy, by scikit-learn."""

import numpy as np
from numpy.typing import ArrayLike
from sklearn import metrics as sklearn_metrics

from mm_keras.evaluation._checks import check_predictions, check_probabilities
from mm_keras.utils.labels import one_hot


def balanced_accuracy(labels: ArrayLike, predictions: ArrayLike) -> float:
    """Mean recall over the classes that occur in the labels, each with the same weight.

    Args:
        labels: int array (n,), one class per sample.
        predictions: int array (n,), or float array (n, K) of probabilities.

    Returns:
        float in [0, 1].

    Example:
        >>> balanced_accuracy([0, 0, 0, 1], [0, 0, 0, 0])
        0.5

    Reference: K. H. Brodersen et al., The balanced accuracy and its posterior distribution, 2010.
    """
    labels, predictions = _check_one_class(*check_predictions(labels, predictions))
    return float(np.mean([(predictions[labels == k] == k).mean() for k in np.unique(labels)]))


def mcc(labels: ArrayLike, predictions: ArrayLike) -> float:
    """Matthews's correlation coefficient of true and predicted classes (one class per sample).

    Args:
        labels, predictions: as in `balanced_accuracy`.

    Returns:
        float in [-1, 1]; 0 where all labels or all predictions are equal.

    Example:
        >>> mcc([0, 1, 1, 0], [0, 1, 1, 0]), mcc([0, 0, 0, 1], [0, 0, 0, 0])
        (1.0, 0.0)

    Reference: J. Gorodkin, Comparing two K-category assignments by a K-category correlation
    coefficient, 2004.
    """
    labels, predictions = _check_one_class(*check_predictions(labels, predictions))
    return float(sklearn_metrics.matthews_corrcoef(labels, predictions))


def roc_auc(labels: ArrayLike, probabilities: ArrayLike) -> float | None:
    """Area under the ROC curve of each class against the others, averaged over the classes.

    It is the probability that a sample of the class gets a higher probability than another sample.

    Args:
        labels: int array (n,), or 0/1 array (n, K).
        probabilities: float array (n, K).

    Returns:
        float in [0, 1], 0.5 by chance; None if no class has both samples and other samples. Classes
        without either are left out of the mean.

    Example:
        >>> roc_auc([0, 1, 1], [[0.9, 0.1], [0.6, 0.4], [0.3, 0.7]])
        1.0

    Reference: J. A. Hanley, B. J. McNeil, The meaning and use of the area under a receiver
    operating characteristic (ROC) curve, 1982.
    """
    return _mean_over_classes(sklearn_metrics.roc_auc_score, labels, probabilities)


def average_precision(labels: ArrayLike, probabilities: ArrayLike) -> float | None:
    """Average precision of each class, averaged over the classes: area under precision and recall.

    Args:
        labels, probabilities: as in `roc_auc`.

    Returns:
        float in [0, 1], by chance the mean share of the classes; None as in `roc_auc`.

    Example:
        >>> average_precision([0, 1, 1], [[0.9, 0.1], [0.6, 0.4], [0.3, 0.7]])
        1.0

    Reference: C. D. Manning, P. Raghavan, H. Schütze, Introduction to Information Retrieval, 2008,
    chapter 8.
    """
    return _mean_over_classes(sklearn_metrics.average_precision_score, labels, probabilities)


def top_k_accuracy(labels: ArrayLike, probabilities: ArrayLike, k: int = 3) -> float:
    """Share of samples whose class is among the k most likely ones (one class per sample).

    Args:
        labels: int array (n,).
        probabilities: float array (n, K).
        k: int >= 1.

    Returns:
        float in [0, 1]. Of equally likely classes, those with the lower index come first.

    Example:
        >>> top_k_accuracy([2, 1], [[0.5, 0.2, 0.3], [0.6, 0.1, 0.3]], k=2)
        0.5
    """
    if k < 1:
        raise ValueError(f"k must be at least 1. Received: {k}.")
    labels, probabilities = _check_one_class(*check_probabilities(labels, probabilities))
    first = np.argsort(-probabilities, axis=1, kind="stable")[:, :k]
    return float((first == labels[:, np.newaxis]).any(axis=1).mean())


def _check_one_class(labels, predictions):
    if labels.ndim == 2:
        raise ValueError(
            "This metric needs one class per sample. Received multi-label targets: pass one column."
        )
    return labels, predictions


def _mean_over_classes(score, labels, probabilities):
    labels, probabilities = check_probabilities(labels, probabilities)
    rows = labels if labels.ndim == 2 else one_hot(labels, probabilities.shape[1])
    usable = [k for k in range(rows.shape[1]) if 0 < rows[:, k].sum() < len(rows)]
    if not usable:
        return None
    return float(np.mean([score(rows[:, k], probabilities[:, k]) for k in usable]))
