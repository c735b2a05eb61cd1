"""Scores by split, by class and by subgroup as CSV: one line per contender and split, class ..."""

import csv
import io

CLASS_SCORES = ("precision", "recall", "f1")


def long_tables(result):
    """The tables as CSV texts: dict, file name -> text; subgroups.csv only with `by`.

    Args:
        result: dict, what `mm_keras.comparison.compare` returns.
    """
    tables = {"folds.csv": folds_csv(result), "classes.csv": classes_csv(result)}
    if result.get("subgroups"):
        tables["subgroups.csv"] = subgroups_csv(result)
    return tables


def repeats_and_folds(result):
    """The repeat and the fold of each split, both from 1: list of pairs."""
    return [
        (repeat + 1, fold + 1)
        for repeat, folds in enumerate(result["manifest"]["fold_of_sample"])
        for fold in sorted(set(folds) - {-1})
    ]


def folds_csv(result):
    """All metrics of each contender on the test samples of each split."""
    protocol, finished = result["protocol"], _finished(result)
    metrics = list(dict.fromkeys(name for row in finished for name in row["metrics"]))
    header = ["contender", "repeat", "fold", "train_samples", "test_samples", *metrics]
    sizes = list(zip(repeats_and_folds(result), protocol["train_sizes"], protocol["test_sizes"]))
    lines = []
    for row in finished:
        for i, (split, *num_samples) in enumerate(sizes):
            scores = [row["metrics"].get(name, {}).get("splits") for name in metrics]
            values = [values[i] if values else None for values in scores]
            lines.append([row["name"], *split, *num_samples, *values])
    return _as_csv(header, lines)


def classes_csv(result):
    """Precision, recall and F1 of each class with intervals, from the first repeat's samples."""
    header = ["contender", "class", "samples", *_with_ends(CLASS_SCORES)]
    lines = []
    for row in _finished(result):
        for name, scores in (row["per_class"] or {}).items():
            values = [
                [scores[key], *(scores.get(f"{key}_interval") or (None, None))]
                for key in CLASS_SCORES
            ]
            lines.append([row["name"], name, scores["support"], *sum(values, [])])
    return _as_csv(header, lines)


def subgroups_csv(result):
    """Accuracy in each subgroup, and the difference from the best unimodal contender's."""
    header = [
        "column", "value", "contender", "samples", "small",
        *_with_ends(["accuracy", "difference"]),
    ]  # fmt: skip
    lines = []
    for part in result["subgroups"]:
        for group in part["groups"]:
            for name, scores in group["scores"].items():
                versus = scores["difference"] or {"difference": None, "interval": (None, None)}
                lines.append(
                    [
                        part["column"],
                        group["value"],
                        name,
                        group["num_samples"],
                        int(group["small"]),
                        scores["accuracy"],
                        *scores["interval"],
                        versus["difference"],
                        *versus["interval"],
                    ]  # fmt: skip
                )
    return _as_csv(header, lines)


def _finished(result):
    return [row for row in result["contenders"] if row["failed"] is None]


def _with_ends(names):
    return [f"{name}{end}" for name in names for end in ("", "_low", "_high")]


def _as_csv(header, lines):
    file = io.StringIO()
    csv.writer(file, lineterminator="\n").writerows([header, *lines])
    return file.getvalue()
