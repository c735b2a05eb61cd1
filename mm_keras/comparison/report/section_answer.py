"""The first screen: the question, the answer in plain words, the best of each kind; then all contenders."""

from mm_keras.comparison.report import words
from mm_keras.comparison.report.markup import from_user, table, tag
from mm_keras.comparison.results import verdicts
from mm_keras.utils.formatting import format_p, format_points, join_words

SHORT = (
    8  # so many contenders can be taken in at a glance; of more, the best of each kind come first
)
ON_TOP = 2  # so many sentences stand in the first box, the others below the table
KINDS = {
    "none": "reference",
    "text": "text alone",
    "image": "image alone",
    "data": "fused at the data level",
    "feature": "fused at the feature level",
    "decision": "fused at the decision level",
}
MEANINGS = {
    "accuracy": "the share of samples that are predicted right (of several labels: every single one).",
    "macro-F1": "the mean over the classes of F1 (precision and recall in one number): rare classes count as much as "
    "frequent ones.",
    "log loss": "the mean surprise at the right answer, in nats: it sees how sure the model was, not only whether it "
    "was right.",
    "calibration error": "by how much the stated probabilities differ from how often the model is right (expected "
    "calibration error, 15 bins).",
    "95 % interval": "where the true value may lie, given so few folds and samples; overlapping intervals of two "
    "contenders do not mean that they are equal, because both are measured on the same samples.",
    "better, worse, not distinguishable": "the result of two paired tests at the 5 % level, corrected for the number "
    "of comparisons (Holm); both must see a difference (their numbers are below "
    "the images of the intervals). The intervals are those of one comparison "
    "alone. “Not distinguishable” does not mean equal: the interval "
    "says how much better or worse it may still be.",
}


def head(result):
    """Question, data in one line, the answer, and the best of each kind."""
    data, count = result["data"], len(result["contenders"])
    together = join_words(name for name in data["modalities"])
    question = (
        f"Is it worth using {together} together?"
        if len(data["modalities"]) > 1
        else "How well does it work?"
    )
    classes = f"{len(data['class_names'])} {'labels' if data['multi_label'] else 'classes'}"
    facts = f": {data['num_samples']:,} samples, {classes}; {count} contenders, {result['protocol']['scheme']}."
    verdicts = [tag("p", words.unbroken(sentence)) for sentence in result["verdicts"][:ON_TOP]]
    box = tag("div", tag("p", short_answer(result), class_="short"), verdicts, class_="answer")
    return tag(
        "header",
        tag("h1", question),
        tag("p", from_user(data["name"], "strong"), facts),
        box,
        _best_of_each(result) if count > SHORT else None,
    )


def short_answer(result):
    """The answer in one sentence: does the best fused contender differ from the best one with a single modality?"""
    fused, unimodal = words.best_one(result, "fused"), words.best_one(result, "unimodal")
    if not fused or not unimodal:
        missing = join_words(
            [name for name, found in (("fused", fused), ("unimodal", unimodal)) if not found]
        )
        return f"No answer: no {missing} contender can be compared."
    other, found = words.describe_alone(unimodal), words.finding_against_unimodal(fused)
    by = format_points(
        ((fused["versus_best_unimodal"] or {}).get("accuracy") or {}).get("difference")
    )
    if found is None:
        return f"No answer: fusion and {other} were not tested against each other."
    start = {"better": "Yes: fusion is better than", "worse": "No: fusion is worse than"}
    return f"{start.get(found, 'Not shown: fusion is not distinguishable from')} {other} ({by} points of accuracy)."


