"""How a report says numbers, names and findings: in one place, so that page, tables and figures agree."""

import math

from mm_keras.comparison.results import verdicts
from mm_keras.utils.formatting import format_p, join_words

METRICS = {
    "accuracy": ("accuracy", True),
    "macro_f1": ("macro-F1", True),
    "log_loss": ("log loss", False),
    "ece": ("calibration error", False),
}  # key -> (name, whether higher is better)
NONE = "–"


def number(value, digits=3):
    """0.9031 -> "0.903"; "–" where there is none.

    Example:
        >>> number(0.9031), number(None), number(12345.6, 0)
        ('0.903', '–', '12,346')
    """
    if value is None or not math.isfinite(value):
        return NONE
    text = f"{value:,.{digits}f}"
    return text[1:] if text.startswith("-") and not text.strip("-0.,") else text  # no "-0.0"


def interval(pair, digits=3):
    """[0.871, 0.935] -> "0.871 to 0.935"."""
    return NONE if pair is None else f"{number(pair[0], digits)} to {number(pair[1], digits)}"


def unbroken(text):
    """Percent signs and p values stay together at the end of a line."""
    for together in (" %", "p = ", "p < "):
        text = text.replace(together, together.replace(" ", "\N{NO-BREAK SPACE}"))
    return text


def format_p_bare(p):
    """As `format_p` in a column of its own: 0.0097 -> "0.010", "< 0.001" below that."""
    return format_p(p).removeprefix("p ").removeprefix("= ").replace(" ", "\N{NO-BREAK SPACE}")


def describe_alone(contender):
    """ "text alone" or "image alone" for a contender with one modality."""
    return f"{join_words(contender['modalities'] or [contender['level']])} alone"


def finding_against_unimodal(contender, metric="accuracy"):
    """`verdicts.finding` of a contender against the best one with a single modality, or None."""
    return verdicts.finding(contender["versus_best_unimodal"], metric)


def by_name(result):
    """dict: name -> contender."""
    return {contender["name"]: contender for contender in result["contenders"]}


def best_one(result, which):
    """The contender that `result["best"]` names as "unimodal", "fused" or "overall", or None."""
    return by_name(result).get(result["best"].get(which))


def best_pair(result):
    """The best unimodal and the best fused contender, those that there are."""
    return [contender for which in ("unimodal", "fused") if (contender := best_one(result, which))]


def mean_of(contender, metric):
    """Mean of a metric over the splits, or None for a contender that failed."""
    return ((contender["metrics"] or {}).get(metric) or {}).get("mean")


def kind_of(contender):
    """The group of a contender: "reference", "alone" or "fused"."""
    if contender["level"] == "none":
        return "reference"
    return "fused" if len(contender["modalities"]) > 1 else "alone"


def full_titles(result):
    """dict: name -> title; with the name in brackets where several contenders have the same title."""
    titles = [contender["title"] for contender in result["contenders"]]
    return {
        contender["name"]: contender["title"]
        + f" ({contender['name']})" * (titles.count(contender["title"]) > 1)
        for contender in result["contenders"]
    }


def grouped(result):
    """The contenders as list of (title, contenders): reference, one modality, fused; each sorted by accuracy."""
    titles = {"reference": "Reference", "alone": "One modality alone", "fused": "Fused"}

    def order(contender):
        accuracy = mean_of(contender, "accuracy")
        return (accuracy is None, -(accuracy or 0))

    parts = {
        kind: sorted((c for c in result["contenders"] if kind_of(c) == kind), key=order)
        for kind in titles
    }
    return [(titles[kind], members) for kind, members in parts.items() if members]


def best_values(result):
    """dict: metric -> the best mean as it is printed; the reference (majority class) does not take part."""
    found = {}
    for metric, (_, higher) in METRICS.items():
        values = [
            mean_of(contender, metric)
            for contender in result["contenders"]
            if kind_of(contender) != "reference"
        ]
        values = [value for value in values if value is not None and math.isfinite(value)]
        found[metric] = number((max if higher else min)(values)) if values else None
    return found


def best_possible(contender, truth):
    """The accuracy that a perfect model of this kind would reach on drawn data, or None where nobody knows it."""
    if not truth:
        return None
    if kind_of(contender) == "reference":
        return truth.get("majority")
    if kind_of(contender) == "alone":
        return truth.get(contender["modalities"][0]) if contender["modalities"] else None
    if contender["level"] == "decision":
        return (truth.get("rules") or {}).get(contender["operator"], truth.get("both"))
    linear = contender["operator"] == "concat" and contender["head"] in (
        "linear",
        "logistic",
        "svm",
    )
    return truth.get("additive", truth.get("both")) if linear else truth.get("both")
