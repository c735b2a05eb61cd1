"""Checks of a result that warn: what looks too good, and what was not tried far enough."""

from collections import Counter
from numbers import Real

import numpy as np

from mm_keras.evaluation.modality_use import giveaway_columns, giveaway_words
from mm_keras.utils.formatting import join_words
from mm_keras.utils.messages import some_of

GAP = 0.15  # of the accuracy on training and test samples


def result_checks(result, data):
    """The part "checks" of a result: list of dict, "check" (its name) and "sentence".

    Args:
        result: dict with "contenders", "best" and "data".
        data: the MultimodalData that was compared.
    """
    return [
        {"check": name, "sentence": sentence}
        for name, check in CHECKS.items()
        for sentence in check(result, data)
    ]


def _giveaways(result, data):
    """A single word, or a single column of numbers, that reveals a class."""
    if data.is_multi_label:
        return []
    sentences = []
    for modality in data.modalities:
        noun, found = _find_giveaways(modality, data)
        names = {}
        for row in found:
            names.setdefault(row["class"], []).append(row["name"])
        for label, words in names.items():
            count = next(row["num_samples"] for row in found if row["class"] == label)
            sentences.append(
                f"A single {noun} of the {modality} ({some_of(words, 3)}) tells "
                f"{data.class_names[label]} from all other classes, in all {count:,} samples. If "
                "new samples may lack it, remove it and compare again; if not, no fusion is needed "
                "for this class."
            )
    return sentences


def _find_giveaways(modality, data):
    """What was looked at, in the singular, and the giveaways of one modality."""
    samples = data[modality]
    if any(isinstance(sample, str) for sample in samples) and modality == "text":
        return "word", giveaway_words(samples, data.labels)
    try:
        rows = np.array([sample for sample in samples], dtype=np.float64)
    except (TypeError, ValueError):  # not numbers
        return "column", []
    return "column", giveaway_columns(rows, data.labels) if rows.ndim == 2 else []


def _perfect_modalities(result, data):
    """One modality with which every test sample is predicted correctly."""
    perfect = {}
    for row in result["contenders"]:
        if row["failed"] is None and len(row["modalities"]) == 1 and _accuracy(row) == 1:
            perfect.setdefault(row["modalities"][0], []).append(row["name"])
    return [
        f"With the {modality} alone, every test sample is predicted correctly "
        f"({join_words(names)}): fusion cannot be more accurate on this data. Check that the "
        f"{modality} does not contain the label; if it does not, compare on a harder task."
        for modality, names in perfect.items()
    ]


def _train_test_gaps(result, data):
    """The best contenders, if they are much better on their training samples."""
    names = {result["best"][key] for key in ("unimodal", "fused")}
    sentences = []
    for row in result["contenders"]:
        train = row.get("train_accuracy")
        if row["name"] not in names or train is None:
            continue
        test = row["metrics"]["accuracy"]["splits"][0]  # of the same split
        if train - test > GAP:
            sentences.append(
                f"{row['name']} predicts {100 * train:.0f}% of its training samples correctly, but "
                f"{100 * test:.0f}% of the test samples (first split): it has memorized part of "
                "them. Try more samples, fewer features or stronger regularization."
            )
    return sentences


def _settings_at_the_edge(result, data):
    """Numbers of which the largest or smallest one that was tried is chosen on most splits."""
    at_edge = {}
    for row in result["contenders"]:
        if row["failed"] is not None:
            continue
        for key in row["param_candidates"][0]:
            values = [setting[key] for setting in row["param_candidates"] if key in setting]
            tried = sorted(set(values)) if all(map(_is_number, values)) else []
            if len(tried) < 3:
                continue
            chosen = Counter(setting.get(key) for setting in row["settings"])
            value, count = chosen.most_common(1)[0]
            if value in (tried[0], tried[-1]) and 2 * count > len(row["settings"]):
                at_edge.setdefault((key, value, tuple(tried)), []).append(row["name"])
    sentences = []
    start = "On most splits, the" if result["protocol"]["num_splits"] > 1 else "The"
    for (key, value, tried), names in at_edge.items():
        side, other = ("largest", "larger") if value == tried[-1] else ("smallest", "smaller")
        sentences.append(
            f"{start} {side} {key} that was tried ({value:g}; tried: "
            f"{', '.join(f'{one:g}' for one in tried)}) is chosen for {join_words(names)}: a "
            f"{other} one may be better still. In Python, pass the contender with other "
            "param_candidates."
        )
    return sentences


def _accuracy(row):
    return row["metrics"]["accuracy"]["mean"]


def _is_number(value):
    return isinstance(value, Real) and not isinstance(value, bool)


CHECKS = {
    "giveaways": _giveaways,
    "perfect modality": _perfect_modalities,
    "train-test gap": _train_test_gaps,
    "edge of the settings": _settings_at_the_edge,
}
