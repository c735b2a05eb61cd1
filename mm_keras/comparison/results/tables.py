"""The parts of a comparison's result, made from what the jobs returned."""

import csv
import io

import numpy as np

from mm_keras.comparison.engine.jobs import Job
from mm_keras.comparison.results import statistics, verdicts
from mm_keras.comparison.results.statistics import Predictions, test_train_ratio
from mm_keras.comparison.splits import INNER_SHARE
from mm_keras.evaluation import metrics

LEARNING_SHARES, FEWEST = (0.1, 0.2, 0.4, 0.7), 20
EMPTY = dict.fromkeys(("metrics", "ece_null", "settings", "cost", "confusion", "per_class", "reliability", "mistakes",
                       "versus_best_unimodal", "versus_best", "versus_majority", "modality_use"))


def protocol_of(splits, options, contenders):
    """How it was measured, for people ("sentence") and as values."""
    own = options["use_split"]
    num_folds = 1 if own else options["folds"]
    grouped = options["group"] or options["group_duplicates"]
    scheme = "own split" if own else "group k-fold" if grouped else "stratified k-fold"
    return {"sentence": _sentence(options, splits, contenders), "scheme": scheme, "folds": num_folds, "repeats": options["repeats"],
            "num_splits": len(splits), "group": options["group"], "group_duplicates": options["group_duplicates"], "use_split": own,
            "seed": options["seed"], "num_settings": options["num_settings"], "quick": options["quick"],
            "inner_share": None if splits[0].own_inner else INNER_SHARE,
            "test_sizes": [len(split.test) for split in splits], "train_sizes": [len(split.train) for split in splits],
            "metric": "accuracy"}


def _sentence(options, splits, contenders):
    kept = [f"samples with the same {options['group']}"] * bool(options["group"])
    kept += ["copies and near-copies"] * options["group_duplicates"]
    if options["use_split"]:
        start = f"The data's own split: {len(splits[0].train):,} samples to train on, {len(splits[0].test):,} to test with"
    else:
        times = f", {options['repeats']} times with other folds" if options["repeats"] > 1 else ""
        start = f"{options['folds']}-fold cross-validation, stratified by class{times}"
    where = "together in the inner validation split" if options["use_split"] else "in one fold"
    together = f"; {' and '.join(kept)} were kept {where}" if kept else ""
    m = options["num_settings"]
    chosen_on, fitted_on = (f"one inner validation split ({100 * INNER_SHARE:.0f} % of the training samples, the same for all)",
                            "all training samples")
    if splits[0].own_inner:
        chosen_on, fitted_on = (f"the data's own {len(splits[0].inner[1]):,} validation samples (which are among the training samples)",
                                "all training samples, these included")
    others = ", ".join(f"{name} {len(one.settings)}" for name, one in contenders.items()
                       if one.level != "none" and len(one.settings) != m)
    others = f" (with another number of settings: {others})" * bool(others)
    tuning = (f"For each contender the best of {m} settings{others} was chosen on {chosen_on}" if m > 1 else
              f"Each contender has its usual setting{others}; the number of epochs was chosen on {chosen_on}")
    return (f"{start}{together}; the same samples and the same features for all contenders. Everything that is learned, the vocabulary "
            f"and the scales included, is learned from the training samples only. {tuning}, and then fitted on {fitted_on}.")


def tables(trials, contenders, data, splits):
    """dict: "contenders", "best", "verdicts" and "split_of_score" of the result."""
    rows, predictions = [], {}
    for name, contender in contenders.items():
        mine = [trials["trial", split.number, name, 0] for split in splits]
        row = {"name": name, **contender.describe(), "failed": _reason(mine), **EMPTY}
        if row["failed"] is None:
            predictions[name] = Predictions(data, splits, mine)
            row.update(statistics.summarise(predictions[name], mine, splits, data))
        rows.append(row)
    best = verdicts.find_best(rows)
    _add_tests(rows, best, predictions, splits)
    entropy = None if data.is_multi_label else _entropy_bits(data.labels)
    return {"contenders": rows, "best": best, "verdicts": verdicts.sentences(rows, best, data.info.get("truth")),
            "split_of_score": verdicts.split_of_score(rows, best, data.modalities, entropy)}


