"""Sentences on whether one row of a table is better than others, with corrected p values."""

import numpy as np

from mm_keras.evaluation.significance import (
    bootstrap_means,
    combine_tests,
    mcnemar,
    simultaneous_level,
    verdict,
)

# A modality alone that stays further below its best possible score is not trained well enough for a
# fair comparison: fusion would look better than it is.
MAX_GAP = 0.03
ALPHA = 0.05


def compare(first, scores, others, unit=None):
    """Compare the scores of one row with those of others, on the same test samples.

    Where scores are right or wrong, McNemar's test is used, else the bootstrap. p values and
    intervals are corrected for the number of other rows, see `combine_tests`.

    Args:
        first: str, the name of the row, which begins a sentence.
        scores: bool or float array (n,).
        others: dict, name of another row -> array (n,).
        unit: str, the name of float scores.

    Returns:
        list of (sentence, whether the first is better), one per other row.
    """
    count = len(others)
    level = simultaneous_level(count, 1 - ALPHA)
    if unit is None:
        tests = [mcnemar(scores, other, level) for other in others.values()]
    else:
        gains = np.stack([scores.astype(float) - other for other in others.values()], axis=1)
        tests = bootstrap_means(gains, num_resamples=max(2000, 200 * count), level=level)
    results = []
    for name, test in zip(others, tests):
        corrected = combine_tests(test, num_comparisons=count)
        p, (low, high) = corrected["p_corrected"], corrected["interval"]
        sentence = verdict(first, name, test["difference"], (low, high), p, ALPHA, count)
        if unit is not None:
            start, end = sentence.partition(" (")[0], sentence[sentence.rindex(", p ") :]
            sentence = (
                f"{start} ({unit} {test['difference']:+.2f}, {100 * (1 - ALPHA):g}% interval "
                f"{low:+.2f} to {high:+.2f}{end}"
            )
        results.append((f"{sentence}.", p < ALPHA and low > 0))
    return results


def poorly_trained(rows):
    """Names of rows that stay more than MAX_GAP below their best possible score, with both.

    Args:
        rows: dict, name -> (score, best possible score or None).
    """
    return [
        f"{name} reaches {score:.3f} of {best:.3f} possible"
        for name, (score, best) in rows.items()
        if best is not None and best - score > MAX_GAP
    ]
