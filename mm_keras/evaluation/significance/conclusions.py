"""From tests to conclusions: corrected p values, simultaneous intervals, and a plain sentence."""

from mm_keras.evaluation.significance.checks import check_finite, check_share
from mm_keras.utils.formatting import format_p, format_points


def simultaneous_level(num_comparisons: int, level: float = 0.95) -> float:
    """The level that each of m intervals needs, so that all of them hold together at `level`.

    Bonferroni's method, `1 - (1 - level) / m`, which needs no assumption on how the comparisons
    depend on each other. The interval of a comparison then excludes zero exactly where its p value,
    multiplied by m, is below `1 - level`. Holm's p values (`holm`) are smaller, but no useful
    intervals agree with them: where Holm's method rejects, the bound of an interval that agrees
    stays at zero in general, however large the difference.

    Args:
        num_comparisons: int >= 1, m.
        level: float in (0, 1), of all intervals together.

    Returns:
        float in (0, 1), the argument `level` of each test.

    Example:
        >>> round(simultaneous_level(5), 4)
        0.99

    Reference: O. J. Dunn, Multiple comparisons among means, 1961; K. Strassburger, F. Bretz,
    Compatible simultaneous lower confidence bounds for the Holm procedure and other
    Bonferroni-based closed tests, 2008.
    """
    check_share(level, "level")
    if not num_comparisons >= 1:
        raise ValueError(f"num_comparisons must be at least 1. Received: {num_comparisons}.")
    return 1 - (1 - level) / num_comparisons


def combine_tests(*tests: dict, num_comparisons: int = 1) -> dict:
    """One p value and one interval for a difference that all of several tests must find.

    The tests are about the same two models, such as the corrected t test over the folds and
    McNemar's test on the pooled samples. A difference counts only if each of them finds it, in the
    same direction (an intersection-union test): p is the largest of the p values, or 1 if the tests
    disagree on which model is better. The interval reaches from the lowest to the highest bound: it
    contains each difference that any of the tests allows.

    Args:
        *tests: dicts with "difference", "p" and "interval", the results of
            `corrected_resampled_t_test`, `mcnemar` or `bootstrap_means` with
            `level=simultaneous_level(num_comparisons)`.
        num_comparisons: int >= 1, the number m of comparisons that are made at the same time.

    Returns:
        dict: "p" of this comparison by itself, "p_corrected" (`min(1, m p)`), and "interval"
        [low, high], one of m simultaneous intervals. It excludes zero exactly where p_corrected is
        below 0.05 (1 minus the level of all intervals together).

    Example:
        >>> from mm_keras.evaluation.significance import mcnemar
        >>> level = simultaneous_level(2)
        >>> t_test = {"difference": 0.05, "p": 0.001, "interval": [0.03, 0.07]}
        >>> counts = mcnemar([1] * 6 + [0], [0] * 7, level)
        >>> result = combine_tests(t_test, counts, num_comparisons=2)
        >>> result["p"], result["p_corrected"], [round(end, 3) for end in result["interval"]]
        (0.03125, 0.0625, [-0.031, 0.857])

    Reference: R. L. Berger, Multiparameter hypothesis testing and acceptance sampling, 1982.
    """
    signs = {test["difference"] > 0 for test in tests if test["difference"] != 0}
    p = 1.0 if len(signs) > 1 else max(test["p"] for test in tests)
    lows, highs = zip(*(test["interval"] for test in tests))
    return {
        "p": p,
        "p_corrected": min(1.0, num_comparisons * p),
        "interval": [min(lows), max(highs)],
    }


def finding(difference: float, interval: tuple[float, float], p: float, alpha: float = 0.05) -> str:
    """What a test shows: "better", "worse" or "not distinguishable".

    Args:
        difference, interval, p, alpha: as in `verdict`.

    Example:
        >>> finding(0.03, (0.012, 0.05), 0.0002), finding(0.004, (-0.012, 0.020), 0.61)
        ('better', 'not distinguishable')
    """
    low, high = check_finite(interval, "interval")
    check_finite([difference, p], "difference and p")
    check_share(alpha, "alpha")
    if p >= alpha or low <= 0 <= high:
        return "not distinguishable"
    return "better" if difference > 0 else "worse"


def verdict(
    first: str,
    second: str,
    difference: float,
    interval: tuple[float, float],
    p: float,
    alpha: float = 0.05,
    num_comparisons: int = 1,
) -> str:
    """The result of a comparison as a plain sentence.

    It says "better" or "worse" only if p < alpha and the interval excludes zero. Otherwise the
    models are "not distinguishable", which does not mean equal: the interval shows how much better
    or worse the first may still be.

    Args:
        first, second: str, the names of what is compared, such as "fusion" and "text alone".
        difference: float, score of the first minus the second, as a share (0.01 is one point).
        interval: pair of float, the (1 - alpha) confidence interval of the difference.
        p: float in [0, 1]. With several comparisons, p and the interval should be corrected for
            their number, so that they agree: see `combine_tests` and `simultaneous_level`.
        alpha: float in (0, 1), the significance level.
        num_comparisons: int, the number of comparisons for which p and the interval were corrected;
            the sentence says so if it is larger than 1.

    Returns:
        str.

    Example:
        >>> result = verdict("fusion", "text alone", 0.004, (-0.012, 0.020), 0.61)
        >>> print(result)    # doctest: +NORMALIZE_WHITESPACE
        fusion is not distinguishable from text alone
        (difference +0.4 points, 95% interval -1.2 to +2.0, p = 0.61)

    Reference: J. Cohen, The earth is round (p < .05), 1994.
    """
    found = finding(difference, interval, p, alpha)
    preposition = "from" if found == "not distinguishable" else "than"
    points = [format_points(value) for value in (difference, *interval)]
    corrected = f", corrected for {num_comparisons} comparisons" if num_comparisons > 1 else ""
    return (
        f"{first} is {found} {preposition} {second} (difference {points[0]} points, "
        f"{100 * (1 - alpha):g}% interval {points[1]} to {points[2]}, {format_p(p)}{corrected})"
    )