def _reason(trials):
    """Why a contender has no result, or None; one that failed on some splits cannot be compared on all."""
    reasons = [trial["failed"] for trial in trials if "failed" in trial]
    if not reasons:
        return None
    return reasons[0] if len(reasons) == len(trials) else f"it failed on {len(reasons)} of {len(trials)} splits: {reasons[0]}"


def _add_tests(rows, best, predictions, splits):
    majority = next((row["name"] for row in rows if row["level"] == "none" and row["failed"] is None), None)
    for key, other in (("versus_best_unimodal", best["unimodal"]), ("versus_best", best["overall"]), ("versus_majority", majority)):
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


def num_closer_looks(contenders, splits, num_classes):
    """How many jobs `closer_look` will have: one level's best contender each, for spoilt samples and at each size."""
    first, sizes = _learning_sizes(splits, num_classes)
    return len({one.level for one in contenders.values()} - {"none"}) * (1 + len(first) * len(sizes))


def closer_look(run, result, splits):
    """`(robustness, learning_curves)` of the result, for the best contender of each level."""
    by_name = {row["name"]: row for row in result["contenders"]}
    names = [name for name in result["best"]["by_level"].values() if name]
    first, sizes = _learning_sizes(splits, len(result["data"]["class_names"]))
    learning = [Job("learning", split.number, name, size, by_name[name]["settings"][split.number])
                for split in first for size in sizes for name in names]
    spoilt = run.do([Job("robustness", 0, name, setting=by_name[name]["settings"][0]) for name in names], len(learning))
    done = run.do(learning)
    found = {name: spoilt["robustness", 0, name, 0] for name in names}
    robustness = {"split": 0, "num_samples": max([one.get("num_samples", 0) for one in found.values()], default=0),
                  "contenders": [name for name in names if "curves" in found[name]],
                  "curves": [{"contender": name, **curve} for name in names for curve in found[name].get("curves", ())]}
    return robustness, [curve for name in names for curve in [_learning_curve(by_name[name], sizes, first, done)] if curve]


def _learning_curve(row, sizes, splits, done):
    """Accuracy over the number of training samples; the last point is the table's own. None where a training failed."""
    results = [[done["learning", split.number, row["name"], size] for split in splits] for size in sizes]
    if any("accuracy" not in one for some in results for one in some):
        return None
    values = [[one["accuracy"] for one in some] for some in results] + [row["metrics"]["accuracy"]["splits"][:len(splits)]]
    full = round(float(np.mean([len(split.train) for split in splits])))
    curve = {"contender": row["name"], "sizes": [*sizes, full], "mean": [float(np.mean(some)) for some in values],
             "low": [], "high": [], "splits": values}
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
    head = ["name", "level", "operator", "head", "library", *(f"{name}{part}" for name in measures for part in ("", "_low", "_high")),
            *(f"{test}{key}" for key in tested for test in ("p_", "mcnemar_p_")), *statistics.COSTS, "failed"]
    file = io.StringIO()
    table = csv.DictWriter(file, head, lineterminator="\n", extrasaction="ignore")
    table.writeheader()
    for row in result["contenders"]:
        line = {**row, **(row["cost"] or {})}
        for name, metric in (row["metrics"] or {}).items():
            line |= {name: metric["mean"], f"{name}_low": metric["interval"][0], f"{name}_high": metric["interval"][1]}
        for key in tested:
            tests = row[key] or {"accuracy": {}, "mcnemar": {}}
            line |= {f"p_{key}": tests["accuracy"].get("p_holm"), f"mcnemar_p_{key}": tests["mcnemar"].get("p_holm")}
        table.writerow(line)
    return file.getvalue()
