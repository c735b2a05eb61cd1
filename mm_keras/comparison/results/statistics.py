"""Means, intervals and most confident errors from the predictions of all contenders."""

import numpy as np

from mm_keras.comparison.engine.store import unpack
from mm_keras.comparison.results.class_intervals import add_class_intervals
from mm_keras.evaluation import metrics
from mm_keras.utils.labels import predicted_labels

METRICS = {
    "accuracy": metrics.accuracy,
    "macro_f1": metrics.macro_f1,
    "log_loss": metrics.log_loss,
    "brier": metrics.brier,
    "ece": metrics.ece,
}
# Also reported, without tests, and with intervals over the folds only.
FURTHER_METRICS = {"roc_auc": metrics.roc_auc, "average_precision": metrics.average_precision}
SINGLE_LABEL_METRICS = {
    "balanced_accuracy": metrics.balanced_accuracy,
    "mcc": metrics.mcc,
    "top_3_accuracy": metrics.top_k_accuracy,
}
HIGHEST = {"log_loss": np.inf, "brier": 2.0}  # of the others: 1
LOWEST = {"mcc": -1.0}  # of the others: 0
COSTS = (
    "extract_seconds",
    "tune_seconds",
    "fit_seconds",
    "predict_seconds",
    "parameters",
    "peak_memory_mb",
)
NUM_MISTAKES, NUM_RESAMPLES = 12, 1000


class Predictions:
    """The predictions of one contender on the test samples of every split.

    Attributes:
        by_split: list of (labels, probabilities), one per split.
        rows, labels, probabilities: the splits of the first repeat pooled, each test sample once;
            rows are positions in the data.
    """

    def __init__(self, data, splits, trials):
        self.by_split = [
            (data.labels[split.test], unpack(trial["probabilities"]))
            for split, trial in zip(splits, trials)
        ]
        first = [i for i, split in enumerate(splits) if split.repeat == 0]
        rows = np.concatenate([splits[i].test for i in first])
        order = np.argsort(rows)
        self.rows = rows[order]
        self.labels = data.labels[self.rows]
        self.probabilities = np.concatenate([self.by_split[i][1] for i in first])[order]

    @property
    def right(self):
        """bool (n,): whether each sample of the first repeat is predicted correctly."""
        same = predicted_labels(self.probabilities, self.labels.ndim == 2) == self.labels
        return same if same.ndim == 1 else same.all(axis=1)


def test_train_ratio(splits):
    """The mean of n_test / n_train over the splits."""
    return float(np.mean([len(split.test) / len(split.train) for split in splits]))


def summarize(predictions, trials, splits, data):
    """Metrics, intervals, costs, confusion, calibration, most confident errors of one contender."""
    labels, probabilities = predictions.labels, predictions.probabilities
    multi_label = labels.ndim == 2
    pooled = metrics.evaluate(labels, probabilities, data.class_names)
    curve = metrics.reliability_curve(labels, probabilities)
    return {
        "metrics": {
            **{name: _metric(name, predictions, splits) for name in METRICS},
            **_further_metrics(predictions, splits),
        },
        "ece_null": pooled["ece_null"],
        "settings": [trial["setting"] for trial in trials],
        "cost": {name: _mean(trials, name) for name in COSTS},
        "confusion": pooled.get("confusion"),
        "per_class": add_class_intervals(pooled["per_class"], labels, probabilities),
        "reliability": {name: values.tolist() for name, values in curve.items()},
        "mistakes": None if multi_label else _mistakes(predictions, data),
        "train_accuracy": trials[0].get("train_accuracy"),  # on the first split
        "modality_use": next(
            (trial["modality_use"] for trial in trials if trial["modality_use"]), None
        ),
    }


def split_scores(metric, predictions):
    """List of float, the metric on each split."""
    return [METRICS[metric](*pair) for pair in predictions.by_split]


def _metric(name, predictions, splits):
    values = split_scores(name, predictions)
    return {
        "mean": float(np.mean(values)),
        "interval": interval(name, values, predictions, splits),
        "splits": values,
    }


def _further_metrics(predictions, splits):
    """Means and intervals over the splits; None where a metric is undefined in one of them."""
    single = {} if predictions.labels.ndim == 2 else SINGLE_LABEL_METRICS
    rows = {}
    for name, score in {**FURTHER_METRICS, **single}.items():
        values = [score(*pair) for pair in predictions.by_split]
        if None in values:
            rows[name] = {"mean": None, "interval": None, "splits": values}
            continue
        low_high = None
        if len(splits) > 1:
            low_high = _clip(name, metrics.fold_interval(values, test_train_ratio(splits)))
        rows[name] = {"mean": float(np.mean(values)), "interval": low_high, "splits": values}
    return rows


def interval(name, values, predictions, splits):
    """The 95% interval over the splits.

    With one split it is computed over the test samples: Wilson's interval for the accuracy, the
    bootstrap for the other metrics.
    """
    if len(splits) > 1:
        low, high = metrics.fold_interval(values, test_train_ratio(splits))
    elif name == "accuracy":
        low, high = metrics.wilson_interval(int(predictions.right.sum()), len(predictions.right))
    else:
        low, high = metrics.bootstrap_interval(
            METRICS[name],
            predictions.labels,
            predictions.probabilities,
            num_resamples=NUM_RESAMPLES,
        )
    return _clip(name, (low, high))


def _clip(name, low_high):
    low, high = low_high
    return [max(LOWEST.get(name, 0.0), low), min(HIGHEST.get(name, 1.0), high)]


def _mean(trials, name):
    values = [trial[name] for trial in trials]
    if None in values:
        return None
    mean = float(np.mean(values))
    return round(mean) if name == "parameters" else round(mean, 4)


def _mistakes(predictions, data):
    """The most confident errors."""
    wrong = np.flatnonzero(~predictions.right)
    confidence = predictions.probabilities[wrong].max(axis=1)
    wrong = wrong[np.argsort(-confidence, kind="stable")][:NUM_MISTAKES]
    predicted = predictions.probabilities[wrong].argmax(axis=1)
    return [
        {
            "index": int(predictions.rows[i]),
            "id": data.ids[predictions.rows[i]],
            "true": data.class_names[predictions.labels[i]],
            "predicted": data.class_names[k],
            "confidence": float(predictions.probabilities[i, k]),
        }
        for i, k in zip(wrong, predicted)
    ]
