"""Confidence intervals for precision, recall and F1 of each class."""

import numpy as np

from mm_keras.evaluation.metrics import wilson_interval
from mm_keras.utils.labels import one_hot, predicted_labels


def add_class_intervals(per_class, labels, probabilities):
    """The scores of each class with 95% intervals: "precision_interval", "recall_interval" ...

    Precision and recall are proportions and get Wilson's interval. F1 = 2J / (1 + J) grows with
    J = TP / (TP + FP + FN), which is a proportion too: the ends of Wilson's interval for J are
    turned into F1. The intervals cover the variation due to the test samples, not that of the
    training sets. An interval is None where there is nothing to count.

    Args:
        per_class: dict, class name -> dict of scores, in the order of the classes.
        labels: int (n,), or 0/1 (n, K).
        probabilities: float (n, K).

    Returns:
        dict like `per_class`.

    Reference:
        E. B. Wilson, Probable inference, the law of succession, and statistical inference, 1927;
        D. J. Hand, P. Christen, N. Kirielle, F*: an interpretable transformation of the F-measure,
        2021 (J, there called F*).
    """
    labels, probabilities = np.asarray(labels), np.asarray(probabilities)
    predicted = predicted_labels(probabilities, labels.ndim == 2)
    true, predicted = (one_hot(each, probabilities.shape[1], bool) for each in (labels, predicted))
    hits, either = (true & predicted).sum(axis=0), (true | predicted).sum(axis=0)
    counts = zip(per_class.items(), hits, predicted.sum(axis=0), true.sum(axis=0), either)
    with_intervals = {}
    for (name, scores), hit, num_predicted, num_true, num_either in counts:
        overlap = _wilson(hit, num_either)
        with_intervals[name] = {
            **scores,
            "precision_interval": _wilson(hit, num_predicted),
            "recall_interval": _wilson(hit, num_true),
            "f1_interval": overlap and [2 * j / (1 + j) for j in overlap],
        }
    return with_intervals


def _wilson(hits, trials):
    return list(wilson_interval(int(hits), int(trials))) if trials else None
