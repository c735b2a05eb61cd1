"""Sections with curves: corrupted inputs, number of training samples, and calibration."""

from mm_keras.comparison.report import figures, words
from mm_keras.comparison.report.figures import WIDTH
from mm_keras.plots import severity_curves, size_curves
from mm_keras.utils.markup import figure, table, tag

CORRUPTIONS = {
    "word_drop": "dropped words",
    "typos": "typos",
    "blur": "blur",
    "noise": "noise",
    "occlusion": "occlusion",
    "contrast": "reduced contrast",
}


def robustness(result, data):
    """One plot per corruption, and the fraction of its accuracy that each contender retains."""
    title, measured = "Corrupted inputs", result["robustness"]
    if not measured or not measured["curves"]:
        return title, "the accuracy on corrupted texts and images was not measured in this run"
    by_corruption, retained = {}, {}
    for curve in measured["curves"]:
        key = (curve["corruption"], curve["modality"])
        by_corruption.setdefault(key, []).append(curve)
        retained.setdefault(curve["contender"], {})[key] = words.format_number(curve["retained"], 2)
    samples = f"{measured['num_samples']:,} samples"
    if result["protocol"]["num_splits"] > 1:
        samples += f" of split {measured['split'] + 1}"
    intro = (
        f"Only the test samples are corrupted ({samples}); no model is trained again. When one "
        "modality is corrupted, a fused model should fall to the accuracy of the other modality "
        "alone, but not below it."
    )
    rows = [
        [tag("code", name), *[by_key.get(key, words.NONE) for key in by_corruption]]
        for name, by_key in retained.items()
    ]
    header = ["contender", *[_describe_corruption(name) for name, _ in by_corruption]]
    plots = [_severity_plot(*key, curves) for key, curves in by_corruption.items()]
    return title, [
        tag("p", intro),
        tag("div", plots, class_="plots"),
        table(
            "Fraction of its accuracy that each contender retains, on average over the severities "
            "(1: no loss).",
            header,
            [(None, rows)],
        ),
    ]


def _describe_corruption(corruption):
    return CORRUPTIONS.get(corruption, corruption.replace("_", " "))


def _severity_plot(corruption, modality, curves):
    """The curves of one corruption."""
    description = _describe_corruption(corruption)
    plot = severity_curves(
        {curve["contender"]: curve["scores"] for curve in curves},
        curves[0]["severities"],
        xlabel=f"severity ({description})",
    )
    ends = []
    for curve in curves:
        first, last = (words.format_number(curve["scores"][i]) for i in (0, -1))
        ends.append(f"{curve['contender']} from {first} to {last}")
    image = figures.as_image(
        _narrow(plot, curves),
        f"accuracy by severity, {description}: {'; '.join(ends)}",
        f"corrupted-{modality}-{corruption}",
    )
    return figure(image, f"{modality.capitalize()}: {description}.")


def learning_curves(result, data):
    """Accuracy by number of training samples."""
    title = "Learning curves"
    curves = [curve for curve in result["learning_curves"] or () if curve.get("mean")]
    if not curves:
        return title, "learning curves were not measured in this run"
    by_sizes = {}
    for curve in curves:
        by_sizes.setdefault(tuple(curve["sizes"]), []).append(curve)
    return title, [
        _size_plot_and_table(list(sizes), members) for sizes, members in by_sizes.items()
    ]


def _size_plot_and_table(sizes, curves):
    """The curves that were measured at the same numbers of samples, as a plot and as a table."""
    plot = size_curves(
        sizes,
        {curve["contender"]: (curve["mean"], curve["low"], curve["high"]) for curve in curves},
    )
    image = figures.as_image(
        _narrow(plot, curves),
        "accuracy by number of training samples, as in the table",
        "learning-curves",
    )
    plot_with_caption = figure(
        image,
        "Accuracy by number of training samples, with 95% confidence intervals. If a curve still "
        "rises at its right end, more training data would help.",
    )
    rows = [
        [tag("code", curve["contender"]), *[_mean_interval(curve, i) for i in range(len(sizes))]]
        for curve in curves
    ]
    return [
        tag("div", plot_with_caption, class_="plots"),
        table(
            "Accuracy by number of training samples.",
            ["contender", *[f"{size:,}" for size in sizes]],
            [(None, rows)],
        ),
    ]


def calibration(result, data):
    """Reliability diagram of the best unimodal and the best fused contender."""
    title = "Are the probabilities calibrated?"
    pair = [c for c in words.best_contenders(result) if c["reliability"]]
    if not pair:
        return title, "no probabilities were stored"

    facts = "; ".join(
        f"{c['name']}: calibration error {words.format_number(words.mean_score(c, 'ece'))} "
        f"(expected by chance: {words.format_number(c['ece_null'])})"
        for c in pair
    )
    image = figures.as_image(
        figures.reliability_figure(pair), f"accuracy by confidence; {facts}", "calibration"
    )
    intro = (
        "On the dashed line, predictions with 80% confidence are right in 80% of the cases. "
        "Below it, a model is overconfident; above it, underconfident. Larger points stand for "
        "more predictions."
    )
    return title, [
        tag("p", words.nonbreaking(intro)),
        tag("div", figure(image, f"Accuracy by confidence. {facts}."), class_="plots"),
    ]


def _mean_interval(curve, i):
    return words.with_interval(curve["mean"][i], [curve["low"][i], curve["high"][i]])


def _narrow(figure, curves):
    """Make a figure narrow enough for a phone, unless long names need space in the legend."""
    if max(len(curve["contender"]) for curve in curves) <= 24:
        figure.set_size_inches(WIDTH, figure.get_size_inches()[1])
    return figure
