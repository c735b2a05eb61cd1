"""From the predictions of all contenders on all splits to the numbers of the table: means, intervals, tests, mistakes."""

import numpy as np

from mm_keras.comparison.engine.store import unpack
from mm_keras.comparison.results import verdicts
from mm_keras.evaluation import metrics, significance
from mm_keras.utils.labels import log_losses

METRICS = {
    "accuracy": metrics.accuracy,
    "macro_f1": metrics.macro_f1,
    "log_loss": metrics.log_loss,
    "brier": metrics.brier,
    "ece": metrics.ece,
}
HIGHEST = {"accuracy": 1.0, "macro_f1": 1.0, "ece": 1.0, "brier": 2.0}
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
    """What one contender said on the test samples of every split.

    Attributes:
        parts: list of (labels, probabilities), one per split.
        rows, labels, probabilities: the first repeat's splits together, each test sample once; rows are positions in the data.
    """

    def __init__(self, data, splits, trials):
        self.parts = [
            (data.labels[split.test], unpack(trial["probabilities"]))
            for split, trial in zip(splits, trials)
        ]
        first = [i for i, split in enumerate(splits) if split.repeat == 0]
        rows = np.concatenate([splits[i].test for i in first])
        order = np.argsort(rows)
        self.rows = rows[order]
        self.labels = data.labels[self.rows]
        self.probabilities = np.concatenate([self.parts[i][1] for i in first])[order]

    @property
    def right(self):
        """bool (n,): whether each sample of the first repeat is predicted right."""
        predicted = (
            self.probabilities.argmax(axis=1)
            if self.labels.ndim == 1
            else self.probabilities >= 0.5
        )
        same = predicted == self.labels
        return same if same.ndim == 1 else same.all(axis=1)


def test_train_ratio(splits):
    """n_test / n_train, the mean over the splits."""
    return float(np.mean([len(split.test) / len(split.train) for split in splits]))


def summarize(predictions, trials, splits, data):
    """Metrics with intervals, costs, confusion, calibration and the surest mistakes of one contender; see `compare`."""
    labels, probabilities = predictions.labels, predictions.probabilities
    multi_label = labels.ndim == 2
    pooled = metrics.evaluate(labels, probabilities, data.class_names)
    curve = metrics.reliability_curve(labels, probabilities)
    return {
        "metrics": {name: _metric(name, predictions, splits) for name in METRICS},
        "ece_null": pooled["ece_null"],
        "settings": [trial["setting"] for trial in trials],
        "cost": {name: _mean(trials, name) for name in COSTS},
        "confusion": pooled.get("confusion"),
        "per_class": pooled["per_class"],
        "reliability": {name: values.tolist() for name, values in curve.items()},
        "mistakes": None if multi_label else _mistakes(predictions, data),
        "modality_use": next(
            (trial["modality_use"] for trial in trials if trial["modality_use"]), None
        ),
    }


def _metric(name, predictions, splits):
    values = [METRICS[name](labels, probabilities) for labels, probabilities in predictions.parts]
    return {
        "mean": float(np.mean(values)),
        "interval": interval(name, values, predictions, splits),
        "splits": values,
    }


def interval(name, values, predictions, splits):
    """95 % interval: over the splits; with one split over its test samples (Wilson's for the accuracy, bootstrap for others)."""
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
    return [max(0.0, low), min(HIGHEST.get(name, np.inf), high)]


def _within(metric, low_high):
    """A difference of scores cannot be larger than their range."""
    highest = HIGHEST.get(metric, np.inf)
    return [float(np.clip(value, -highest, highest)) for value in low_high]


def _mean(trials, name):
    values = [trial[name] for trial in trials]
    if None in values:
        return None
    mean = float(np.mean(values))
    return round(mean) if name == "parameters" else round(mean, 4)


def _mistakes(predictions, data):
    """The wrong answers with the highest probabilities."""
    wrong = np.flatnonzero(~predictions.right)
    sure = predictions.probabilities[wrong].max(axis=1)
    wrong = wrong[np.argsort(-sure, kind="stable")][:NUM_MISTAKES]
    said = predictions.probabilities[wrong].argmax(axis=1)
    return [
        {
            "index": int(predictions.rows[i]),
            "id": data.ids[predictions.rows[i]],
            "true": data.class_names[predictions.labels[i]],
            "predicted": data.class_names[k],
            "confidence": float(predictions.probabilities[i, k]),
        }
        for i, k in zip(wrong, said)
    ]


def versus(names, other, predictions, splits):
    """All contenders' tests against one of them: dict, name -> tests, with p values adjusted by Holm over all contenders.

    "accuracy" and "log_loss" hold the corrected t test over the splits (with one split: a bootstrap over its samples),
    "mcnemar" McNemar's test on the pooled predictions of the first repeat, "finding" what both tests say of the accuracy.

    Args:
        names: list of the contenders that are compared; other: the name that they are compared with.
        predictions: dict, name -> `Predictions`.
    """
    names = [one for one in names if one != other]
    found = {
        metric: _differences(
            metric, [predictions[one] for one in names], predictions[other], splits
        )
        for metric in ("accuracy", "log_loss")
    }
    tests = {
        one: {
            "against": other,
            **{metric: found[metric][i] for metric in found},
            "mcnemar": significance.mcnemar(predictions[one].right, predictions[other].right),
        }
        for i, one in enumerate(names)
    }
    for kind in ("accuracy", "log_loss", "mcnemar") if names else ():
        for one, p in zip(names, significance.holm([tests[one][kind]["p"] for one in names])):
            tests[one][kind]["p_holm"] = float(p)
    for one in names:
        tests[one]["finding"] = verdicts.finding(tests[one])
        tests[one]["sentence"] = verdicts.sentence(one, other, tests[one])
    return tests


def _differences(metric, contenders, other, splits):
    """Each one minus the other: the corrected t test over the splits, or with one split a bootstrap over its test samples.

    So many test sets are drawn that after Holm's correction p can be as small as 0.01, however many contenders there are.
    """
    if len(splits) == 1 and contenders:
        scores, others = (
            [_per_sample(metric, one) for one in contenders],
            _per_sample(metric, other),
        )
        num_resamples = max(NUM_RESAMPLES, 200 * len(contenders))
        found = significance.bootstrap_means(
            np.stack(scores, axis=1) - others[:, np.newaxis], num_resamples
        )
        return [{**one, "t": None, "df": None} for one in found]
    return [_t_test(metric, one, other, splits) for one in contenders]


def _t_test(metric, first, second, splits):
    scores = [[METRICS[metric](*part) for part in one.parts] for one in (first, second)]
    found = significance.corrected_resampled_t_test(*scores, test_train_ratio(splits))
    found["t"] = found["t"] if np.isfinite(found["t"]) else None
    return {**found, "interval": _within(metric, found["interval"])}


def _per_sample(metric, predictions):
    """float (n,): of each test sample what the metric is the mean of."""
    if metric == "accuracy":
        return predictions.right.astype(float)
    return log_losses(predictions.labels, predictions.probabilities)
