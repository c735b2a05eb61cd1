"""The start of the report: question, answer, best contenders, and the table of all contenders."""

from mm_keras.comparison.report import words
from mm_keras.comparison.results import verdicts
from mm_keras.comparison.results.notes import limits
from mm_keras.utils.formatting import format_p, format_points, join_words
from mm_keras.utils.markup import table, tag, user_text

# With more contenders than this, a short table of the best of each kind comes first.
MAX_WITHOUT_SUMMARY = 8
NUM_VERDICTS_ON_TOP = 2  # the other verdicts stand below the table of all contenders
LEVEL_NAMES = {
    "none": "reference",
    "text": "text alone",
    "image": "image alone",
    "data": "data-level fusion",
    "feature": "feature-level fusion",
    "decision": "decision-level fusion",
}
MEANINGS = {
    "accuracy": "the fraction of samples that are predicted correctly. If samples have several "
    "labels, all labels of a sample must be correct.",
    "macro-F1": "the mean of the F1 scores of all classes, where F1 combines precision and recall. "
    "Rare classes count as much as frequent ones.",
    "log loss": "the mean negative log-likelihood of the true labels, in nats. It depends on how "
    "confident the model is, not only on whether it is right.",
    "calibration error": "how far the predicted probabilities are from the observed frequencies "
    "(expected calibration error, 15 bins).",
    "95% confidence interval": "where the true value may lie, given the limited number of folds "
    "and samples. Two contenders with overlapping intervals may still differ, because both are "
    "measured on the same samples.",
    "better, worse, not distinguishable": "the result of two paired tests at the 5% level. A "
    "difference counts only if both tests find it; see the section on the tests. p values and "
    "intervals of differences are corrected for the number of contenders (Bonferroni), so that all "
    "intervals of a table hold together and an interval without zero always means better or worse. "
    "“Not distinguishable” does not mean equal: the interval shows how much better or worse the "
    "contender may be.",
    "practically equal": "two accuracies that differ by at most one point. Its probability, "
    "P(within 1 point), comes from the posterior of the corrected t test (Benavoli et al. 2017). "
    "This answers another question, whether a difference matters, and for each pair by itself: the "
    "probabilities are not corrected for the number of contenders.",
}


def head(result):
    """The question, the data in one line, the answer, and the best contender of each kind."""
    data, count = result["data"], len(result["contenders"])
    if len(data["modalities"]) > 1:
        question = f"Is it worth combining {join_words(data['modalities'])}?"
    else:
        question = "How well do the models work?"
    classes = f"{len(data['class_names'])} {'labels' if data['multi_label'] else 'classes'}"
    scheme = result["protocol"]["scheme"]
    facts = f": {data['num_samples']:,} samples, {classes}; {count} contenders, {scheme}."
    sentences = [*result["verdicts"][:NUM_VERDICTS_ON_TOP], *_caveats(result)]
    paragraphs = [tag("p", words.nonbreaking(sentence)) for sentence in sentences]
    box = tag("div", tag("p", short_answer(result), class_="short"), paragraphs, class_="answer")
    return tag(
        "header",
        tag("h1", question),
        tag("p", user_text(data["name"], "strong"), facts),
        box,
        _best_of_each(result) if count > MAX_WITHOUT_SUMMARY else None,
    )


def short_answer(result):
    """One sentence: is the best fused contender better than the best unimodal one?"""
    fused, unimodal = (
        words.best_contender(result, "fused"),
        words.best_contender(result, "unimodal"),
    )
    if not fused or not unimodal:
        missing = join_words(
            [name for name, one in (("fused", fused), ("unimodal", unimodal)) if not one], "or"
        )
        return f"No answer: there is no {missing} contender to compare."
    other, finding = words.describe_alone(unimodal), words.finding_against_unimodal(fused)
    versus = fused["versus_best_unimodal"] or {}
    if finding is None:
        return f"No answer: fusion was not tested against {other}."
    practically = ""
    if verdicts.is_practically_equal(versus):
        practically = f", but by no more than {verdicts.format_rope(versus['equivalence']['rope'])}"
    starts = {
        "better": f"Yes{practically}: fusion is better than",
        "worse": f"No{practically}: fusion is worse than",
    }
    if practically:
        inconclusive = "No: fusion is practically equal to"
    else:
        inconclusive = "Inconclusive: fusion is not distinguishable from"
    start = starts.get(finding, inconclusive)
    return (
        f"{start} {other} ({format_points(versus['accuracy']['difference'])} points of accuracy)."
    )


def _caveats(result):
    """Sentences on what limits the answer: quick, few splits, duplicates in different folds."""
    leaks = result["leaks"] or {}
    return [*limits(result["protocol"]), *([leaks["sentence"]] if leaks.get("num_leaking") else [])]


