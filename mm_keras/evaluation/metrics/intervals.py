"""Confidence intervals for a proportion, for any score, and for the mean over folds."""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike


def wilson_interval(successes: int, trials: int, level: float = 0.95) -> tuple[float, float]:
    """Confidence interval for a proportion, such as an accuracy.

    It stays inside [0, 1] and is sensible even with 0 or n successes.

        center = (p + z^2/2n) / (1 + z^2/n)
        half width = z sqrt(p(1-p)/n + z^2/4n^2) / (1 + z^2/n)

    Args:
        successes: int, from 0 to trials.
        trials: int >= 1, number of samples.
        level: float in (0, 1), confidence level: the share of such intervals that contain the true
            proportion.

    Returns:
        tuple (low, high) of float.

    Example:
        >>> low, high = wilson_interval(8, 10)
        >>> round(low, 3), round(high, 3)
        (0.49, 0.943)

    Reference: E. B. Wilson, Probable inference, the law of succession, and statistical inference,
    1927.
    """
    from scipy.special import ndtri

    if not 0 <= successes <= trials or trials < 1:
        raise ValueError(
            "0 <= successes <= trials and trials >= 1 are needed. "
            f"Received: {successes} of {trials}."
        )
    z, p = ndtri((1 + level) / 2), successes / trials
    center = p + z**2 / (2 * trials)
    half = z * np.sqrt(p * (1 - p) / trials + z**2 / (4 * trials**2))
    low, high = (center - half) / (1 + z**2 / trials), (center + half) / (1 + z**2 / trials)
    # Without rounding errors at the ends.
    return float(low) if successes > 0 else 0.0, float(high) if successes < trials else 1.0


def bootstrap_interval(
    score: Callable[..., float],
    *arrays: ArrayLike,
    num_resamples: int = 2000,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[float, float]:
    """Percentile bootstrap interval for any score of a test set.

    Rows are drawn with replacement, the same rows from every array. The interval covers only the
    variation due to the choice of the test set, not that of the training set or of the initial
    weights; to measure those, repeat the training.

    Args:
        score: callable, `score(*arrays)` -> float, such as `accuracy` or `macro_f1`.
        *arrays: arrays of n rows each, such as labels and predictions.
        num_resamples: int, number of resampled test sets.
        level: float in (0, 1).
        seed: int; the same seed gives the same interval.

    Returns:
        tuple (low, high) of float.

    Example:
        >>> low, high = bootstrap_interval(np.mean, np.arange(100))
        >>> 42 < low < 46 and 53 < high < 57    # 49.5 +- 1.96 * 28.9 / sqrt(100)
        True

    Reference: B. Efron, Bootstrap methods: another look at the jackknife, 1979.
    """
    arrays = [np.asarray(values) for values in arrays]
    rng, num_rows = np.random.default_rng(seed), len(arrays[0])
    values = []
    for _ in range(num_resamples):
        rows = rng.integers(num_rows, size=num_rows)
        values.append(score(*(array[rows] for array in arrays)))
    low, high = np.quantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def resampled_variance(scores, test_train_ratio):
    """Variance of the mean of J resampled scores, corrected for shared training samples.

        (1/J + n_test/n_train) s^2

    The textbook `s^2/J` assumes that the J scores are independent, which they are not, because the
    training sets overlap. A spread within rounding error counts as zero.

    Args:
        scores: float array (J,), one score or difference per fold or repetition, J >= 2.
        test_train_ratio: float >= 0, n_test / n_train; 1 / (k - 1) for k folds. 0 gives the
            textbook value.

    Returns:
        float >= 0.

    Example:
        >>> round(resampled_variance([0.8, 0.9], test_train_ratio=0.5), 6)    # (1/2 + 1/2) * 0.005
        0.005

    Reference: C. Nadeau, Y. Bengio, Inference for the generalization error, 2003.
    """
    scores = np.asarray(scores, dtype=np.float64)
    if scores.ndim != 1 or len(scores) < 2 or not np.isfinite(scores).all() or test_train_ratio < 0:
        raise ValueError(
            "At least two finite scores and a ratio n_test / n_train >= 0 are needed. "
            f"Received: scores {scores.shape}, ratio {test_train_ratio}."
        )
    if np.ptp(scores) <= 1e-12 * max(1.0, np.abs(scores).max()):
        return 0.0
    return float((1 / len(scores) + test_train_ratio) * scores.var(ddof=1))


def fold_interval(
    scores: ArrayLike, test_train_ratio: float, level: float = 0.95
) -> tuple[float, float]:
    """Confidence interval for the mean score over folds: Student's t with the corrected variance.

    `mean +- t_(J-1) sqrt((1/J + n_test/n_train) s^2)`.

    Args:
        scores, test_train_ratio: one score per fold or repetition, and n_test / n_train, as in
            `corrected_resampled_t_test`.
        level: float in (0, 1).

    Returns:
        tuple (low, high) of float; both are the mean when all scores are equal.

    Example:
        >>> low, high = fold_interval([0.8, 0.9], test_train_ratio=0.5)    # 0.85 +- 12.706 * 0.0707
        >>> round(low, 3), round(high, 3)
        (-0.048, 1.748)

    Reference: C. Nadeau, Y. Bengio, Inference for the generalization error, 2003.
    """
    from scipy.special import stdtrit

    error = np.sqrt(resampled_variance(scores, test_train_ratio))
    half = stdtrit(len(scores) - 1, (1 + level) / 2) * error
    return float(np.mean(scores) - half), float(np.mean(scores) + half)
