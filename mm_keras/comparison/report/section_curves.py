"""How the scores change: with worse inputs, with fewer training samples; and whether the probabilities are true."""

from mm_keras.comparison.report import figures, words
from mm_keras.comparison.report.figures import WIDTH
from mm_keras.comparison.report.markup import figure, table, tag
from mm_keras.plots import severity_curves, size_curves

CORRUPTIONS = {
    "word_drop": "words are left out",
    "typos": "letters are mistyped",
    "blur": "the image is blurred",
    "noise": "the image is noisy",
    "occlusion": "a part of the image is covered",
    "contrast": "the image is pale",
}


def robustness(result, data):
    """One image per corruption, and the mean height of every curve."""
    title, measured = "Worse inputs", result["robustness"]
    if not measured or not measured["curves"]:
        return title, "the accuracy with disturbed texts and images was not measured in this run."
    by_kind, retained = {}, {}
    for curve in measured["curves"]:
        by_kind.setdefault((curve["corruption"], curve["modality"]), []).append(curve)
        kept = retained.setdefault(curve["contender"], {})
        kept[curve["corruption"], curve["modality"]] = words.number(curve["retained"], 2)
    of_split = f" of split {measured['split'] + 1}" * (result["protocol"]["num_splits"] > 1)
    intro = (
        f"Only the test samples are disturbed ({measured['num_samples']:,} samples{of_split}); nothing is trained again. A fused "
        "model should fall to what the other modality reaches alone, not below."
    )
    rows = [
        [tag("code", name), *[kept.get(kind, words.NONE) for kind in by_kind]]
        for name, kept in retained.items()
    ]
    header = ["contender", *[name.replace("_", " ") for name, _ in by_kind]]
    plots = [_severities(*kind, curves) for kind, curves in by_kind.items()]
    return title, [
        tag("p", intro),
        tag("div", plots, class_="plots"),
        table(
            "Share of its accuracy that each contender keeps, on average over the severities (1: all).",
            header,
            [(None, rows)],
        ),
    ]


def _severities(corruption, modality, curves):
    """The curves of one corruption."""
    what = CORRUPTIONS.get(corruption, corruption.replace("_", " "))
    drawn = severity_curves(
        {curve["contender"]: curve["scores"] for curve in curves},
        curves[0]["severities"],
        xlabel=f"severity: {what}",
    )
    ends = [
        f"{curve['contender']} from {words.number(curve['scores'][0])} to {words.number(curve['scores'][-1])}"
        for curve in curves
    ]
    image = figures.as_image(
        _narrow(drawn, curves), f"accuracy over severity, {what}: {'; '.join(ends)}"
    )
    return figure(image, f"{modality.capitalize()}: {what}.")


def learning_curves(result, data):
    """Accuracy over the number of training samples."""
    title, curves = (
        "More training samples",
        [curve for curve in result["learning_curves"] or () if curve.get("mean")],
    )
    if not curves:
        return title, "the learning curve was not measured in this run."
    by_sizes = {}
    for curve in curves:
        by_sizes.setdefault(tuple(curve["sizes"]), []).append(curve)
    return title, [_over_sizes(list(sizes), members) for sizes, members in by_sizes.items()]


def _over_sizes(sizes, curves):
    """The curves that were measured at the same numbers of samples, as an image and as a table."""
    drawn = size_curves(
        sizes,
        {curve["contender"]: (curve["mean"], curve["low"], curve["high"]) for curve in curves},
    )
    image = figures.as_image(
        _narrow(drawn, curves), "accuracy over training samples, as in the table"
    )
    shown = figure(
        image,
        "Accuracy over the number of training samples, with 95 % intervals. A curve that still rises "
        "at its right end would gain from more data.",
    )
    rows = [
        [tag("code", curve["contender"]), *[_mean_interval(curve, i) for i in range(len(sizes))]]
        for curve in curves
    ]
    return [
        tag("div", shown, class_="plots"),
        table(
            "Accuracy by number of training samples.",
            ["contender", *[f"{size:,}" for size in sizes]],
            [(None, rows)],
        ),
    ]


def calibration(result, data):
    """Reliability diagram of the best unimodal and the best fused contender."""
    title = "Are the probabilities true?"
    found = [c for c in words.best_pair(result) if c["reliability"]]
    if not found:
        return title, "no probabilities were kept."

    facts = "; ".join(
        f"{c['name']}: calibration error {words.number(words.mean_of(c, 'ece'))}, where mere chance "
        f"would show {words.number(c['ece_null'])}"
        for c in found
    )
    image = figures.as_image(
        figures.reliability_figure(found), f"accuracy over confidence; {facts}"
    )
    intro = (
        "On the dashed line, 80 % sure means right in 80 % of the cases; below it a model is too sure of itself, "
        "above it not sure enough. Large points stand for many predictions."
    )
    return title, [
        tag("p", words.unbroken(intro)),
        tag("div", figure(image, f"Accuracy over confidence. {facts}."), class_="plots"),
    ]


def _mean_interval(curve, i):
    return [
        words.number(curve["mean"][i]),
        tag("span", words.interval([curve["low"][i], curve["high"][i]]), class_="small"),
    ]


def _narrow(figure, curves):
    """As wide as a phone can show, unless long names need room in the legend."""
    if max(len(curve["contender"]) for curve in curves) <= 24:
        figure.set_size_inches(WIDTH, figure.get_size_inches()[1])
    return figure
