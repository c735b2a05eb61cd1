"""Section with interval plots, tests, and the best possible accuracy where it is known."""

from mm_keras.comparison.report import figures, words
from mm_keras.comparison.results import verdicts
from mm_keras.utils.formatting import format_points, join_words
from mm_keras.utils.markup import figure, table, tag, user_text

TRUTHS = {
    "majority": "majority class",
    "text": "text alone",
    "image": "image alone",
    "both": "text and image",
    "additive": "sum of text and image (linear model)",
}


def intervals(result, data):
    """Intervals of all contenders, tests against the best ones, and best possible accuracies."""
    title = "Confidence intervals and tests"
    contenders = [c for _, members in words.grouped(result) for c in members]
    contenders = [c for c in contenders if c["failed"] is None]
    if not contenders:
        return title, "every contender failed"
    truth = {
        name: value for name, value in (result["data"]["truth"] or {}).items() if name in TRUTHS
    }
    image = figures.as_image(
        figures.interval_figure(contenders, truth),
        "accuracy and confidence interval of each contender, as in the table",
        "accuracy",
    )
    best_possible = ", and the best possible accuracies" if truth else ""
    plots = [figure(image, f"Accuracy with its 95% confidence interval{best_possible}.")]
    unimodal = words.best_contender(result, "unimodal")
    compared = [
        c for c in contenders if c["versus_best_unimodal"] and words.group_of(c) != "reference"
    ]
    if compared:
        image = figures.as_image(
            figures.difference_figure(compared, unimodal["name"]),
            f"difference in accuracy from {unimodal['name']}, as in the table",
            "difference",
        )
        plots.append(
            figure(
                image,
                [
                    "Difference in accuracy from ",
                    user_text(unimodal["name"]),
                    " on the same samples, with its 95% confidence interval, corrected for the "
                    "number of contenders. Filled markers: distinguishable from zero; hollow "
                    "markers: not distinguishable.",
                ],
            )
        )
    return title, [
        tag("div", plots, class_="plots"),
        _tests(result, contenders),
        _truth(result["data"]["truth"]),
    ]


def _tests(result, contenders):
    """Both tests of each contender against the best unimodal one and against the best overall."""
    if result["protocol"]["num_splits"] > 1:
        first_test = "t test"
        method = (
            "The t test is Student's t test over the folds, corrected for overlapping training "
            "sets (Nadeau and Bengio 2003)."
        )
    else:
        first_test = "bootstrap"
        method = (
            "The bootstrap draws the samples of the single test set with replacement, the same "
            "samples for both contenders."
        )
    text = (
        f"{method} McNemar's test compares the numbers of test samples that only one of the two "
        "contenders predicts correctly. A difference counts only if both tests find it. The "
        "corrected p value is the larger of the two, multiplied by the number of contenders it is "
        "compared with (Bonferroni), or 1 if the tests point in opposite directions; the interval "
        "is corrected in the same way, and contains every difference that one of the tests allows. "
        "It therefore excludes zero exactly where the corrected p value is below 0.05, and a pair "
        "of contenders has the same p value in every table."
    )
    if result["protocol"]["num_splits"] > 1:
        text += (
            " The last column has the posterior probabilities that the accuracy is better by more "
            f"than {verdicts.format_rope(verdicts.ROPE)}, practically equal, or worse by more "
            "(Benavoli et al. 2017), for each pair by itself."
        )
    against = {}  # a contender that is the best unimodal and the best overall gets one table
    for key, which in (("versus_best_unimodal", "unimodal"), ("versus_best", "overall")):
        if result["best"].get(which):
            against[result["best"][which]] = key
    tables = [_tests_against(other, key, contenders, first_test) for other, key in against.items()]
    tables = [element for element in tables if element is not None]
    return [tag("h3", "The tests"), tag("p", text), tables] if tables else None


def _tests_against(other, key, contenders, first_test):
    rows, has_probabilities = [], any((c[key] or {}).get("equivalence") for c in contenders)
    for contender in contenders:
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
                    _extent(test["interval"]),
                    words.format_p_bare(test["p"]),
                    *counts,
                    words.format_p_bare(mcnemar.get("p")),
                    words.format_p_bare(verdicts.p_value(tests)),
                    tag("span", verdicts.finding(tests) or words.NONE, class_="nowrap"),
                    *([_probabilities(tests.get("equivalence"))] if has_probabilities else []),
                ]
            )
    if not rows:
        return None
    return table(
        ["Compared with ", user_text(other), "."],
        [
            "contender",
            "difference (points)",
            "95% interval",
            f"p ({first_test})",
            "only this one correct",
            "only the other correct",
            "p (McNemar)",
            "corrected p",
            "finding",
            *(["better / equal / worse"] if has_probabilities else []),
        ],
        [(None, rows)],
    )


def _extent(interval):
    if interval is None:
        return words.NONE
    low, high = (format_points(end) for end in interval)
    return tag("span", f"{low} to {high}", class_="nowrap")


def _probabilities(equivalence):
    if equivalence is None:
        return words.NONE
    probabilities = (equivalence[key] for key in ("better", "equal", "worse"))
    text = " / ".join(map(verdicts.format_probability, probabilities))
    return tag("span", text, class_="nowrap")


def _truth(truth):
    """The best accuracies that any model can reach, which are known for generated data."""
    if not truth:
        return None
    rows = [
        [meaning, words.format_number(truth[name])]
        for name, meaning in TRUTHS.items()
        if name in truth
    ]
    rules = {}
    for rule, value in (truth.get("rules") or {}).items():
        rules.setdefault(words.format_number(value), []).append(rule)
    rows += [
        [f"decision-level fusion of perfect probabilities ({join_words(names)})", value]
        for value, names in rules.items()
    ]
    bits = [
        [f"{TRUTHS.get(name, name)}, information in bits", words.format_number(value, 2)]
        for name, value in (truth.get("information") or {}).items()
    ]
    return [
        tag("h3", "Best possible accuracy"),
        tag(
            "p",
            "This data was generated from a known distribution. No model can exceed these "
            "accuracies, except by chance.",
        ),
        table(
            "Best possible accuracy, and the information about the class in text and image.",
            ["based on", "value"],
            [(None, rows), (None, bits)],
        ),
    ]
