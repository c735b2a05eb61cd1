"""Sections on cost, data leakage, protocol, and how to reproduce the comparison."""

import json
import shlex
from collections import Counter

from mm_keras.comparison.report import words
from mm_keras.comparison.report.images import image_of, text_of
from mm_keras.utils.formatting import format_duration, join_words
from mm_keras.utils.markup import table, tag, user_text

DUPLICATES = {
    "exact_texts": "identical text",
    "near_texts": "identical or near-identical text",
    "exact_images": "identical image",
    "near_images": "identical or near-identical image",
}


def cost(result, data):
    """CPU time, number of parameters, and peak memory of each contender."""
    groups = []
    for title, members in words.grouped(result):
        rows = [[tag("code", c["name"]), *_cost_cells(c["cost"])] for c in members if c["cost"]]
        groups += [(title, rows)] if rows else []
    if not groups:
        return "Cost", "no cost was measured"
    duration = format_duration(result["timings"]["seconds"], long=True)
    workers = result["timings"]["workers"]
    workers = "1 worker" if workers == 1 else f"{workers} workers"
    total = f"The whole comparison took {duration} with {workers}."
    caption = (
        "Means over the splits. Times are CPU seconds for extracting the features (once for all "
        "contenders that share them), tuning, fitting, and predicting one test fold. Memory is the "
        "peak during tuning, fitting and predicting, not counting libraries and features."
    )
    return "Cost", [
        tag("p", total),
        table(
            caption,
            [
                "contender",
                "features (s)",
                "tune (s)",
                "fit (s)",
                "predict (s)",
                "parameters",
                "memory (MB)",
            ],
            groups,
        ),
    ]


def _cost_cells(cost):
    digits = {
        "extract_seconds": 1,
        "tune_seconds": 1,
        "fit_seconds": 1,
        "predict_seconds": 2,
        "parameters": 0,
        "peak_memory_mb": 0,
    }
    return [words.format_number(cost.get(key), count) for key, count in digits.items()]


def leaks(result, data):
    """Duplicates across the folds, and the run with shuffled labels."""
    duplicates, permuted = result["leaks"], result["permutation_run"]
    elements = []
    if duplicates:
        elements += _duplicates(duplicates, data, result["protocol"]["own_split"])
    if permuted:
        elements += _shuffled_labels(permuted)
    return "Data leakage", elements or "this run did not search for duplicates across the folds"


def _duplicates(duplicates, data, own_split):
    rows = [
        [DUPLICATES.get(kind, kind), f"{pairs['num_pairs']:,}", f"{pairs['num_across']:,}"]
        for kind, pairs in duplicates["kinds"].items()
    ]
    across = "across the split" if own_split else "across folds"
    pairs = table(
        "Pairs of duplicate samples.", ["kind", "pairs", f"pairs {across}"], [(None, rows)]
    )
    shown, examples = [], []
    for kind, found in duplicates["kinds"].items():
        modality = kind.split("_")[1]
        new = [  # near-duplicates include exact duplicates, which were shown before
            example for example in found["examples"] if (modality, example["indices"]) not in shown
        ]
        shown += [(modality, example["indices"]) for example in new]
        if new:
            examples.append(_examples(kind, new, data, own_split))
    return [tag("p", words.nonbreaking(duplicates["sentence"])), pairs, *examples]


def _examples(kind, examples, data, own_split):
    """The first pairs of one kind, side by side."""
    pairs = []
    for example in examples[:2]:
        pair = []
        for index, name, fold in zip(example["indices"], example["ids"], example["folds"]):
            content = None
            if data is not None:
                content = (
                    image_of(data, index) if kind.endswith("images") else text_of(data, index, 120)
                )
            if own_split:
                subset = "test set" if fold >= 0 else "training set"
            else:
                subset = f"fold {fold + 1}"
            origin = tag("span", user_text(name), f", {subset}", class_="muted")
            pair.append(tag("div", origin, content, class_="card"))
        pairs.append(tag("div", pair, class_="pair"))
    return [tag("p", f"Examples ({DUPLICATES.get(kind, kind)}):"), pairs]


