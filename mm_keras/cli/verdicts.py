"""Sentences on whether one row of a table is better than others, with corrected p values."""

import numpy as np

from mm_keras.evaluation.significance import bootstrap_means, holm, mcnemar, verdict
from mm_keras.utils.formatting import format_p

# A modality alone that stays further below its best possible score is not trained well enough for a
# fair comparison: fusion would look better than it is.
MAX_GAP = 0.03
ALPHA = 0.05


def compare(first, scores, others, unit=None):
    """Compare the scores of one row with those of others, on the same test samples.

    Intervals are bootstrap intervals. p values are those of McNemar's test where scores are right
    or wrong, else of the bootstrap, adjusted by `holm`.

    Args:
        first: str, the name of the row, which begins a sentence.
        scores: bool or float array (n,).
        others: dict, name of another row -> array (n,).
        unit: str, the name of float scores.

    Returns:
        list of (sentence, whether the first is better), one per other row.
    """
    gains = np.stack([scores.astype(float) - other for other in others.values()], axis=1)
    tests = bootstrap_means(gains)
    if unit is None:
        p_values = holm([mcnemar(scores, other)["p"] for other in others.values()])
    else:
        p_values = holm([test["p"] for test in tests])
    results = []
    for name, test, p in zip(others, tests, p_values):
        low, high = test["interval"]
        sentence = verdict(first, name, test["difference"], test["interval"], p, ALPHA)
        if unit is not None:
            finding = sentence.partition(" (")[0]
            sentence = (
                f"{finding} ({unit} {test['difference']:+.2f}, {100 * (1 - ALPHA):g} % interval "
                f"{low:+.2f} to {high:+.2f}, {format_p(p)})"
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
