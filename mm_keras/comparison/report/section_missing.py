"""Section with the accuracy as one modality is missing in more and more test samples."""

from mm_keras.comparison.report import figures, words
from mm_keras.comparison.report.figures import WIDTH
from mm_keras.plots import severity_curves
from mm_keras.utils.markup import figure, table, tag

MECHANISMS = {"random": "at random", "class": "class by class", "value": "most informative first"}
NARROW = 24  # characters of a name in the legend of a narrow figure


def missing_inputs(result, data):
    """One plot per modality, and a table of both ends and of the middle of each curve."""
    title, measured = "Missing inputs", result["robustness"] or {}
    if not measured.get("missing"):
        return title, "the accuracy with missing inputs was not measured in this run"
    by_modality = {}
    for curve in measured["missing"]:
        by_modality.setdefault(curve["modality"], []).append(curve)
    intro = (
        "One modality is withheld from more and more test samples; no model is trained again. It "
        "matters which samples lose it first: any of them (at random), those of one class after "
        "the other (the band covers 20 orders of the classes), or those for which the modality by "
        "itself is most informative. At random, the accuracy falls along a straight line, apart "
        "from chance."
    )
    return title, [
        tag("p", intro),
        tag("div", [_plot(*item, result) for item in by_modality.items()], class_="plots"),
        _table(measured["missing"]),
    ]


def _plot(modality, curves, result):
    """At random for all contenders; all mechanisms for the best one."""
    names = list(dict.fromkeys(curve["contender"] for curve in curves))
    best = result["best"]["fused"] if result["best"]["fused"] in names else names[0]
    lines, ends = {}, []
    for curve in curves:
        name, mechanism = curve["contender"], curve["mechanism"]
        if mechanism == "random":
            lines[f"{name}, at random" if name == best else name] = curve["scores"]
            first, last = (words.format_number(curve["scores"][i]) for i in (0, -1))
            ends.append(f"{name} from {first} to {last}")
        elif name == best:
            band = [curve[key] for key in ("scores", "low", "high")]
            lines[f"{name}, {MECHANISMS[mechanism]}"] = band
    plot = severity_curves(lines, curves[0]["rates"], xlabel=f"share of samples without {modality}")
    if max(map(len, lines)) <= NARROW:
        plot.set_size_inches(WIDTH, plot.get_size_inches()[1])
    alt = f"accuracy by share of samples without {modality}, at random: {'; '.join(ends)}"
    image = figures.as_image(plot, alt, f"missing-{modality}")
    return figure(image, f"Samples without {modality}: at random, and, for {best}, by mechanism.")


def _table(curves):
    rows = []
    for curve in curves:
        middle = curve["rates"].index(0.5)
        span = words.format_interval([curve["low"][middle], curve["high"][middle]])
        rows.append(
            [
                tag("code", curve["contender"]),
                curve["modality"],
                MECHANISMS[curve["mechanism"]],
                *[words.format_number(curve["scores"][i]) for i in (0, middle, -1)],
                span,
            ]
        )
    header = [
        "contender",
        "missing",
        "which first",
        "in none",
        "in half",
        "in all",
        "in half: lowest to highest",
    ]
    return table(
        "Accuracy when one modality is missing in none, half and all of the test samples.",
        header,
        [(None, rows)],
    )
