"""The check with shuffled labels, from which no contender may learn anything."""

import numpy as np

from mm_keras.comparison.contenders import Decision, Majority, Network
from mm_keras.datasets import MultimodalData


def shuffle_labels(data, seed):
    """The same data with shuffled labels."""
    labels = data.labels[np.random.default_rng(seed).permutation(len(data))]
    return MultimodalData(data.samples, labels, data.class_names, data.ids, data.columns)


def contenders_to_check(contenders):
    """The contenders and the majority class; without our networks, unless there are no others."""
    others = {
        name: contender
        for name, contender in contenders.items()
        if not isinstance(contender, (Network, Decision, Majority))
    }
    return {**(others or contenders), "majority": "majority"}


def describe_shuffled(result):
    """The part "permutation_run" of a result, from the result with shuffled labels."""
    by_name = {row["name"]: row for row in result["contenders"] if row["failed"] is None}
    chance = by_name.pop("majority")["metrics"]["accuracy"]["mean"]
    rows = [
        {
            "name": name,
            "accuracy": row["metrics"]["accuracy"],
            "ok": row["versus_majority"]["finding"] != "better",
        }
        for name, row in by_name.items()
    ]
    return {
        "sentence": f"With shuffled labels, {_finding(rows, chance)}",
        "chance": chance,
        "contenders": rows,
    }


def _finding(rows, chance):
    if not rows:
        return "no contender gave a result."
    better = [row["name"] for row in rows if not row["ok"]]
    if better:
        are = "is" if len(better) == 1 else "are"
        return (
            f"{', '.join(better)} {are} better than the majority class ({chance:.3f}): either "
            "labels of test samples leak into training, or it is chance (one run in twenty)."
        )
    return (
        f"no contender is better than the majority class ({chance:.3f}): no sign that labels of "
        "test samples leak into training. Duplicates in other folds, and texts or images that "
        "reveal the label, cannot be detected in this way."
    )
