"""Tests for two models: McNemar, the paired bootstrap, and t and F tests over splits."""

import numpy as np

from mm_keras.evaluation.metrics import accuracy
from mm_keras.evaluation.metrics.intervals import resampled_variance
from mm_keras.utils.formatting import format_p, format_points

BOOTSTRAP_CHUNK = 2_000_000  # samples that are drawn at a time


def mcnemar_p_values(only_first, only_second):
    """Exact and mid-p value of McNemar's test from the two counts of samples that only one model gets right.

    Were the models equally good, each such sample would fall to either side like a fair coin:
    `p = min(1, 2 P(X <= min(b, c)))` with X ~ Binomial(b + c, 1/2). The mid-p value takes off `P(X = min(b, c))`: it is
    less timid with few disagreements.

    Args:
        only_first: int or int array, b: samples that only the first model gets right.
        only_second: int or int array, c: samples that only the second gets right.

    Returns:
        tuple (exact, mid) of floats or arrays; (1, 1) where the models never differ.

    Example:
        >>> exact, mid = mcnemar_p_values(10, 2)
        >>> round(float(exact), 4), round(float(mid), 4)
        (0.0386, 0.0225)

    Reference: Q. McNemar, Note on the sampling error of the difference between correlated proportions, 1947;
    M. W. Fagerland, S. Lydersen, P. Laake, The McNemar test for binary matched-pairs data, 2013.
    """
    from scipy.stats import binom

    fewer, total = np.minimum(only_first, only_second), np.add(only_first, only_second)
    two_sided = 2 * binom.cdf(fewer, total, 0.5)
    return np.minimum(1.0, two_sided), np.minimum(1.0, two_sided - binom.pmf(fewer, total, 0.5))


def mcnemar(first_right, second_right):
    """McNemar's test: do two models differ in accuracy on the same test samples?

    Args:
        first_right: bool array (n,), where the first model is right, e.g. `labels == predictions`.
        second_right: bool array (n,), the same for the second model and the same samples.

    Returns:
        dict: "difference" (accuracy of the first minus the second), "only_first", "only_second", "p" (exact), "p_mid".

    Example:
        >>> result = mcnemar([1] * 10 + [0] * 2 + [1] * 88, [0] * 10 + [1] * 2 + [1] * 88)
        >>> result["difference"], result["only_first"], result["only_second"], round(result["p"], 4)
        (0.08, 10, 2, 0.0386)

    Reference: T. G. Dietterich, Approximate statistical tests for comparing supervised classification learning
    algorithms, 1998.
    """
    first, second = np.asarray(first_right, dtype=bool), np.asarray(second_right, dtype=bool)
    if first.ndim != 1 or first.shape != second.shape or not len(first):
        raise ValueError(
            "Two arrays (n,) of right or wrong are needed, for the same n > 0 samples. "
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


def paired_bootstrap(labels, first, second, score=accuracy, num_resamples=2000, level=0.95, seed=0):
    """Difference of two models' scores on one test set, with its percentile interval and p value.

    Test samples are drawn with replacement, the same ones for both models. The p value is twice the smaller share of
    resampled differences on either side of zero, with the observed difference counted in: it is never 0.

    Args:
        labels: int array (n,) or 0/1 array (n, K).
        first, second: predictions or probabilities of the two models for the same samples.
        score: callable, `score(labels, predictions)` -> float, higher is better.
        num_resamples: int, number of resampled test sets.
        level: float in (0, 1).
        seed: int; the same seed gives the same result.

    Returns:
        dict: "difference" (first minus second), "interval" [low, high], "p".

    Example:
        >>> labels = np.arange(100) % 2
        >>> result = paired_bootstrap(labels, labels, np.where(np.arange(100) < 20, 0, labels), num_resamples=500)
        >>> round(result["difference"], 2), result["interval"][0] > 0, result["p"] < 0.01
        (0.1, True, True)

    Reference: B. Efron, R. J. Tibshirani, An Introduction to the Bootstrap, 1993.
    """
    labels, first, second = np.asarray(labels), np.asarray(first), np.asarray(second)
    rng, num_samples = np.random.default_rng(seed), len(labels)
    difference = score(labels, first) - score(labels, second)
    drawn = np.empty(num_resamples)
    for i in range(num_resamples):
        rows = rng.integers(num_samples, size=num_samples)
        drawn[i] = score(labels[rows], first[rows]) - score(labels[rows], second[rows])
    return _bootstrapped(difference, drawn, level)


def bootstrap_means(differences, num_resamples=2000, level=0.95, seed=0):
    """`paired_bootstrap` for scores that are means over samples, of many pairs of models at once and in little time.

    Args:
        differences: float (n, pairs): how much better the first model of a pair is at each test sample than the second.

    Returns:
        list of dicts, one per pair: "difference", "interval", "p", as of `paired_bootstrap`.

    Example:
        >>> result, = bootstrap_means(np.repeat([[1.0], [0.0]], [20, 80], axis=0))
        >>> round(result["difference"], 2), result["interval"][0] > 0, result["p"] < 0.01
        (0.2, True, True)
    """
    differences = np.asarray(differences, dtype=float)
    rng, num_samples = np.random.default_rng(seed), len(differences)
    drawn, step = (
        np.empty((num_resamples, differences.shape[1])),
        max(1, BOOTSTRAP_CHUNK // num_samples),
    )
    for start in range(0, num_resamples, step):
        count = len(drawn[start : start + step])
        rows = (
            rng.integers(num_samples, size=(count, num_samples))
            + np.arange(count)[:, np.newaxis] * num_samples
        )
        times = np.bincount(rows.ravel(), minlength=count * num_samples).reshape(
            count, num_samples
        )  # each sample was drawn
        drawn[start : start + step] = times @ differences / num_samples
    return [
        _bootstrapped(mean, column, level)
        for mean, column in zip(differences.mean(axis=0), drawn.T)
    ]


def _bootstrapped(difference, drawn, level):
    side = min((drawn <= 0).sum(), (drawn >= 0).sum())
    return {
        "difference": float(difference),
        "interval": [float(q) for q in np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])],
        "p": float(min(1.0, 2 * (side + 1) / (len(drawn) + 1))),
    }


