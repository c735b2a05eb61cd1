"""Tests for two models over folds: the corrected t test, its posterior, and 5 x 2 folds."""

import numpy as np
from numpy.typing import ArrayLike

from mm_keras.evaluation.metrics.intervals import resampled_variance
from mm_keras.evaluation.significance.checks import check_finite, check_share


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

    check_share(level, "level")
    mean, error, df = _mean_error_df(first, second, test_train_ratio)
    t, half = _t_statistic(mean, error), float(stdtrit(df, (1 + level) / 2) * error)
    return {
        "difference": mean,
        "t": t,
        "df": df,
        "p": float(2 * stdtr(df, -abs(t))),
        "interval": [mean - half, mean + half],
    }


def practical_equivalence(
    first: ArrayLike, second: ArrayLike, test_train_ratio: float, rope: float = 0.01
) -> dict[str, float]:
    """Probabilities that the first model is better, practically equal, or worse.

    The question is not whether there is a difference, but whether it matters: differences of at
    most `rope`, the region of practical equivalence, do not. With a flat prior, the posterior of
    the difference is Student's t with J - 1 degrees of freedom, around `mean(d)` with the scale
    `sqrt((1/J + n_test/n_train) s_d^2)`: the distribution of `corrected_resampled_t_test`, read as
    what is known about the difference.

    Args:
        first, second, test_train_ratio: as in `corrected_resampled_t_test`.
        rope: float >= 0, in units of the score (0.01: one point of accuracy).

    Returns:
        dict: "better" P(d > rope), "equal" P(|d| <= rope), "worse" P(d < -rope), which add up to 1.
        If all J differences are equal, one of them is 1.

    Example:
        >>> d = np.array([.02, .01, .03, 0, .02, .01, .04, .02, .01, .02])
        >>> result = practical_equivalence(.8 + d, np.full(10, .8), test_train_ratio=100 / 900)
        >>> {name: round(probability, 4) for name, probability in result.items()}
        {'better': 0.9203, 'equal': 0.0795, 'worse': 0.0002}

    Reference: A. Benavoli, G. Corani, J. Demšar, M. Zaffalon, Time for a change: a tutorial for
    comparing multiple classifiers through Bayesian analysis, 2017.
    """
    from scipy.special import stdtr

    mean, error, df = _mean_error_df(first, second, test_train_ratio)
    if not 0 <= rope < np.inf:
        raise ValueError(f"rope must be a number >= 0, such as 0.01. Received: {rope}.")
    if error == 0:
        better, worse = float(mean > rope), float(mean < -rope)
    else:
        better, worse = (float(stdtr(df, (d - rope) / error)) for d in (mean, -mean))
    return {"better": better, "equal": max(0.0, 1 - better - worse), "worse": worse}


def _mean_error_df(first, second, test_train_ratio):
    """Mean difference of two models over J splits, its corrected standard error, and J - 1."""
    first, second = check_finite(first, "first"), check_finite(second, "second")
    check_finite([test_train_ratio], "test_train_ratio")
    if first.shape != second.shape:
        raise ValueError(
            "Both models need scores on the same splits. "
            f"Received: {first.shape} and {second.shape}."
        )
    differences = first - second
    error = float(np.sqrt(resampled_variance(differences, test_train_ratio)))
    return float(differences.mean()), error, len(first) - 1


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
