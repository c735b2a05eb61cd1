"""Significance tests for two models: McNemar's, the paired bootstrap, and t and F tests."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from mm_keras.evaluation.metrics import accuracy
from mm_keras.evaluation.metrics.intervals import resampled_variance
from mm_keras.evaluation.significance.checks import (
    check_counts,
    check_finite,
    check_predictions,
    check_right,
    check_share,
)
from mm_keras.utils.formatting import format_p, format_points

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


def mcnemar(first_right: ArrayLike, second_right: ArrayLike) -> dict[str, float | int]:
    """McNemar's test: do two models differ in accuracy on the same test samples?

    Args:
        first_right: bool array (n,), where the first model is right, e.g. `labels == predictions`.
        second_right: bool array (n,), the same for the second model and the same samples.

    Returns:
        dict: "difference" (accuracy of the first minus the second), "only_first", "only_second",
        "p" (exact), "p_mid".

    Raises:
        ValueError: values other than booleans or 0 and 1, such as class numbers.

    Example:
        >>> result = mcnemar([1] * 10 + [0] * 2 + [1] * 88, [0] * 10 + [1] * 2 + [1] * 88)
        >>> result["difference"], result["only_first"], result["only_second"]
        (0.08, 10, 2)
        >>> round(result["p"], 4)
        0.0386

    Reference: T. G. Dietterich, Approximate statistical tests for comparing supervised
    classification learning algorithms, 1998.
    """
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
        "only_first": only_first,
        "only_second": only_second,
        "p": float(exact),
        "p_mid": float(mid),
    }


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
    counted in, so that it is never 0.

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
    smaller_side = min((drawn <= 0).sum(), (drawn >= 0).sum())
    return {
        "difference": float(difference),
        "interval": [float(q) for q in np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])],
        "p": float(min(1.0, 2 * (smaller_side + 1) / (len(drawn) + 1))),
    }


def _t_statistic(mean, error):
    """mean / error; without any spread 0 for equal models, infinite for a constant difference."""
    if error == 0:
        return 0.0 if abs(mean) <= 1e-12 else float(np.copysign(np.inf, mean))
    return float(mean / error)


def corrected_resampled_t_test(
    first: ArrayLike, second: ArrayLike, test_train_ratio: float, level: float = 0.95
) -> dict:
    """Student's t test over folds or repeated splits, corrected for overlapping training sets.

    `t = mean(d) / sqrt((1/J + n_test/n_train) s_d^2)` with J - 1 degrees of freedom,
    d = first - second. The ordinary paired t test (`test_train_ratio=0`) finds differences between
    equal models far too often.

    Args:
        first, second: float arrays (J,), the scores of the two models on the same J splits.
        test_train_ratio: float, n_test / n_train; 1 / (k - 1) for (repeated) k-fold
            cross-validation.
        level: float in (0, 1), of the interval.

    Returns:
        dict: "difference" (mean of first minus second), "t", "df", "p", "interval" [low, high].
        If all J differences are equal, p is 1 (they are 0) or 0 (they are not, t is infinite) and
        the interval is a point.

    Example:
        >>> d = np.array([.02, .01, .03, 0, .02, .01, .04, .02, .01, .02])
        >>> result = corrected_resampled_t_test(.8 + d, np.full(10, .8), test_train_ratio=100 / 900)
        >>> round(result["t"], 2), result["df"], round(result["p"], 4)
        (3.45, 9, 0.0073)

    Reference: C. Nadeau, Y. Bengio, Inference for the generalization error, 2003; R. R. Bouckaert,
    E. Frank, Evaluating the replicability of significance tests for comparing learning algorithms,
    2004.
    """
    from scipy.special import stdtr, stdtrit

    first, second = check_finite(first, "first"), check_finite(second, "second")
    check_finite([test_train_ratio], "test_train_ratio")
    check_share(level, "level")
    if first.shape != second.shape:
        raise ValueError(
            "Both models need scores on the same splits. "
            f"Received: {first.shape} and {second.shape}."
        )
    error = np.sqrt(resampled_variance(first - second, test_train_ratio))
    mean, df = float((first - second).mean()), len(first) - 1
    t, half = _t_statistic(mean, error), float(stdtrit(df, (1 + level) / 2) * error)
    return {
        "difference": mean,
        "t": t,
        "df": df,
        "p": float(2 * stdtr(df, -abs(t))),
        "interval": [mean - half, mean + half],
    }


def _differences_and_variances(differences):
    """Differences (5, 2) and their variances (5,) within each repetition."""
    differences = check_finite(differences, "differences (5, 2)", ndim=2)
    if differences.shape != (5, 2):
        raise ValueError(
            "Differences must have the shape (5, 2): five repetitions of two folds. "
            f"Received: {differences.shape}."
        )
    centered = differences - differences.mean(axis=1, keepdims=True)
    variances = 2 * (centered**2).mean(axis=1)  # (5,), s_i^2
    return differences, np.where(variances <= 1e-24, 0.0, variances)


def five_by_two_t(differences: ArrayLike) -> dict[str, float | int]:
    """Dietterich's t test over five repetitions of two-fold cross-validation.

    `t = p_11 / sqrt(mean_i s_i^2)` with 5 degrees of freedom; `s_i^2` is the variance within
    repetition i.

    Args:
        differences: float array (5, 2), score of the first model minus that of the second, per
            repetition and fold.

    Returns:
        dict: "t", "df", "p". Without any spread p is 1 (no difference) or 0.

    Example:
        >>> result = five_by_two_t([[.02, .03], [.01, .04], [.03, 0], [.02, .02], [.05, .01]])
        >>> round(result["t"], 3), round(result["p"], 3)
        (1.069, 0.334)

    Reference: T. G. Dietterich, Approximate statistical tests for comparing supervised
    classification learning algorithms, 1998.
    """
    from scipy.special import stdtr

    differences, variances = _differences_and_variances(differences)
    t = _t_statistic(differences[0, 0], np.sqrt(variances.mean()))
    return {"t": t, "df": 5, "p": float(2 * stdtr(5, -abs(t)))}


def five_by_two_f(differences: ArrayLike) -> dict:
    """Alpaydin's F test over five repetitions of two-fold cross-validation, using all differences.

    `F = sum p_ij^2 / (2 sum s_i^2)`, distributed as F(10, 5).

    Args:
        differences: float array (5, 2), as in `five_by_two_t`.

    Returns:
        dict: "F", "df" [10, 5], "p". Without any spread p is 1 (no difference) or 0.

    Example:
        >>> result = five_by_two_f([[.02, .03], [.01, .04], [.03, 0], [.02, .02], [.05, .01]])
        >>> round(result["F"], 3), round(result["p"], 3)
        (2.086, 0.216)

    Reference: E. Alpaydin, Combined 5x2 cv F test for comparing supervised classification learning
    algorithms, 1999.
    """
    from scipy.special import fdtrc

    differences, variances = _differences_and_variances(differences)
    f = _t_statistic((differences**2).sum(), 2 * variances.sum())
    return {"F": f, "df": [10, 5], "p": float(fdtrc(10, 5, f)) if np.isfinite(f) else 0.0}


def verdict(
    first: str,
    second: str,
    difference: float,
    interval: tuple[float, float],
    p: float,
    alpha: float = 0.05,
) -> str:
    """The result of a comparison as a plain sentence.

    It says "better" or "worse" only if p < alpha and the interval excludes zero. Otherwise the
    models are "not distinguishable", which does not mean equal: the interval shows how much better
    or worse the first may still be.

    Args:
        first, second: str, the names of what is compared, such as "fusion" and "text alone".
        difference: float, score of the first minus the second, as a share (0.01 is one point).
        interval: pair of float, the (1 - alpha) confidence interval of the difference.
        p: float in [0, 1], adjusted by `holm` if there are several comparisons.
        alpha: float in (0, 1), the significance level.

    Returns:
        str.

    Example:
        >>> result = verdict("fusion", "text alone", 0.004, (-0.012, 0.020), 0.61)
        >>> print(result)    # doctest: +NORMALIZE_WHITESPACE
        fusion is not distinguishable from text alone
        (difference +0.4 points, 95 % interval -1.2 to +2.0, p = 0.61)

    Reference: J. Cohen, The earth is round (p < .05), 1994.
    """
    low, high = check_finite(interval, "interval")
    check_finite([difference, p], "difference and p")
    check_share(alpha, "alpha")
    if p < alpha and not low <= 0 <= high:
        finding = "better than" if difference > 0 else "worse than"
    else:
        finding = "not distinguishable from"
    points = [format_points(value) for value in (difference, low, high)]
    return (
        f"{first} is {finding} {second} (difference {points[0]} points, "
        f"{100 * (1 - alpha):g} % interval {points[1]} to {points[2]}, {format_p(p)})"
    )
