"""Significance tests for two models on one test set: McNemar's and the paired bootstrap."""

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from mm_keras.evaluation.metrics import accuracy
from mm_keras.evaluation.significance.checks import (
    check_counts,
    check_finite,
    check_predictions,
    check_right,
    check_share,
)

BOOTSTRAP_CHUNK = 2_000_000  # samples drawn at a time


def mcnemar_p_values(
    only_first: ArrayLike, only_second: ArrayLike
) -> tuple[float | np.ndarray, float | np.ndarray]:
    """Exact and mid-p value of McNemar's test from the counts of disagreements.

    If the models were equally good, each sample that only one of them classifies correctly would
    fall to either side like a fair coin: `p = min(1, 2 P(X <= min(b, c)))` with
    X ~ Binomial(b + c, 1/2). The mid-p value subtracts `P(X = min(b, c))`, which makes it less
    conservative with few disagreements.

    Args:
        only_first: int or int array, b: samples that only the first model gets right.
        only_second: int or int array, c: samples that only the second gets right.

    Returns:
        tuple (exact, mid) of floats or arrays; (1, 1) where the models never differ.

    Example:
        >>> exact, mid = mcnemar_p_values(10, 2)
        >>> round(float(exact), 4), round(float(mid), 4)
        (0.0386, 0.0225)

    Reference: Q. McNemar, Note on the sampling error of the difference between correlated
    proportions, 1947; M. W. Fagerland, S. Lydersen, P. Laake, The McNemar test for binary
    matched-pairs data, 2013.
    """
    from scipy.stats import binom

    only_first = check_counts(only_first, "only_first")
    only_second = check_counts(only_second, "only_second")
    fewer, total = np.minimum(only_first, only_second), np.add(only_first, only_second)
    two_sided = 2 * binom.cdf(fewer, total, 0.5)
    return np.minimum(1.0, two_sided), np.minimum(1.0, two_sided - binom.pmf(fewer, total, 0.5))


def mcnemar(first_right: ArrayLike, second_right: ArrayLike, level: float = 0.95) -> dict:
    """McNemar's test: do two models differ in accuracy on the same test samples?

    The interval matches the exact p value: it excludes zero exactly where p < 1 - level. It takes
    the number of samples on which the models disagree as given, and is the exact (Clopper-Pearson)
    interval of the first model's share of them, in units of accuracy. With no disagreement it is
    the point 0.

    Args:
        first_right: bool array (n,), where the first model is right, e.g. `labels == predictions`.
        second_right: bool array (n,), the same for the second model and the same samples.
        level: float in (0, 1), of the interval.

    Returns:
        dict: "difference" (accuracy of the first minus the second), "interval" [low, high],
        "only_first", "only_second", "p" (exact), "p_mid".

    Raises:
        ValueError: values other than booleans or 0 and 1, such as class numbers.

    Example:
        >>> result = mcnemar([1] * 10 + [0] * 2 + [1] * 88, [0] * 10 + [1] * 2 + [1] * 88)
        >>> result["difference"], result["only_first"], result["only_second"]
        (0.08, 10, 2)
        >>> round(result["p"], 4), [round(end, 4) for end in result["interval"]]
        (0.0386, [0.0038, 0.115])

    Reference: T. G. Dietterich, Approximate statistical tests for comparing supervised
    classification learning algorithms, 1998; M. P. Fay, Two-sided exact tests and matching
    confidence intervals for discrete data, 2010.
    """
    check_share(level, "level")
    first = check_right(first_right, "first_right")
    second = check_right(second_right, "second_right")
    if first.shape != second.shape:
        raise ValueError(
            "first_right and second_right must be about the same samples. "
            f"Received: {first.shape} and {second.shape}."
        )
    only_first, only_second = int((first & ~second).sum()), int((second & ~first).sum())
    exact, mid = mcnemar_p_values(only_first, only_second)
    return {
        "difference": (only_first - only_second) / len(first),
        "interval": _mcnemar_interval(only_first, only_second, len(first), level),
        "only_first": only_first,
        "only_second": only_second,
        "p": float(exact),
        "p_mid": float(mid),
    }


def _mcnemar_interval(only_first, only_second, num_samples, level):
    from scipy.stats import binomtest

    total = only_first + only_second
    if total == 0:
        return [0.0, 0.0]
    share = binomtest(only_first, total).proportion_ci(level, method="exact")
    return [float((2 * end - 1) * total / num_samples) for end in share]


