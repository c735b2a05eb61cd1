"""Builds the parts of a comparison's result from the results of its jobs."""

import csv
import io

import numpy as np

from mm_keras.comparison.engine.jobs import Job
from mm_keras.comparison.results import statistics, verdicts
from mm_keras.comparison.results.pairs import versus
from mm_keras.comparison.results.statistics import Predictions, test_train_ratio
from mm_keras.evaluation import metrics
from mm_keras.evaluation.robustness import CORRUPTIONS

LEARNING_SHARES, MIN_LEARNING_SIZE = (0.125, 0.25, 0.5), 15
EMPTY_ROW = dict.fromkeys(
    (
        "metrics",
        "ece_null",
        "settings",
        "cost",
        "confusion",
        "per_class",
        "reliability",
        "mistakes",
        "versus_best_unimodal",
        "versus_best",
        "versus_majority",
        "modality_use",
    )
)


def tables(trials, contenders, data, splits):
    """The parts "contenders", "best", "verdicts" and "shapley_attribution" of the result."""
    rows, predictions = [], {}
    for name, contender in contenders.items():
        results = [trials["trial", split.number, name, 0] for split in splits]
        row = {"name": name, **contender.describe(), "failed": _failure(results), **EMPTY_ROW}
        if row["failed"] is None:
            predictions[name] = Predictions(data, splits, results)
            row.update(statistics.summarize(predictions[name], results, splits, data))
        rows.append(row)
    best = verdicts.find_best(rows)
    _add_tests(rows, best, predictions, splits)
    entropy = None if data.is_multi_label else _entropy_bits(data.labels)
    return {
        "contenders": rows,
        "best": best,
        "verdicts": verdicts.sentences(rows, best, data.info.get("truth")),
        "shapley_attribution": verdicts.shapley_attribution(rows, best, data.modalities, entropy),
    }


def _failure(trials):
    """Why a contender has no result, or None. A failure on a single split excludes it."""
    reasons = [trial["failed"] for trial in trials if "failed" in trial]
    if not reasons:
        return None
    if len(reasons) == len(trials):
        return reasons[0]
    return f"it failed on {len(reasons)} of {len(trials)} splits: {reasons[0]}"


def _add_tests(rows, best, predictions, splits):
    majority = next(
        (row["name"] for row in rows if row["level"] == "none" and row["failed"] is None), None
    )
    for key, other in (
        ("versus_best_unimodal", best["unimodal"]),
        ("versus_best", best["overall"]),
        ("versus_majority", majority),
    ):
        tests = versus(list(predictions), other, predictions, splits) if other else {}
        for row in rows:
            row[key] = tests.get(row["name"])


def _entropy_bits(labels):
    shares = np.bincount(labels) / len(labels)
    return float(-(shares[shares > 0] * np.log2(shares[shares > 0])).sum())


def _learning_sizes(splits, num_classes):
    """The splits of the first repeat, and the training set sizes of the learning curves."""
    first = [split for split in splits if split.repeat == 0]
    sizes = [round(share * min(len(split.train) for split in first)) for share in LEARNING_SHARES]
    return first, [size for size in sizes if size >= max(MIN_LEARNING_SIZE, 2 * num_classes)]


def num_followup_jobs(contenders, splits, num_classes):
    """Number of jobs of `robustness_and_learning_curves`.

    The best contender of each level has one job for corrupted samples, and one per split and
    training set size.
    """
    first, sizes = _learning_sizes(splits, num_classes)
    levels = {contender.level: contender for contender in contenders.values()}
    levels.pop("none", None)
    num_corrupted = sum(map(_can_corrupt, (one.modalities for one in levels.values())))
    return num_corrupted + len(levels) * len(first) * len(sizes)


def _can_corrupt(modalities):
    """Whether there are corruptions of any of these modalities."""
    return not CORRUPTIONS.keys().isdisjoint(modalities)