def _best_of_each(result):
    """One row for the best contender of every level."""
    contenders, truth = words.contenders_by_name(result), result["data"]["truth"]
    unimodal, best = words.best_contender(result, "unimodal"), words.best_values(result)
    levels = dict.fromkeys(["none", *result["best"]["by_level"]])
    rows = []
    for level in levels:
        members = [c for c in contenders.values() if c["level"] == level and c["failed"] is None]
        best_member = contenders.get(result["best"]["by_level"].get(level)) or (
            members[0] if members else None
        )
        if best_member is None or best_member["failed"] is not None:
            continue
        level_name = LEVEL_NAMES.get(level, f"{level} alone")
        name = tag(
            "span",
            tag("code", best_member["name"]),
            f", best of {len(members)}" if len(members) > 1 else None,
            class_="small wrap",
        )
        possible = (
            [words.format_number(words.best_possible_accuracy(best_member, truth))] if truth else []
        )
        versus = [_versus(best_member, unimodal)] if unimodal else []
        rows.append([[level_name, name], _value(best_member, "accuracy", best), *versus, *possible])
    return table(
        "The best contender of each kind. The best of many contenders tends to look slightly "
        "better than it is, by chance.",
        _accuracy_header(unimodal, truth),
        [(None, rows)],
    )


def main_table(result, data):
    """The table of all contenders, further findings, notes, and how to read the table."""
    unimodal, truth = words.best_contender(result, "unimodal"), result["data"]["truth"]
    best = words.best_values(result)
    groups = [
        (title, [_row(contender, best, unimodal, truth) for contender in members])
        for title, members in words.grouped(result)
    ]
    start = (
        "Mean over the test folds" if result["protocol"]["num_splits"] > 1 else "On the test set"
    )
    caption = (
        f"{start}, with 95% confidence intervals. Bold: best value of the column. Lower is better "
        "for log loss and calibration error (in parentheses: the value expected by chance from a "
        "perfectly calibrated model)."
    )
    if unimodal:
        caption += (
            " Differences are in percentage points, with intervals and p values that are corrected "
            "for the number of contenders."
        )
    lists = [
        ("Further findings", result["verdicts"][NUM_VERDICTS_ON_TOP:]),
        ("Notes", result["notes"]),
    ]
    below = [
        [
            tag("h3", title),
            tag("ul", [tag("li", words.nonbreaking(sentence)) for sentence in sentences]),
        ]
        for title, sentences in lists
        if sentences
    ]
    return "All contenders", [
        table(
            caption,
            [*_accuracy_header(unimodal, truth), "macro-F1", "log loss", "calibration error"],
            groups,
        ),
        below,
        _how_to_read(unimodal, result["protocol"]["num_splits"]),
    ]


def _accuracy_header(unimodal, truth):
    header = ["contender", "accuracy"]
    if unimodal:
        header.append(["difference from ", user_text(unimodal["name"]), " (points)"])
    if truth:
        header.append("best possible")
    return header


def _row(contender, best, unimodal, truth):
    name = [user_text(contender["title"]), tag("code", contender["name"], class_="small wrap")]
    if contender["failed"] is not None:
        others = len(words.METRICS) - 1 + (1 if unimodal else 0) + (1 if truth else 0)
        return [name, tag("span", "failed", class_="muted"), *[words.NONE] * others]
    accuracy, *others = [_value(contender, metric, best) for metric in words.METRICS]
    versus = [_versus(contender, unimodal)] if unimodal else []
    possible = (
        [words.format_number(words.best_possible_accuracy(contender, truth))] if truth else []
    )
    return [name, accuracy, *versus, *possible, *others]


def _value(contender, metric, best):
    value = words.format_number(words.mean_score(contender, metric))
    is_best = value == best[metric] and words.group_of(contender) != "reference"
    interval = (contender["metrics"].get(metric) or {}).get("interval")
    cell = [tag("span", value, class_="best" if is_best else None)]
    if metric == "ece" and contender["ece_null"] is not None:
        by_chance = words.format_number(contender["ece_null"])
        cell.append(tag("span", f" ({by_chance})", class_="muted"))
    if interval:
        cell.append(tag("span", words.format_interval(interval), class_="small"))
    return cell


def _versus(contender, unimodal):
    test = (contender["versus_best_unimodal"] or {}).get("accuracy")
    if not test:
        return tag("span", "baseline" if contender is unimodal else words.NONE, class_="muted")
    finding, interval = words.finding_against_unimodal(contender), test["interval"]
    extent = f"{format_points(interval[0])} to {format_points(interval[1])}, " if interval else None
    difference = tag(
        "span",
        f"{format_points(test['difference'])} {finding or ''}",
        class_=finding if finding in ("better", "worse") else None,
    )
    return [
        difference,
        tag(
            "span",
            extent,
            format_p(verdicts.p_value(contender["versus_best_unimodal"])),
            _probability_equal(contender["versus_best_unimodal"].get("equivalence")),
            class_="small",
        ),
    ]


def _probability_equal(equivalence):
    """ ", P(within 1 point) = 0.08", or None with one split."""
    if equivalence is None:
        return None
    probability = verdicts.format_probability(equivalence["equal"])
    sign = "" if probability[0] in "<>" else "= "
    return f", P(within {verdicts.format_rope(equivalence['rope'])}) {sign}{probability}"


def _how_to_read(unimodal, num_splits):
    left_out = () if unimodal else ("better", "practically")
    if num_splits == 1:  # the probability of practical equivalence needs several
        left_out = (*left_out, "practically")
    lines = [
        tag("li", tag("strong", name), ": ", text)
        for name, text in MEANINGS.items()
        if not name.startswith(left_out)
    ]
    return [tag("h3", "How to read the table"), tag("ul", lines)]
