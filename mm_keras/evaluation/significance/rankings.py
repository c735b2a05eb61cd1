"""Tests for several models or comparisons: Friedman, Nemenyi's critical distance, Holm."""

import numpy as np
from numpy.typing import ArrayLike

from mm_keras.evaluation.significance.checks import check_finite, check_share


def friedman_from_ranks(average_ranks: ArrayLike, num_datasets: int) -> dict:
    """Friedman's test, with Iman and Davenport's F, from average ranks of k models on N data sets.

        chi2 = 12 N / (k (k + 1)) (sum R_j^2 - k (k + 1)^2 / 4)
        F = (N - 1) chi2 / (N (k - 1) - chi2)

    Args:
        average_ranks: float array (k,), 1 is best.
        num_datasets: int, N >= 2.

    Returns:
        dict: "average_ranks", "chi2" (k - 1 degrees of freedom) and its "p_chi2", "F" with "df"
        [k - 1, (k - 1)(N - 1)], and "p" (of F). If all data sets agree completely, F is infinite
        and p is 0.

    Example:
        >>> result = friedman_from_ranks([3.143, 2.000, 2.893, 1.964], 14)
        >>> round(result["chi2"], 2), round(result["F"], 2), result["df"]
        (9.28, 3.69, [3, 39])

    Reference: J. Demšar, Statistical comparisons of classifiers over multiple data sets, 2006.
    """
    from scipy.special import chdtrc, fdtrc

    ranks, n = check_finite(average_ranks, "average_ranks"), int(num_datasets)
    k = len(ranks)
    if abs(ranks.sum() - k * (k + 1) / 2) > 0.01 * k * k:
        raise ValueError(
            f"The average ranks of {k} models must sum to {k * (k + 1) / 2:g}. "
            f"Received: {ranks.sum():g}."
        )
    if k < 2 or n < 2:
        raise ValueError(
            "At least two models and two data sets are needed. "
            f"Received: ranks {ranks.shape}, {n} data sets."
        )
    chi2 = max(0.0, 12 * n / (k * (k + 1)) * ((ranks**2).sum() - k * (k + 1) ** 2 / 4))
    rest = n * (k - 1) - chi2
    f = float("inf") if rest <= 1e-9 else (n - 1) * chi2 / rest
    df = [k - 1, (k - 1) * (n - 1)]
    return {
        "average_ranks": ranks.tolist(),
        "chi2": float(chi2),
        "p_chi2": float(chdtrc(k - 1, chi2)),
        "F": float(f),
        "df": df,
        "p": 0.0 if np.isinf(f) else float(fdtrc(*df, f)),
    }


def friedman_test(scores: ArrayLike) -> dict:
    """Friedman's test: do k models differ over N data sets?

    Only the ranks within each data set matter; ties share their mean rank. There is no further
    correction for ties, as in Demšar's form (SciPy's divides by such a correction).

    Args:
        scores: float array (N, k), score of every model on every data set, higher is better.

    Returns:
        dict: as `friedman_from_ranks`.

    Example:
        >>> scores = [[.9, .8], [.7, .7], [.6, .5]]
        >>> friedman_test(scores)["average_ranks"]    # ranks 1 2, 1.5 1.5, 1 2
        [1.1666666666666667, 1.8333333333333333]

    Reference: M. Friedman, The use of ranks to avoid the assumption of normality implicit in the
    analysis of variance, 1937.
    """
    from scipy.stats import rankdata

    scores = check_finite(scores, "scores (data sets, models)", ndim=2)
    return friedman_from_ranks(rankdata(-scores, axis=1).mean(axis=0), len(scores))


def nemenyi_distance(num_models: int, num_datasets: int, alpha: float = 0.05) -> float:
    """Critical distance: two models whose average ranks differ by less are not distinguishable.

    `CD = q sqrt(k (k + 1) / (6 N))`, where q is the upper quantile of the studentized range,
    divided by sqrt(2).

    Args:
        num_models: int, k >= 2.
        num_datasets: int, N >= 1.
        alpha: float in (0, 1), the significance level over all pairs.

    Returns:
        float, in ranks.

    Example:
        >>> round(nemenyi_distance(4, 14), 2)
        1.25

    Reference: P. B. Nemenyi, Distribution-free multiple comparisons, 1963; J. Demšar, Statistical
    comparisons of classifiers over multiple data sets, 2006.
    """
    from scipy.stats import studentized_range

    check_share(alpha, "alpha")
    if not (num_models >= 2 and num_datasets >= 1):
        raise ValueError(
            "At least two models and one data set are needed. "
            f"Received: {num_models} models, {num_datasets} data sets."
        )
    q = studentized_range.ppf(1 - alpha, num_models, np.inf) / np.sqrt(2)
    return float(q * np.sqrt(num_models * (num_models + 1) / (6 * num_datasets)))


def holm(p_values: ArrayLike) -> np.ndarray:
    """p values adjusted for m comparisons: reject where the adjusted value is at most alpha.

    The i-th smallest becomes `max over j <= i of min(1, (m - j + 1) p_(j))`. This controls the
    family-wise error rate: the probability of any false positive among the m comparisons is at most
    alpha.

    Args:
        p_values: float array (m,), each in [0, 1].

    Returns:
        float array (m,), in the original order.

    Example:
        >>> holm([.01, .04, .03]).round(4).tolist()    # 3 * .01, then 2 * .03, then max(.04, .06)
        [0.03, 0.06, 0.06]

    Reference: S. Holm, A simple sequentially rejective multiple test procedure, 1979.
    """
    p_values = np.asarray(p_values, dtype=np.float64)
    if p_values.ndim != 1 or not ((p_values >= 0) & (p_values <= 1)).all():
        raise ValueError(f"p values must be an array (m,) in [0, 1]. Received: {p_values}.")
    order = np.argsort(p_values, kind="stable")
    factors = len(p_values) - np.arange(len(p_values))
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.maximum.accumulate(np.minimum(1.0, factors * p_values[order]))
    return adjusted
