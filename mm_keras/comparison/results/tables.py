"""The parts of a comparison's result, made from what the jobs returned."""

import csv
import io

import numpy as np

from mm_keras.comparison.engine.jobs import Job
from mm_keras.comparison.results import statistics, verdicts
from mm_keras.comparison.results.statistics import Predictions, test_train_ratio
from mm_keras.evaluation import metrics

LEARNING_SHARES, FEWEST = (0.1, 0.2, 0.4, 0.7), 20
EMPTY = dict.fromkeys(
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
    """dict: "contenders", "best", "verdicts" and "shapley_attribution" of the result."""
    rows, predictions = [], {}
    for name, contender in contenders.items():
        mine = [trials["trial", split.number, name, 0] for split in splits]
        row = {"name": name, **contender.describe(), "failed": _reason(mine), **EMPTY}
        if row["failed"] is None:
            predictions[name] = Predictions(data, splits, mine)
            row.update(statistics.summarize(predictions[name], mine, splits, data))
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


def _reason(trials):
    """Why a contender has no result, or None; one that failed on some splits cannot be compared on all."""
    reasons = [trial["failed"] for trial in trials if "failed" in trial]
    if not reasons:
        return None
    return (
        reasons[0]
        if len(reasons) == len(trials)
        else f"it failed on {len(reasons)} of {len(trials)} splits: {reasons[0]}"
    )


def _add_tests(rows, best, predictions, splits):
    majority = next(
        (row["name"] for row in rows if row["level"] == "none" and row["failed"] is None), None
    )
    for key, other in (
        ("versus_best_unimodal", best["unimodal"]),
        ("versus_best", best["overall"]),
        ("versus_majority", majority),
    ):
        tests = statistics.versus(list(predictions), other, predictions, splits) if other else {}
        for row in rows:
            row[key] = tests.get(row["name"])


def _entropy_bits(labels):
    shares = np.bincount(labels) / len(labels)
    return float(-(shares[shares > 0] * np.log2(shares[shares > 0])).sum())


def _learning_sizes(splits, num_classes):
    """The splits of the first repeat, and how many of their training samples the learning curves are made with."""
    first = [split for split in splits if split.repeat == 0]
    sizes = [round(share * min(len(split.train) for split in first)) for share in LEARNING_SHARES]
    return first, [size for size in sizes if size >= max(FEWEST, 2 * num_classes)]


def num_followup_jobs(contenders, splits, num_classes):
    """How many jobs `robustness_and_learning_curves` will have: one level's best contender each, for corrupted samples and at each size."""
    first, sizes = _learning_sizes(splits, num_classes)
    return len({one.level for one in contenders.values()} - {"none"}) * (
        1 + len(first) * len(sizes)
    )


def robustness_and_learning_curves(run, result, splits):
    """`(robustness, learning_curves)` of the result, for the best contender of each level."""
    by_name = {row["name"]: row for row in result["contenders"]}
    names = [name for name in result["best"]["by_level"].values() if name]
    first, sizes = _learning_sizes(splits, len(result["data"]["class_names"]))
    learning = [
        Job("learning", split.number, name, size, by_name[name]["settings"][split.number])
        for split in first
        for size in sizes
        for name in names
    ]
    corrupted = run.do(
        [Job("robustness", 0, name, setting=by_name[name]["settings"][0]) for name in names],
        len(learning),
    )
    done = run.do(learning)
    found = {name: corrupted["robustness", 0, name, 0] for name in names}
    robustness = {
        "split": 0,
        "num_samples": max([one.get("num_samples", 0) for one in found.values()], default=0),
        "contenders": [name for name in names if "curves" in found[name]],
        "curves": [
            {"contender": name, **curve}
            for name in names
            for curve in found[name].get("curves", ())
        ],
    }
    return robustness, [
        curve
        for name in names
        for curve in [_learning_curve(by_name[name], sizes, first, done)]
        if curve
    ]


def _learning_curve(row, sizes, splits, done):
    """Accuracy over the number of training samples; the last point is the table's own. None where a training failed."""
    results = [
        [done["learning", split.number, row["name"], size] for split in splits] for size in sizes
    ]
    if any("accuracy" not in one for some in results for one in some):
        return None
    values = [[one["accuracy"] for one in some] for some in results] + [
        row["metrics"]["accuracy"]["splits"][: len(splits)]
    ]
    full = round(float(np.mean([len(split.train) for split in splits])))
    curve = {
        "contender": row["name"],
        "sizes": [*sizes, full],
        "mean": [float(np.mean(some)) for some in values],
        "low": [],
        "high": [],
        "splits": values,
    }
    for size, some in zip(curve["sizes"], values):
        if len(splits) > 1:
            low, high = metrics.fold_interval(some, test_train_ratio(splits) * full / size)
        else:
            num_test = len(splits[0].test)
            low, high = metrics.wilson_interval(round(some[0] * num_test), num_test)
        curve["low"].append(max(0.0, low))
        curve["high"].append(min(1.0, high))
    return curve


def as_csv(result):
    """The table as CSV text, one line per contender."""
    measures = list(statistics.METRICS)
    tested = ("versus_best_unimodal", "versus_best")
    head = [
        "name",
        "level",
        "operator",
        "head",
        "library",
        *(f"{name}{part}" for name in measures for part in ("", "_low", "_high")),
        *(f"{test}{key}" for key in tested for test in ("p_", "mcnemar_p_")),
        *statistics.COSTS,
        "failed",
    ]
    file = io.StringIO()
    table = csv.DictWriter(file, head, lineterminator="\n", extrasaction="ignore")
    table.writeheader()
    for row in result["contenders"]:
        line = {**row, **(row["cost"] or {})}
        for name, metric in (row["metrics"] or {}).items():
            line |= {
                name: metric["mean"],
                f"{name}_low": metric["interval"][0],
                f"{name}_high": metric["interval"][1],
            }
        for key in tested:
            tests = row[key] or {"accuracy": {}, "mcnemar": {}}
            line |= {
                f"p_{key}": tests["accuracy"].get("p_holm"),
                f"mcnemar_p_{key}": tests["mcnemar"].get("p_holm"),
            }
        table.writerow(line)
    return file.getvalue()