def _shuffled_labels(permuted):
    rows = [
        [
            tag("code", c["name"]),
            words.format_number(c["accuracy"]["mean"]),
            words.format_interval(c["accuracy"]["interval"]),
            "at chance" if c["ok"] else tag("strong", "above chance"),
        ]
        for c in permuted["contenders"]
    ]
    return [
        tag("h3", "With shuffled labels"),
        tag("p", permuted["sentence"]),
        table(
            f"Accuracy with shuffled labels (chance: {words.format_number(permuted['chance'])}).",
            ["contender", "accuracy", "95% interval", "finding"],
            [(None, rows)],
        ),
    ]


def protocol(result, data):
    """The protocol, a description of each contender, and the settings tried and chosen."""
    facts = result["protocol"]
    sizes = (
        f"Training sets have {words.format_range(facts['train_sizes'])} samples, "
        f"test sets {words.format_range(facts['test_sizes'])}."
    )
    rows = [_contender_row(c) for _, members in words.grouped(result) for c in members]
    return "Protocol", [
        tag("p", words.nonbreaking(facts["sentence"])),
        tag("p", sizes),
        table(
            "The contenders, the settings tried for each, and how many splits chose each value.",
            ["contender", "description", "tried", "chosen"],
            [(None, rows)],
            class_="prose",
        ),
    ]


def _contender_row(contender):
    chosen = _chosen([_flat(setting) for setting in contender["settings"] or []]) or words.NONE
    name = [tag("code", contender["name"]), tag("span", contender["library"], class_="small")]
    tried = _tried(contender["param_candidates"])
    return [name, user_text(contender["description"]), tried, contender["failed"] or chosen]


def _flat(setting, prefix=""):
    """Flatten a nested setting: {"text": {"rate_factor": 1.0}} -> {"text rate factor": 1.0}."""
    flat = {}
    for name, value in setting.items():
        name = f"{prefix}{name.replace('_', ' ')}"
        flat |= _flat(value, f"{name} ") if isinstance(value, dict) else {name: value}
    return flat


def _chosen(settings):
    """How often each value of each parameter was chosen, or the range of many numeric values."""
    descriptions = []
    for name in dict.fromkeys(name for setting in settings for name in setting):
        values = Counter(setting[name] for setting in settings if name in setting)
        if len(values) > 3 and all(isinstance(value, (int, float)) for value in values):
            descriptions.append(f"{name} = {_plain(min(values))} to {_plain(max(values))}")
        else:
            descriptions.append(
                f"{name} = "
                + ", ".join(f"{_plain(value)} ({count}×)" for value, count in values.most_common())
            )
    return "; ".join(descriptions)


def _tried(settings):
    """The settings in one line, e.g. "C = 0.1, 1, 10" if there is only one parameter."""
    names = {name for setting in settings for name in setting}
    if len(names) == 1:
        name = names.pop()
        values = ", ".join(_plain(setting[name]) for setting in settings if setting)
        return f"{name.replace('_', ' ')} = {values}"
    return "; ".join(_setting(setting) for setting in settings if setting) or "no settings"


def _setting(setting):
    return ", ".join(f"{name} = {_plain(value)}" for name, value in _flat(setting).items())


def _plain(value):
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def repeat(result, data):
    """The command and the manifest, with which the same results can be obtained again."""
    manifest, info = result["manifest"], result["data"]["info"]
    rows = [
        ["data", user_text(result["data"]["source"] or result["data"]["name"])],
        ["SHA-256 of the data", tag("code", manifest["data_sha256"])],
        ["seed", manifest["seed"]],
        ["platform", manifest["platform"]],
        ["date", manifest["created"]],
        [
            "versions",
            join_words(f"{name} {version}" for name, version in manifest["versions"].items()),
        ],
        ["options", tag("code", json.dumps(manifest["options"], ensure_ascii=False))],
    ]
    rows += [[name, user_text(info[name])] for name in ("license", "citation") if info.get(name)]
    start = [tag("p", "The comparison was started from Python with the options listed below.")]
    if manifest["command"]:
        start = [tag("p", "Command:"), tag("pre", shlex.join(manifest["command"]))]
    rerun = [
        tag(
            "p",
            "To repeat the comparison on the same folds with the same seeds, and check that the "
            "results are identical bit for bit:",
        ),
        tag("pre", "python -m mm_keras compare --rerun results.json"),
    ]
    return "How to reproduce this comparison", [
        start,
        rerun,
        table(
            "The manifest. results.json also holds the fold of every sample.",
            ["item", "value"],
            [(None, rows)],
            class_="prose",
        ),
    ]