def _t_statistic(mean, error):
    """mean / error, where no spread means certainty: 0 for equal models, infinite for a constant difference."""
    if error == 0:
        return 0.0 if abs(mean) <= 1e-12 else float(np.copysign(np.inf, mean))
    return float(mean / error)


def corrected_resampled_t_test(first, second, test_train_ratio, level=0.95):
    """Student's t over folds or repeated splits, corrected for training sets that overlap.

    `t = mean(d) / sqrt((1/J + n_test/n_train) s_d^2)` with J - 1 degrees of freedom, d = first - second. The ordinary
    paired t test (`test_train_ratio=0`) finds differences between equal models far too often.

    Args:
        first, second: float arrays (J,), the scores of the two models on the same J splits.
        test_train_ratio: float, n_test / n_train; 1 / (k - 1) for (repeated) k-fold cross-validation.
        level: float in (0, 1), of the interval.

    Returns:
        dict: "difference" (mean of first minus second), "t", "df", "p", "interval" [low, high]. Where all J differences
        are equal, p is 1 (they are 0) or 0 (they are not, t infinite) and the interval is a point.

    Example:
        >>> d = np.array([.02, .01, .03, 0, .02, .01, .04, .02, .01, .02])
        >>> result = corrected_resampled_t_test(.8 + d, np.full(10, .8), test_train_ratio=100 / 900)
        >>> round(result["t"], 2), result["df"], round(result["p"], 4)
        (3.45, 9, 0.0073)

    Reference: C. Nadeau, Y. Bengio, Inference for the generalization error, 2003; R. R. Bouckaert, E. Frank, Evaluating
    the replicability of significance tests for comparing learning algorithms, 2004.
    """
    from scipy.special import stdtr, stdtrit

    first, second = np.asarray(first, dtype=np.float64), np.asarray(second, dtype=np.float64)
    if first.shape != second.shape:
        raise ValueError(
            f"Both models need scores on the same splits. Received: {first.shape} and {second.shape}."
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


def _five_pairs(differences):
    differences = np.asarray(differences, dtype=np.float64)
    if differences.shape != (5, 2):
        raise ValueError(
            "Differences of five repetitions of two folds are needed, (5, 2). "
            f"Received: {differences.shape}."
        )
    variances = 2 * ((differences - differences.mean(axis=1, keepdims=True)) ** 2).mean(
        axis=1
    )  # (5,), s_i^2
    return differences, np.where(variances <= 1e-24, 0.0, variances)


def five_by_two_t(differences):
    """Dietterich's t test over five repetitions of two-fold cross-validation.

    `t = p_11 / sqrt(mean_i s_i^2)` with 5 degrees of freedom; `s_i^2` is the squared spread within repetition i.

    Args:
        differences: float array (5, 2), score of the first model minus the second, per repetition and fold.

    Returns:
        dict: "t", "df", "p". Without any spread p is 1 (no difference) or 0.

    Example:
        >>> result = five_by_two_t([[.02, .03], [.01, .04], [.03, 0], [.02, .02], [.05, .01]])
        >>> round(result["t"], 3), round(result["p"], 3)
        (1.069, 0.334)

    Reference: T. G. Dietterich, Approximate statistical tests for comparing supervised classification learning
    algorithms, 1998.
    """
    from scipy.special import stdtr

    differences, variances = _five_pairs(differences)
    t = _t_statistic(differences[0, 0], np.sqrt(variances.mean()))
    return {"t": t, "df": 5, "p": float(2 * stdtr(5, -abs(t)))}


def five_by_two_f(differences):
    """Alpaydin's F test over five repetitions of two-fold cross-validation: it uses all ten differences.

    `F = sum p_ij^2 / (2 sum s_i^2)`, distributed as F(10, 5).

    Args:
        differences: float array (5, 2), as in `five_by_two_t`.

    Returns:
        dict: "F", "df" [10, 5], "p". Without any spread p is 1 (no difference) or 0.

    Example:
        >>> result = five_by_two_f([[.02, .03], [.01, .04], [.03, 0], [.02, .02], [.05, .01]])
        >>> round(result["F"], 3), round(result["p"], 3)
        (2.086, 0.216)

    Reference: E. Alpaydin, Combined 5x2 cv F test for comparing supervised classification learning algorithms, 1999.
    """
    from scipy.special import fdtrc

    differences, variances = _five_pairs(differences)
    f = _t_statistic((differences**2).sum(), 2 * variances.sum())
    return {"F": f, "df": [10, 5], "p": float(fdtrc(10, 5, f)) if np.isfinite(f) else 0.0}


def verdict(first, second, difference, interval, p, alpha=0.05):
    """The result of a comparison as a plain sentence.

    It says "better" or "worse" only where p < alpha and the interval leaves out zero; else the models are "not
    distinguishable", which does not mean equal: the interval says how much better or worse the first may still be.

    Args:
        first, second: str, what is compared with what, such as "fusion" and "text alone".
        difference: float, score of the first minus the second, as a share (0.01 is one point).
        interval: pair of float, the (1 - alpha) interval of the difference.
        p: float in [0, 1], adjusted by `holm` where there are several comparisons.
        alpha: float in (0, 1), the accepted rate of false alarms.

    Returns:
        str.

    Example:
        >>> verdict("fusion", "text alone", 0.004, (-0.012, 0.020), 0.61)
        'fusion is not distinguishable from text alone (difference +0.4 points, 95 % interval -1.2 to +2.0, p = 0.61)'

    Reference: J. Cohen, The earth is round (p < .05), 1994.
    """
    low, high = interval
    if p < alpha and not low <= 0 <= high:
        finding = "better than" if difference > 0 else "worse than"
    else:
        finding = "not distinguishable from"
    points = [format_points(value) for value in (difference, low, high)]
    return (
        f"{first} is {finding} {second} (difference {points[0]} points, {100 * (1 - alpha):g} % interval "
        f"{points[1]} to {points[2]}, {format_p(p)})"
    )