def _best_of_each(result):
    """One row for the best contender of every level."""
    contenders, truth = words.by_name(result), result["data"]["truth"]
    unimodal, best = words.best_one(result, "unimodal"), words.best_values(result)
    levels = dict.fromkeys(["none", *result["best"]["by_level"]])
    rows = []
    for level in levels:
        members = [c for c in contenders.values() if c["level"] == level and c["failed"] is None]
        chosen = contenders.get(result["best"]["by_level"].get(level)) or (
            members[0] if members else None
        )
        if chosen is None or chosen["failed"] is not None:
            continue
        kind = KINDS.get(level, f"{level} alone")
        name = tag(
            "span",
            tag("code", chosen["name"]),
            f", best of {len(members)}" if len(members) > 1 else None,
            class_="small wrap",
        )
        possible = [words.number(words.best_possible(chosen, truth))] if truth else []
        versus = [_versus(chosen, unimodal)] if unimodal else []
        rows.append([[kind, name], _value(chosen, "accuracy", best), *versus, *possible])
    return table(
        "The best contender of each kind. (The best of many looks a little better than it is, by luck.)",
        _header(unimodal, truth)[: 2 + bool(unimodal) + bool(truth)],
        [(None, rows)],
    )


def main_table(result, data):
    """All contenders, what to know about them, and how to read the table."""
    unimodal, truth = words.best_one(result, "unimodal"), result["data"]["truth"]
    best = words.best_values(result)
    groups = [
        (title, [_row(contender, best, unimodal, truth) for contender in members])
        for title, members in words.grouped(result)
    ]
    start = (
        "Mean over the test folds" if result["protocol"]["num_splits"] > 1 else "On the test set"
    )
    caption = (
        f"{start}, with 95 % interval. Bold: best of the column. Lower is better for log loss and calibration "
        "error (in brackets: what mere chance would show)."
    )
    lists = [("In words", result["verdicts"][ON_TOP:]), ("To know", result["notes"])]
    below = [
        [
            tag("h3", title),
            tag("ul", [tag("li", words.unbroken(sentence)) for sentence in sentences]),
        ]
        for title, sentences in lists
        if sentences
    ]
    return "All contenders", [
        table(caption, _header(unimodal, truth), groups),
        below,
        _how_to_read(unimodal),
    ]


def _header(unimodal, truth):
    versus = [["points more than ", from_user(unimodal["name"])]] if unimodal else []
    return [
        "contender",
        "accuracy",
        *versus,
        *(["best possible"] if truth else []),
        "macro-F1",
        "log loss",
        "calibration error",
    ]


def _row(contender, best, unimodal, truth):
    name = [from_user(contender["title"]), tag("code", contender["name"], class_="small wrap")]
    if contender["failed"] is not None:
        others = len(words.METRICS) - 1 + bool(unimodal) + bool(truth)
        return [name, tag("span", "failed", class_="muted"), *[words.NONE] * others]
    accuracy, *others = [_value(contender, metric, best) for metric in words.METRICS]
    versus = [_versus(contender, unimodal)] if unimodal else []
    possible = [words.number(words.best_possible(contender, truth))] if truth else []
    return [name, accuracy, *versus, *possible, *others]


def _value(contender, metric, best):
    value = words.number(words.mean_of(contender, metric))
    is_best = value == best[metric] and words.kind_of(contender) != "reference"
    low_high = (contender["metrics"].get(metric) or {}).get("interval")
    by_chance = contender["ece_null"] if metric == "ece" else None
    return [
        tag("span", value, class_="best" if is_best else None),
        None if by_chance is None else tag("span", f" ({words.number(by_chance)})", class_="muted"),
        tag("span", words.interval(low_high), class_="small") if low_high else None,
    ]


def _versus(contender, unimodal):
    test = (contender["versus_best_unimodal"] or {}).get("accuracy")
    if not test:
        return tag("span", "compared with" if contender is unimodal else words.NONE, class_="muted")
    found, low_high = words.finding_against_unimodal(contender), test["interval"]
    extent = f"{format_points(low_high[0])} to {format_points(low_high[1])}, " if low_high else None
    shown = tag(
        "span",
        f"{format_points(test['difference'])} {found or ''}",
        class_=found if found in ("better", "worse") else None,
    )
    return [
        shown,
        tag(
            "span",
            extent,
            format_p(verdicts.p_value(contender["versus_best_unimodal"])),
            class_="small",
        ),
    ]


def _how_to_read(unimodal):
    lines = [
        tag("li", tag("strong", name), ": ", text)
        for name, text in MEANINGS.items()
        if unimodal or not name.startswith("better")
    ]
    return [tag("h3", "How to read it"), tag("ul", lines)]
