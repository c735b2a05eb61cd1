"""The intervals as images, and what is possible at all where somebody knows it."""

from mm_keras.comparison.report import figures, words
from mm_keras.comparison.report.markup import figure, from_user, table, tag
from mm_keras.comparison.results import verdicts
from mm_keras.utils.formatting import format_points, join_words

TRUTHS = {
    "majority": "majority class",
    "text": "text alone",
    "image": "image alone",
    "both": "text and image",
    "additive": "a sum of text and image (linear model)",
}


def intervals(result, data):
    """The intervals of all contenders, the differences from the best unimodal one, and the known truth."""
    title = "Intervals and tests"
    shown = [c for _, members in words.grouped(result) for c in members if c["failed"] is None]
    if not shown:
        return title, "every contender failed."
    truth = {
        name: value for name, value in (result["data"]["truth"] or {}).items() if name in TRUTHS
    }
    image = figures.as_image(
        figures.interval_figure(shown, truth),
        "accuracy and interval of each contender, as in the table",
    )
    caption = "Accuracy with its 95 % interval" + (
        ", and the best that is possible." if truth else "."
    )
    parts = [figure(image, caption)]
    unimodal = words.best_one(result, "unimodal")
    compared = [c for c in shown if c["versus_best_unimodal"] and words.kind_of(c) != "reference"]
    if compared:
        image = figures.as_image(
            figures.difference_figure(compared, unimodal["name"]),
            f"difference of accuracy from {unimodal['name']}, as in the table",
        )
        parts.append(
            figure(
                image,
                [
                    "Difference from ",
                    from_user(unimodal["name"]),
                    " on the same folds, with its 95 "
                    "% interval. Filled: distinguishable; hollow: not.",
                ],
            )
        )
    return title, [
        tag("div", parts, class_="plots"),
        _tests(result, shown),
        _truth(result["data"]["truth"]),
    ]


def _tests(result, shown):
    """Both tests of every contender against the best unimodal one and against the best of all, as tables."""
    folds = result["protocol"]["num_splits"] > 1
    method = (
        "t test: Student's t over the folds, corrected for training sets that overlap (Nadeau and Bengio 2003)"
        if folds
        else "Bootstrap: the samples of the one test set drawn again and again, the same ones for both"
    )
    text = (
        f"{method}. McNemar: of the test samples that only one of the two gets right, how many each gets right. Both p values are "
        "corrected for the number of contenders (Holm), and a difference counts where both are below 0.05."
    )
    asked = {"versus_best_unimodal": "unimodal", "versus_best": "overall"}
    against = {other: key for key, which in asked.items() if (other := result["best"].get(which))}
    first_test = "t test" if folds else "bootstrap"
    tables = [
        found
        for other, key in against.items()
        if (found := _tests_against(other, key, shown, first_test))
    ]
    return [tag("h3", "The tests"), tag("p", text), tables] if tables else None


def _tests_against(other, key, shown, first_test):
    rows = []
    for contender in shown:
        tests, mcnemar = contender[key], (contender[key] or {}).get("mcnemar") or {}
        if tests:
            test = tests["accuracy"]
            counts = [
                f"{mcnemar[side]:,}" if mcnemar else words.NONE
                for side in ("only_first", "only_second")
            ]
            rows.append(
                [
                    tag("code", contender["name"]),
                    format_points(test["difference"]),
                    words.format_p_bare(test["p_holm"]),
                    *counts,
                    words.format_p_bare(mcnemar.get("p_holm")),
                    tag("span", verdicts.finding(tests) or words.NONE, class_="whole"),
                ]
            )
    if not rows:
        return None
    return table(
        ["Against ", from_user(other), "."],
        [
            "contender",
            "points of accuracy",
            f"{first_test}: p",
            "only this one right",
            "only the other right",
            "McNemar: p",
            "finding",
        ],
        [(None, rows)],
    )


def _truth(truth):
    """What is known about drawn data: the best accuracies that any model can reach."""
    if not truth:
        return None
    rows = [
        [meaning, words.number(truth[name])] for name, meaning in TRUTHS.items() if name in truth
    ]
    rules = {}
    for rule, value in (truth.get("rules") or {}).items():
        rules.setdefault(words.number(value), []).append(rule)
    rows += [
        [f"decision level, {join_words(same)}, from perfect probabilities", value]
        for value, same in rules.items()
    ]
    bits = [
        [f"{TRUTHS.get(name, name)}, bits about the class", words.number(value, 2)]
        for name, value in (truth.get("information") or {}).items()
    ]
    return [
        tag("h3", "What is possible at all"),
        tag(
            "p",
            "This data was drawn by a generator that knows the truth: no model can be better than this, "
            "except by luck.",
        ),
        table(
            "Best possible accuracy, and how many bits text and image tell about the class.",
            ["with", "value"],
            [(None, rows), (None, bits)],
        ),
    ]
