"""Tests of all contenders against one of them, with simultaneous intervals."""

import numpy as np

from mm_keras.comparison.results import verdicts
from mm_keras.comparison.results.statistics import (
    HIGHEST,
    NUM_RESAMPLES,
    split_scores,
    test_train_ratio,
)
from mm_keras.evaluation import significance
from mm_keras.utils.labels import log_losses


def versus(names, other, predictions, splits):
    """Tests of all contenders against one of them.

    p values and intervals are corrected for the number of contenders by Bonferroni's method. A pair
    of contenders therefore has the same p value and interval whichever of the two it is tested
    against, so that two tables never contradict each other, and an interval excludes zero exactly
    where its corrected p value is below `verdicts.ALPHA`. (Holm's p value of a pair depends on the
    other pairs, and no useful intervals agree with it: see `significance.simultaneous_level`.)

    Args:
        names: list of the contenders to test; other: name of the contender to test them against.
        predictions: dict, name -> `Predictions`.

    Returns:
        dict, name -> tests: "accuracy" and "log_loss" hold the corrected t test over the splits
        (with one split: a bootstrap over its samples), "p" of this test and "p_corrected" with its
        "interval"; "mcnemar" McNemar's test on the pooled predictions of the first repeat. The
        corrected p value and interval of the accuracy combine both tests. Further "finding" and
        "sentence" about the accuracy, "equivalence" (`significance.practical_equivalence`; None
        with one split), and "num_comparisons".
    """
    names = [name for name in names if name != other]
    if not names:
        return {}
    level = significance.simultaneous_level(len(names), 1 - verdicts.ALPHA)
    contenders = [predictions[name] for name in names]
    differences = {
        metric: _differences(metric, contenders, predictions[other], splits, level)
        for metric in ("accuracy", "log_loss")
    }
    tests = {}
    for i, name in enumerate(names):
        mcnemar = significance.mcnemar(predictions[name].right, predictions[other].right, level)
        accuracy, log_loss = (differences[metric][i] for metric in ("accuracy", "log_loss"))
        tests[name] = {
            "against": other,
            "num_comparisons": len(names),
            "accuracy": _corrected("accuracy", len(names), accuracy, mcnemar),
            "log_loss": _corrected("log_loss", len(names), log_loss),
            "mcnemar": mcnemar,
            "equivalence": _equivalence(predictions[name], predictions[other], splits),
        }
        tests[name]["finding"] = verdicts.finding(tests[name])
        tests[name]["sentence"] = verdicts.sentence(name, other, tests[name])
    return tests


def _corrected(metric, num_comparisons, test, *others):
    """The first test with the p value and interval that combine all tests, corrected."""
    combined = significance.combine_tests(test, *others, num_comparisons=num_comparisons)
    interval = _clip_interval(metric, combined["interval"])
    return {**test, "p_corrected": combined["p_corrected"], "interval": interval}


def _equivalence(first, second, splits):
    """Probabilities that the first accuracy is better, practically equal, or worse."""
    if len(splits) == 1:
        return None
    scores = (split_scores("accuracy", predictions) for predictions in (first, second))
    rope = verdicts.ROPE
    probabilities = significance.practical_equivalence(*scores, test_train_ratio(splits), rope)
    return {"rope": rope, **probabilities}


def _differences(metric, contenders, other, splits, level):
    """The difference of each contender from the other: a corrected t test over the splits.

    With one split it is a bootstrap over its test samples. Enough test sets are drawn for p to be
    as small as 0.01 after the correction, however many contenders there are.
    """
    if len(splits) == 1:
        scores = [_per_sample(metric, contender) for contender in contenders]
        other_scores = _per_sample(metric, other)
        num_resamples = max(NUM_RESAMPLES, 200 * len(contenders))
        tests = significance.bootstrap_means(
            np.stack(scores, axis=1) - other_scores[:, np.newaxis], num_resamples, level
        )
        return [{**test, "t": None, "df": None} for test in tests]
    return [_t_test(metric, contender, other, splits, level) for contender in contenders]


def _t_test(metric, first, second, splits, level):
    scores = (split_scores(metric, predictions) for predictions in (first, second))
    test = significance.corrected_resampled_t_test(*scores, test_train_ratio(splits), level)
    test["t"] = test["t"] if np.isfinite(test["t"]) else None
    return test


def _per_sample(metric, predictions):
    """float (n,): the values per test sample of which the metric is the mean."""
    if metric == "accuracy":
        return predictions.right.astype(float)
    return log_losses(predictions.labels, predictions.probabilities)


def _clip_interval(metric, low_high):
    """Clip an interval to the largest possible difference of two scores."""
    highest = HIGHEST.get(metric, 1.0)
    return [float(np.clip(value, -highest, highest)) for value in low_high]