def robustness_and_learning_curves(session, result, splits):
    """The parts "robustness" and "learning_curves", for the best contender of each level.

    Args:
        session: `Session`.
        result: dict with "contenders", "best" and "data".
        splits: list of `Split`.

    Returns:
        `(robustness, learning_curves)`.
    """
    by_name = {row["name"]: row for row in result["contenders"]}
    names = [name for name in result["best"]["by_level"].values() if name]
    first, sizes = _learning_sizes(splits, len(result["data"]["class_names"]))
    learning_jobs = [
        Job("learning", split.number, name, size, by_name[name]["settings"][split.number])
        for split in first
        for size in sizes
        for name in names
    ]
    corruptible = [name for name in names if _can_corrupt(by_name[name]["modalities"])]
    robustness_results = session.do(
        [Job("robustness", 0, name, setting=by_name[name]["settings"][0]) for name in corruptible],
        len(learning_jobs),
    )
    learned = session.do(learning_jobs)
    corrupted = {name: robustness_results["robustness", 0, name, 0] for name in corruptible}
    robustness = {
        "split": 0,
        "num_samples": max(
            [result.get("num_samples", 0) for result in corrupted.values()], default=0
        ),
        "contenders": [name for name in corruptible if "curves" in corrupted[name]],
        "curves": [
            {"contender": name, **curve}
            for name in corruptible
            for curve in corrupted[name].get("curves", ())
        ],
        "missing": [
            {"contender": name, **curve}
            for name in corruptible
            for curve in corrupted[name].get("missing", ())
        ],
    }
    curves = [_learning_curve(by_name[name], sizes, first, learned) for name in names]
    return robustness, [curve for curve in curves if curve is not None]


def _learning_curve(row, sizes, splits, learned):
    """Accuracy against the number of training samples, or None if a training failed.

    The last point is the accuracy in the table.
    """
    scores = []
    for size in sizes:
        results = [learned["learning", split.number, row["name"], size] for split in splits]
        if any("accuracy" not in result for result in results):
            return None
        scores.append([result["accuracy"] for result in results])
    scores.append(row["metrics"]["accuracy"]["splits"][: len(splits)])
    full = round(float(np.mean([len(split.train) for split in splits])))
    curve = {
        "contender": row["name"],
        "sizes": [*sizes, full],
        "mean": [float(np.mean(accuracies)) for accuracies in scores],
        "low": [],
        "high": [],
        "splits": scores,
    }
    for size, accuracies in zip(curve["sizes"], scores):
        if len(splits) > 1:
            low, high = metrics.fold_interval(accuracies, test_train_ratio(splits) * full / size)
        else:
            num_test = len(splits[0].test)
            low, high = metrics.wilson_interval(round(accuracies[0] * num_test), num_test)
        curve["low"].append(max(0.0, low))
        curve["high"].append(min(1.0, high))
    return curve


def as_csv(result):
    """The table as CSV text, one line per contender."""
    names = [*statistics.METRICS, *statistics.FURTHER_METRICS, *statistics.SINGLE_LABEL_METRICS]
    tested = ("versus_best_unimodal", "versus_best")
    probabilities = ("better", "equal", "worse")  # than the best unimodal contender
    header = [
        "name",
        "level",
        "operator",
        "head",
        "library",
        *(f"{name}{suffix}" for name in names for suffix in ("", "_low", "_high")),
        *(f"p_{key}" for key in tested),
        *(f"probability_{name}" for name in probabilities),
        *statistics.COSTS,
        "failed",
    ]
    file = io.StringIO()
    table = csv.DictWriter(file, header, lineterminator="\n", extrasaction="ignore")
    table.writeheader()
    for row in result["contenders"]:
        line = {**row, **(row["cost"] or {})}
        for name, metric in (row["metrics"] or {}).items():
            low, high = metric["interval"] or (None, None)
            line |= {name: metric["mean"], f"{name}_low": low, f"{name}_high": high}
        for key in tested:
            if row[key]:
                line[f"p_{key}"] = verdicts.p_value(row[key])
        equivalence = (row["versus_best_unimodal"] or {}).get("equivalence") or {}
        line |= {f"probability_{name}": equivalence.get(name) for name in probabilities}
        table.writerow(line)
    return file.getvalue()
