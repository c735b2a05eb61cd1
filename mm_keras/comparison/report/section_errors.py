"""Sections on samples of the data, confused classes, and the most confident errors."""

import numpy as np

from mm_keras.comparison.report import figures, words
from mm_keras.comparison.report.images import card, cards
from mm_keras.datasets.display import label_of
from mm_keras.plots import confusion_matrix
from mm_keras.utils.formatting import join_words
from mm_keras.utils.markup import figure, table, tag, user_text

NUM_SAMPLES = 8
NUM_MISTAKES = 8
# Numbers of classes: the largest matrix that is drawn, and the largest two that fit side by side.
MAX_CLASSES, MAX_CLASSES_SIDE_BY_SIDE = 30, 10


def samples(result, data):
    """A few samples, drawn at random with a fixed seed, from as many classes as possible."""
    title = "The data"
    facts = result["data"]
    missing = [
        f"{count:,} {'has' if count == 1 else 'have'} no {name}"
        for name, count in facts["missing"].items()
        if count
    ]
    counts = [tag("p", _counts(facts["class_names"], facts["class_counts"]))]
    if missing:
        counts.append(tag("p", f"Of {facts['num_samples']:,} samples, {join_words(missing)}."))
    if data is None:
        reason = "No samples are shown because the report was written without the data."
        return title, [*counts, tag("p", reason, class_="skipped")]
    sample_cards = [
        card(data, index, user_text(label_of(data, index), "strong"))
        for index in _one_of_each(data)
    ]
    return title, [
        tag("p", "Look at a few samples before you trust any score."),
        cards(sample_cards),
        *counts,
    ]


def _counts(names, counts):
    """Number of samples of each class; for many classes, only the smallest and the largest."""
    if len(names) <= 12:
        pairs = enumerate(zip(names, counts))
        return [
            "Samples of each class: ",
            [[", " if i else "", user_text(name), f" ({count:,})"] for i, (name, count) in pairs],
            ".",
        ]
    low, high = int(np.argmin(counts)), int(np.argmax(counts))
    return [
        f"Samples of each class: from {counts[low]:,} (",
        user_text(names[low]),
        f") to {counts[high]:,} (",
        user_text(names[high]),
        ").",
    ]


def _one_of_each(data):
    """Positions of a few random samples, with every class once before any class comes twice."""
    order = np.random.default_rng(0).permutation(len(data))
    if data.labels is None or data.is_multi_label:
        return sorted(order[:NUM_SAMPLES].tolist())
    counts, rounds = {}, []  # a sample's round: the number of its class's samples before it
    for index in order:
        label = int(data.labels[index])
        rounds.append(counts.get(label, 0))
        counts[label] = rounds[-1] + 1
    chosen = order[np.argsort(rounds, kind="stable")[:NUM_SAMPLES]]
    return sorted(chosen.tolist(), key=lambda index: (data.labels[index], index))


def confusions(result, data):
    """Confusion matrices, F1 of each class, and the most frequent confusions."""
    title, pair = "Which classes are confused?", words.best_contenders(result)
    if not pair:
        return title, "there is no contender to show"
    class_names = result["data"]["class_names"]
    with_matrix = [c for c in pair if c["confusion"]]
    matrices = None
    if with_matrix and len(class_names) <= MAX_CLASSES:
        matrices = _matrices(with_matrix, class_names)
    confused = tag("div", [_most_confused(c, class_names) for c in with_matrix])
    return title, [matrices, tag("div", [_per_class(pair, class_names), confused], class_="side")]


def _matrices(pair, class_names):
    plots = []
    for contender in pair:
        image = figures.as_image(
            confusion_matrix(contender["confusion"], class_names),
            f"confusion matrix of {contender['name']}; the frequent confusions are listed below",
            f"confusion-{words.group_of(contender)}",
        )
        plots.append(
            figure(
                image,
                [
                    user_text(contender["name"], "strong"),
                    ": true classes (rows) by predicted classes (columns) of the samples while "
                    "they were in a test set. A dark diagonal is good.",
                ],
            )
        )
    return tag(
        "div",
        plots,
        class_="plots wide" if len(class_names) > MAX_CLASSES_SIDE_BY_SIDE else "plots",
    )


def _most_confused(contender, class_names):
    counts = np.array(contender["confusion"])
    np.fill_diagonal(counts, 0)
    pairs = np.dstack(
        np.unravel_index(np.argsort(-counts, axis=None, kind="stable")[:6], counts.shape)
    )[0]
    rows = [
        [user_text(class_names[i]), user_text(class_names[j]), f"{counts[i, j]:,}"]
        for i, j in pairs
        if counts[i, j]
    ]
    if not rows:
        return tag("p", f"{contender['name']} makes no errors.")
    return table(
        ["Most frequent confusions of ", user_text(contender["name"]), "."],
        ["true", "predicted", "samples"],
        [(None, rows)],
    )


def _per_class(pair, class_names):
    pair = [c for c in pair if c["per_class"]]
    rows = []
    for name in class_names:
        scores = [c["per_class"].get(name) or {} for c in pair]
        rows.append(
            [
                user_text(name),
                f"{(scores[0].get('support') or 0):,}" if scores else words.NONE,
                *(words.with_interval(one.get("f1"), one.get("f1_interval")) for one in scores),
            ]
        )
    return table(
        "F1 of each class, with 95% intervals. Precision and recall of all contenders are in "
        "classes.csv.",
        ["class", "samples", *[user_text(c["name"]) for c in pair]],
        [(None, rows)],
    )


def mistakes(result, data):
    """The most confident errors of the best fused and of the best unimodal contender."""
    title = "Most confident errors"
    pair = [c for c in reversed(words.best_contenders(result)) if c["mistakes"]]
    if data is None:
        return title, "the report was written without the data"
    if not pair:
        if result["data"]["multi_label"]:
            return title, "samples with several labels have no single correct class"
        return title, "no errors were stored"
    parts = [
        tag(
            "p",
            "Predictions that are wrong although the model was confident. They can reveal wrong "
            "labels, ambiguous samples, and weaknesses of a model.",
        )
    ]
    for contender in pair:
        error_cards = [
            _error_card(data, mistake) for mistake in contender["mistakes"][:NUM_MISTAKES]
        ]
        parts += [
            tag("h3", contender["title"], " (", tag("code", contender["name"]), ")"),
            cards(error_cards),
        ]
    return title, parts


def _error_card(data, mistake):
    predicted = [
        user_text(mistake["predicted"], "strong"),
        f" ({100 * mistake['confidence']:.0f}%)",
    ]
    true = tag("p", "true: ", user_text(mistake["true"], "strong"))
    return card(data, mistake["index"], true, tag("p", "predicted: ", predicted))
