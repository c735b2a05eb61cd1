"""Scores by subgroup: the samples with the same value in a column of the data."""

import numpy as np

from mm_keras.comparison.missing import is_blank
from mm_keras.datasets.pairs.labels import clean_name
from mm_keras.evaluation.metrics import wilson_interval
from mm_keras.utils.messages import check_column

MAX_VALUES = 10  # a column of more different numbers is divided into four groups of similar size
SMALL = 30  # samples: smaller groups are marked


def check_by(data, columns):
    """Raise ValueError if scores by these columns are not possible."""
    for column in columns:
        check_column(data.columns, column, "to report scores by")
        groups = groups_of(data.columns[column])
        if len(groups) > max(2, len(data) // 2):
            raise ValueError(
                f"Scores by a column need several samples per value. Received: {column!r} with "
                f"{len(groups):,} values for {len(data):,} samples. Choose a column that names "
                "groups (by, --by)."
            )


def groups_of(values):
    """The rows of each group: dict, value as a str (None for blank cells) -> int array.

    More than 10 different numbers are divided at their quartiles. Other values are the same if they
    look the same.

    Example:
        >>> {name: rows.tolist() for name, rows in groups_of(["b", "a", " b", None]).items()}
        {'a': [1], 'b': [0, 2], None: [3]}
        >>> list(groups_of(range(100)))
        ['0 to 24', '25 to 49', '50 to 74', '75 to 99']
    """
    blank = np.array([is_blank(value) for value in values])
    rows = np.flatnonzero(~blank)
    numbers = _as_numbers([values[i] for i in rows])
    if numbers is not None and len(np.unique(numbers)) > MAX_VALUES:
        groups = _quartiles(rows, numbers)
    else:
        names = np.array([clean_name(str(values[i])) for i in rows], dtype=object)
        groups = {name: rows[names == name] for name in sorted(set(names))}
    return {**groups, **({None: np.flatnonzero(blank)} if blank.any() else {})}


def _as_numbers(values):
    try:
        numbers = np.array([float(value) for value in values])
    except (TypeError, ValueError):
        return None
    return numbers if len(numbers) and np.isfinite(numbers).all() else None


def _quartiles(rows, numbers):
    """Up to four groups, named by their smallest and largest number."""
    edges = np.unique(np.quantile(numbers, [0.25, 0.5, 0.75]))
    codes = np.searchsorted(edges, numbers)
    groups = {}
    for code in np.unique(codes):
        members = numbers[codes == code]
        groups[f"{members.min():.6g} to {members.max():.6g}"] = rows[codes == code]
    return groups


def subgroup_scores(data, columns, predictions, unimodal):
    """The part "subgroups" of the result: the accuracy of all contenders in each group.

    Every test sample of the first repeat counts once. The intervals cover the variation due to
    these samples; they are not corrected for the number of groups.

    Args:
        data: MultimodalData.
        columns: sequence of str.
        predictions: dict, contender -> `Predictions`.
        unimodal: name of the best unimodal contender, or None. "difference" compares with it, on
            the same samples; its interval is that of Bonett and Price.

    Returns:
        list with one dict per column: "column", and "groups" with one dict each: "value",
        "num_samples", "small" (fewer than 30 samples) and "scores".

    Reference: D. G. Bonett, R. M. Price, Adjusted Wald confidence interval for a difference of
    binomial proportions based on paired data, 2012.
    """
    if not predictions:
        return []
    tested = next(iter(predictions.values())).rows
    right = {name: one.right for name, one in predictions.items()}
    parts = []
    for column in columns:
        groups = []
        for value, rows in groups_of(data.columns[column]).items():
            inside = np.isin(tested, rows)
            if inside.any():
                groups.append(_group(value, inside, right, unimodal))
        parts.append({"column": column, "groups": groups})
    return parts


def _group(value, inside, right, unimodal):
    num_samples = int(inside.sum())
    scores = {}
    for name, is_right in right.items():
        hits = int(is_right[inside].sum())
        scores[name] = {
            "accuracy": hits / num_samples,
            "interval": list(wilson_interval(hits, num_samples)),
            "difference": None,
        }
        if unimodal is not None and name != unimodal:
            scores[name]["difference"] = paired_difference(
                is_right[inside], right[unimodal][inside]
            )
    small = num_samples < SMALL
    return {"value": value, "num_samples": num_samples, "small": small, "scores": scores}


def paired_difference(first, second):
    """The difference of two accuracies on the same samples, with its 95% interval.

    With n12 samples that only the first predicts correctly, n21 that only the second does,
    a = (n12 + 1) / (n + 2) and b = (n21 + 1) / (n + 2):

        a - b +- 1.96 sqrt((a + b - (a - b)^2) / (n + 2))

    Args:
        first, second: bool (n,), whether each prediction is correct.

    Example:
        >>> difference = paired_difference(np.arange(20) < 15, np.arange(20) < 10)
        >>> difference["difference"], [round(end, 3) for end in difference["interval"]]
        (0.25, [0.012, 0.443])
    """
    from scipy.special import ndtri

    num_samples = len(first)
    a = (np.sum(first & ~second) + 1) / (num_samples + 2)
    b = (np.sum(second & ~first) + 1) / (num_samples + 2)
    half = ndtri(0.975) * np.sqrt((a + b - (a - b) ** 2) / (num_samples + 2))
    return {
        "difference": float(np.mean(first) - np.mean(second)),
        "interval": [float(max(-1.0, a - b - half)), float(min(1.0, a - b + half))],
    }
