"""What goes wrong, and on what: samples of the data, confused classes, the surest mistakes."""

import numpy as np

from mm_keras.comparison.report import figures, words
from mm_keras.comparison.report.images import card, cards, label_of
from mm_keras.comparison.report.markup import figure, from_user, table, tag
from mm_keras.plots import confusion_matrix
from mm_keras.utils.formatting import join_words

NUM_SAMPLES = 8
NUM_MISTAKES = 8
LARGEST_MATRIX, BESIDE = 30, 10  # classes; larger matrices than BESIDE stand below each other


def samples(result, data):
    """A few samples: one of each class in turn, drawn by lot with a fixed seed."""
    title = "The data"
    facts = result["data"]
    missing = [f"{count:,} without {name}" for name, count in facts["missing"].items() if count]
    parts = [tag("p", _counts(facts["class_names"], facts["class_counts"]))]
    if missing:
        parts.append(tag("p", f"Of {facts['num_samples']:,} samples, {join_words(missing)}."))
    if data is None:
        absent = "No samples are shown: the report was written without the data."
        return title, [*parts, tag("p", absent, class_="absent")]
    shown = [
        card(data, index, from_user(label_of(data, index), "strong"))
        for index in _one_of_each(data)
    ]
    return title, [
        tag("p", "Look at a few samples before believing any number about them."),
        cards(shown),
        *parts,
    ]


def _counts(names, counts):
    """How many samples of each class; with many classes, from the rarest to the most frequent."""
    if len(names) <= 12:
        pairs = enumerate(zip(names, counts))
        return [
            "Samples of each class: ",
            [[", " if i else "", from_user(name), f" ({count:,})"] for i, (name, count) in pairs],
            ".",
        ]
    low, high = int(np.argmin(counts)), int(np.argmax(counts))
    return [
        f"Samples of each class: from {counts[low]:,} (",
        from_user(names[low]),
        f") to {counts[high]:,} (",
        from_user(names[high]),
        ").",
    ]


def _one_of_each(data):
    """Positions of a few samples: random order, but every class once before any comes again."""
    order = np.random.default_rng(0).permutation(len(data))
    if data.labels is None or data.is_multi_label:
        return sorted(order[:NUM_SAMPLES].tolist())
    seen, turn = {}, []
    for index in order:
        label = int(data.labels[index])
        turn.append(seen.get(label, 0))
        seen[label] = turn[-1] + 1
    chosen = order[np.argsort(turn, kind="stable")[:NUM_SAMPLES]]
    return sorted(chosen.tolist(), key=lambda index: (data.labels[index], index))


def confusions(result, data):
    """Which class is taken for which, and F1 by class."""
    title, pair = "Which classes are confused?", words.best_pair(result)
    if not pair:
        return title, "no contender can be shown."
    class_names, with_matrix = result["data"]["class_names"], [c for c in pair if c["confusion"]]
    matrices = (
        _matrices(with_matrix, class_names)
        if with_matrix and len(class_names) <= LARGEST_MATRIX
        else None
    )
    tables = [_per_class(pair, class_names), *[_most_confused(c, class_names) for c in with_matrix]]
    return title, [matrices, tag("div", tables, class_="side")]


def _matrices(pair, class_names):
    plots = []
    for contender in pair:
        image = figures.as_image(
            confusion_matrix(contender["confusion"], class_names),
            f"confusion matrix of {contender['name']}; the frequent confusions are listed below",
        )
        plots.append(
            figure(
                image,
                [
                    from_user(contender["name"], "strong"),
                    ": true classes by predicted classes, each "
                    "sample predicted once, when it was in the test fold. A dark diagonal is good.",
                ],
            )
        )
    return tag("div", plots, class_="plots wide" if len(class_names) > BESIDE else "plots")


def _most_confused(contender, class_names):
    counts = np.array(contender["confusion"])
    np.fill_diagonal(counts, 0)
    pairs = np.dstack(
        np.unravel_index(np.argsort(-counts, axis=None, kind="stable")[:6], counts.shape)
    )[0]
    rows = [
        [from_user(class_names[i]), from_user(class_names[j]), f"{counts[i, j]:,}"]
        for i, j in pairs
        if counts[i, j]
    ]
    if not rows:
        return tag("p", f"{contender['name']} makes no mistakes.")
    return table(
        ["Most frequent confusions of ", from_user(contender["name"]), "."],
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
                from_user(name),
                f"{(scores[0].get('support') or 0):,}" if scores else words.NONE,
                *[words.number(score.get("f1")) for score in scores],
            ]
        )
    return table(
        "F1 of each class.",
        ["class", "samples", *[from_user(c["name"]) for c in pair]],
        [(None, rows)],
    )


def mistakes(result, data):
    """The mistakes that the best fused and the best unimodal contender were surest of."""
    title, pair = "The surest mistakes", [c for c in words.best_pair(result)[::-1] if c["mistakes"]]
    if data is None:
        return title, "the report was written without the data."
    if not pair:
        several = result["data"]["multi_label"]
        return (
            title,
            f"{'with several labels per sample, none is the one answer' if several else 'none were kept'}.",
        )
    parts = [
        tag(
            "p",
            "Wrong, and sure of it: look here for wrong labels, for samples that nobody could tell, and for "
            "what a model has not understood.",
        )
    ]
    for contender in pair:
        shown = [_mistake(data, mistake) for mistake in contender["mistakes"][:NUM_MISTAKES]]
        parts += [
            tag("h3", contender["title"], " (", tag("code", contender["name"]), ")"),
            cards(shown),
        ]
    return title, parts


def _mistake(data, mistake):
    said = [
        from_user(mistake["predicted"], "strong"),
        words.unbroken(f" ({100 * mistake['confidence']:.0f} %)"),
    ]
    true = tag("p", "true: ", from_user(mistake["true"], "strong"))
    return card(data, mistake["index"], true, tag("p", "predicted: ", said))
