"""How it was done: cost, leaks, protocol, and how to repeat it."""

import json
import shlex
from collections import Counter

from mm_keras.comparison.report import words
from mm_keras.comparison.report.images import image_of, text_of
from mm_keras.comparison.report.markup import from_user, table, tag
from mm_keras.utils.formatting import format_duration, join_words

COPIES = {
    "exact_texts": "same text",
    "near_texts": "same text, or nearly",
    "exact_images": "same image",
    "near_images": "same image, or nearly",
}


def cost(result, data):
    """Seconds, parameters and memory of each contender."""
    groups = []
    for title, members in words.grouped(result):
        rows = [[tag("code", c["name"]), *_cost_cells(c["cost"])] for c in members if c["cost"]]
        groups += [(title, rows)] if rows else []
    if not groups:
        return "Cost", "nothing was measured."
    seconds, workers = result["timings"]["seconds"], result["timings"]["workers"]
    total = f"The whole comparison took {format_duration(seconds, long=True)} with {workers} worker{'s' * (workers != 1)}."
    caption = (
        "Means over the splits, in CPU seconds: to extract the features (once for all contenders with the same ones), "
        "to tune, to fit, to predict one test fold. Then how many numbers are learned, and how much memory tuning, fitting "
        "and predicting took at most, beyond the libraries and the features."
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
    return [words.number(cost.get(key), count) for key, count in digits.items()]


def leaks(result, data):
    """Copies across the folds, and the run with shuffled labels."""
    found, permuted = result["leaks"], result["permutation_run"]
    own_split = result["protocol"]["own_split"]
    parts = [
        *(_copies(found, data, own_split) if found else []),
        *(_shuffled_labels(permuted) if permuted else []),
    ]
    return "Leaks", parts or "copies across the folds were not looked for in this run."


def _copies(found, data, own_split):
    rows = [
        [COPIES.get(kind, kind), f"{pairs['num_pairs']:,}", f"{pairs['num_across']:,}"]
        for kind, pairs in found["kinds"].items()
    ]
    apart = "across the split" if own_split else "across folds"
    pairs = table(
        "Pairs of samples that are copies of each other.", ["kind", "pairs", apart], [(None, rows)]
    )
    shown, examples = [], []
    for kind, copies in found["kinds"].items():  # the near ones include the exact ones
        others = [
            example
            for example in copies["examples"]
            if (kind.split("_")[1], example["indices"]) not in shown
        ]
        shown += [(kind.split("_")[1], example["indices"]) for example in others]
        examples += [_examples(kind, others, data, own_split)] if others else []
    return [tag("p", words.unbroken(found["sentence"])), pairs, *examples]


def _examples(kind, examples, data, own_split):
    """The first pairs of one kind, side by side."""
    shown = []
    for example in examples[:2]:
        halves = []
        for index, name, fold in zip(example["indices"], example["ids"], example["folds"]):
            content = None
            if data is not None:
                content = (
                    image_of(data, index) if kind.endswith("images") else text_of(data, index, 120)
                )
            place = (
                f"fold {fold + 1}" if not own_split else "test set" if fold >= 0 else "training set"
            )
            about = tag("span", from_user(name), f", {place}", class_="muted")
            halves.append(tag("div", about, content, class_="card"))
        shown.append(tag("div", halves, class_="pair"))
    return [tag("p", f"For example, {COPIES.get(kind, kind)}:"), shown]


def _shuffled_labels(permuted):
    rows = [
        [
            tag("code", c["name"]),
            words.number(c["accuracy"]["mean"]),
            words.interval(c["accuracy"]["interval"]),
            "at chance" if c["ok"] else tag("strong", "above chance"),
        ]
        for c in permuted["contenders"]
    ]
    return [
        tag("h3", "With shuffled labels"),
        tag("p", permuted["sentence"]),
        table(
            f"Accuracy when the labels mean nothing (chance: {words.number(permuted['chance'])}).",
            ["contender", "accuracy", "95 % interval", "finding"],
            [(None, rows)],
        ),
    ]


def protocol(result, data):
    """The protocol in words, what each contender is, and which settings were chosen."""
    facts = result["protocol"]
    sizes = f"Training sets hold {_span(facts['train_sizes'])} samples, test sets {_span(facts['test_sizes'])}."
    rows = [_contender_row(c) for _, members in words.grouped(result) for c in members]
    return "Protocol", [
        tag("p", words.unbroken(facts["sentence"])),
        tag("p", sizes),
        table(
            "What was compared; which settings were tried, and which were chosen in how many splits.",
            ["contender", "what it is", "tried", "chosen"],
            [(None, rows)],
            class_="prose",
        ),
    ]


def _contender_row(contender):
    often = _chosen([_flat(setting) for setting in contender["settings"] or []]) or words.NONE
    about = [tag("code", contender["name"]), tag("span", contender["library"], class_="small")]
    tried = _tried(contender["param_candidates"])
    return [about, from_user(contender["description"]), tried, contender["failed"] or often]


def _flat(setting, before=""):
    """One level of names in words: {"text": {"rate_factor": 1.0}} -> {"text rate factor": 1.0}."""
    flat = {}
    for name, value in setting.items():
        name = f"{before}{name.replace('_', ' ')}"
        flat |= _flat(value, f"{name} ") if isinstance(value, dict) else {name: value}
    return flat


def _chosen(settings):
    """How often each value was chosen, or from where to where the values lie when they are many."""
    told = []
    for name in dict.fromkeys(name for setting in settings for name in setting):
        values = Counter(setting[name] for setting in settings if name in setting)
        if len(values) > 3 and all(isinstance(value, (int, float)) for value in values):
            told.append(f"{name} = {_plain(min(values))} to {_plain(max(values))}")
        else:
            told.append(
                f"{name} = "
                + ", ".join(f"{_plain(value)} ({count}×)" for value, count in values.most_common())
            )
    return "; ".join(told)


def _tried(settings):
    """The settings in one line: "C = 0.1, 1, 10" where only one thing changes."""
    names = {name for setting in settings for name in setting}
    if len(names) == 1:
        name = names.pop()
        return f"{name.replace('_', ' ')} = {', '.join(_plain(setting[name]) for setting in settings if setting)}"
    return "; ".join(_setting(setting) for setting in settings if setting) or "nothing to choose"


def _setting(setting):
    return ", ".join(f"{name} = {_plain(value)}" for name, value in _flat(setting).items())


def _plain(value):
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _span(sizes):
    low, high = min(sizes), max(sizes)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def repeat(result, data):
    """What is needed to get the same numbers again."""
    manifest, info = result["manifest"], result["data"]["info"]
    rows = [
        ["data", from_user(result["data"]["source"] or result["data"]["name"])],
        ["SHA-256 of the data", tag("code", manifest["data_sha256"])],
        ["seed", manifest["seed"]],
        ["platform", manifest["platform"]],
        ["run on", manifest["created"]],
        [
            "versions",
            join_words(f"{name} {version}" for name, version in manifest["versions"].items()),
        ],
        ["options", tag("code", json.dumps(manifest["options"], ensure_ascii=False))],
    ]
    rows += [
        [name, from_user(info[name])]
        for name in ("license", "license", "citation")
        if info.get(name)
    ]
    steps = [tag("p", "It was started from Python, with the options below.")]
    if manifest["command"]:
        steps = [tag("p", "The command:"), tag("pre", shlex.join(manifest["command"]))]
    again = [
        tag(
            "p",
            "To repeat it on the same folds with the same seeds, and compare the numbers bit for bit:",
        ),
        tag("pre", "python -m mm_keras compare --rerun results.json"),
    ]
    return "How to repeat it", [
        steps,
        again,
        table(
            "The manifest. The fold of every sample is in results.json.",
            ["what", "value"],
            [(None, rows)],
            class_="prose",
        ),
    ]