def paired_bootstrap(
    labels: ArrayLike,
    first: ArrayLike,
    second: ArrayLike,
    score: Callable[..., float] = accuracy,
    num_resamples: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> dict:
    """Difference of two models' scores on one test set, with percentile interval and p value.

    Test samples are drawn with replacement, the same ones for both models. The p value is twice the
    smaller share of resampled differences on either side of zero, where the observed difference is
    counted in, so that it is never 0. The interval reaches from the r-th smallest to the r-th
    largest of them, with the r for which it excludes zero exactly where p < 1 - level (at least
    2 / (1 - level) resamples).

    Args:
        labels: int array (n,) or 0/1 array (n, K).
        first, second: predictions or probabilities of the two models for the same samples.
        score: callable, `score(labels, predictions)` -> float, higher is better.
        num_resamples: int, number of resampled test sets.
        level: float in (0, 1).
        seed: int; the same seed gives the same result.

    Returns:
        dict: "difference" (first minus second), "interval" [low, high], "p".

    Raises:
        ValueError: NaN among the predictions, or a score that is not defined for the test set, or
            for some of the resampled ones (for instance because these lack a class).

    Example:
        >>> labels = np.arange(100) % 2
        >>> second = np.where(np.arange(100) < 20, 0, labels)
        >>> result = paired_bootstrap(labels, labels, second, num_resamples=500)
        >>> round(result["difference"], 2), result["interval"][0] > 0, result["p"] < 0.01
        (0.1, True, True)

    Reference: B. Efron, R. J. Tibshirani, An Introduction to the Bootstrap, 1993.
    """
    labels, first, second = check_predictions(labels, first=first, second=second)
    _check_resampling(num_resamples, level)
    rng, num_samples = np.random.default_rng(seed), len(labels)
    scores = check_finite([score(labels, first), score(labels, second)], "The scores")
    drawn = np.empty(num_resamples)
    for i in range(num_resamples):
        rows = rng.integers(num_samples, size=num_samples)
        drawn[i] = score(labels[rows], first[rows]) - score(labels[rows], second[rows])
    check_finite(drawn, "The differences of the scores of resampled test sets")
    return _bootstrap_result(scores[0] - scores[1], drawn, level)


def _check_resampling(num_resamples, level):
    check_share(level, "level")
    if not num_resamples >= 1:
        raise ValueError(f"num_resamples must be at least 1. Received: {num_resamples}.")


def bootstrap_means(
    differences: ArrayLike, num_resamples: int = 2000, level: float = 0.95, seed: int = 0
) -> list[dict]:
    """`paired_bootstrap` for scores that are means over samples, fast and for many pairs at once.

    Args:
        differences: float array (n, pairs), per test sample the score of the first model of each
            pair minus that of the second.
        num_resamples, level, seed: as in `paired_bootstrap`.

    Returns:
        list of dicts, one per pair: "difference", "interval", "p", as in `paired_bootstrap`.

    Example:
        >>> result, = bootstrap_means(np.repeat([[1.0], [0.0]], [20, 80], axis=0))
        >>> round(result["difference"], 2), result["interval"][0] > 0, result["p"] < 0.01
        (0.2, True, True)
    """
    differences = check_finite(differences, "differences", ndim=2)
    _check_resampling(num_resamples, level)
    rng, num_samples = np.random.default_rng(seed), len(differences)
    drawn = np.empty((num_resamples, differences.shape[1]))
    step = max(1, BOOTSTRAP_CHUNK // num_samples)
    for start in range(0, num_resamples, step):
        count = len(drawn[start : start + step])
        rows = (
            rng.integers(num_samples, size=(count, num_samples))
            + np.arange(count)[:, np.newaxis] * num_samples
        )
        # how often each sample was drawn
        times = np.bincount(rows.ravel(), minlength=count * num_samples)
        times = times.reshape(count, num_samples)
        drawn[start : start + step] = times @ differences / num_samples
    return [
        _bootstrap_result(mean, column, level)
        for mean, column in zip(differences.mean(axis=0), drawn.T)
    ]


def _bootstrap_result(difference, drawn, level):
    drawn = np.sort(drawn)
    smaller_side = min((drawn <= 0).sum(), (drawn >= 0).sum())
    # Less a rounding error, because 199 resamples at a level of 0.95 give 5.000000000000004.
    rank = max(1, math.ceil((1 - level) / 2 * (len(drawn) + 1) - 1e-9) - 1)
    return {
        "difference": float(difference),
        "interval": [float(drawn[rank - 1]), float(drawn[-rank])],
        "p": float(min(1.0, 2 * (smaller_side + 1) / (len(drawn) + 1))),
    }
