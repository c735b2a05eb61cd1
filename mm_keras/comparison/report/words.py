"""How a report formats values, names and findings, so that page, tables and figures agree."""

import math

from mm_keras.comparison.results import verdicts
from mm_keras.utils.formatting import format_p, join_words
from mm_keras.utils.markup import tag

METRICS = {
    "accuracy": ("accuracy", True),
    "macro_f1": ("macro-F1", True),
    "log_loss": ("log loss", False),
    "ece": ("calibration error", False),
}  # key -> (name, whether higher is better)
NONE = "–"


def format_number(value, digits=3):
    """Format 0.9031 as "0.903"; "–" if the value is None or not finite.

    Example:
        >>> format_number(0.9031), format_number(None), format_number(12345.6, 0)
        ('0.903', '–', '12,346')
    """
    if value is None or not math.isfinite(value):
        return NONE
    text = f"{value:,.{digits}f}"
    return text[1:] if text.startswith("-") and not text.strip("-0.,") else text  # no "-0.0"


def format_interval(pair, digits=3):
    """Format [0.871, 0.935] as "0.871 to 0.935"."""
    if pair is None:
        return NONE
    return f"{format_number(pair[0], digits)} to {format_number(pair[1], digits)}"


def with_interval(value, interval):
    """A number above its interval in small print; without an interval the number alone."""
    number = format_number(value)
    return [number, tag("span", format_interval(interval), class_="small")] if interval else number


def format_range(counts):
    """The smallest and the largest of some counts.

    Example:
        >>> format_range([1200, 1201]), format_range([48, 48])
        ('1,200 to 1,201', '48')
    """
    low, high = min(counts), max(counts)
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def nonbreaking(text):
    """Put non-breaking spaces into p values, so that no line ends within them."""
    for together in ("p = ", "p < "):
        text = text.replace(together, together.replace(" ", "\N{NO-BREAK SPACE}"))
    return text


def format_p_bare(p):
    """Format a p value for a column of p values: 0.0097 as "0.010", tiny ones as "< 0.001"."""
    return format_p(p).removeprefix("p ").removeprefix("= ").replace(" ", "\N{NO-BREAK SPACE}")


def describe_alone(contender):
    """Return "text alone" or "image alone" for a contender with one modality."""
    return f"{join_words(contender['modalities'] or [contender['level']])} alone"


def finding_against_unimodal(contender, metric="accuracy"):
    """`verdicts.finding` of a contender against the best unimodal one, or None."""
    return verdicts.finding(contender["versus_best_unimodal"], metric)


def contenders_by_name(result):
    """dict: name -> contender."""
    return {contender["name"]: contender for contender in result["contenders"]}


def best_contender(result, which):
    """The contender that `result["best"]` names as "unimodal", "fused" or "overall", or None."""
    return contenders_by_name(result).get(result["best"].get(which))


def best_contenders(result):
    """The best unimodal and the best fused contender, as far as they exist."""
    pair = [best_contender(result, which) for which in ("unimodal", "fused")]
    return [contender for contender in pair if contender]


def mean_score(contender, metric):
    """Mean of a metric over the splits, or None for a contender that failed."""
    return ((contender["metrics"] or {}).get(metric) or {}).get("mean")


def group_of(contender):
    """The group of a contender: "reference", "alone" or "fused"."""
    if contender["level"] == "none":
        return "reference"
    return "fused" if len(contender["modalities"]) > 1 else "alone"


def unique_titles(result):
    """dict: name -> title, followed by the name in parentheses where several titles are equal."""
    titles = [contender["title"] for contender in result["contenders"]]
    unique = {}
    for contender in result["contenders"]:
        name, title = contender["name"], contender["title"]
        unique[name] = f"{title} ({name})" if titles.count(title) > 1 else title
    return unique


def grouped(result):
    """List of (group title, contenders), the contenders of a group sorted by accuracy, then loss.

    The groups are the reference, contenders with one modality, and fused ones.
    """
    titles = {"reference": "Reference", "alone": "One modality alone", "fused": "Fused"}

    def order(contender):
        accuracy, loss = (mean_score(contender, name) for name in ("accuracy", "log_loss"))
        return (accuracy is None, -round(accuracy or 0, 9), loss or 0)

    groups = {
        group: sorted((c for c in result["contenders"] if group_of(c) == group), key=order)
        for group in titles
    }
    return [(titles[group], members) for group, members in groups.items() if members]


def best_values(result):
    """dict: metric -> the best mean as it is printed, ignoring the reference (majority class)."""
    best = {}
    for metric, (_, higher_is_better) in METRICS.items():
        values = [
            mean_score(contender, metric)
            for contender in result["contenders"]
            if group_of(contender) != "reference"
        ]
        values = [value for value in values if value is not None and math.isfinite(value)]
        choose = max if higher_is_better else min
        best[metric] = format_number(choose(values)) if values else None
    return best


def best_possible_accuracy(contender, truth):
    """The accuracy of a perfect model of the contender's type, or None where it is unknown.

    It is known only for generated data.
    """
    if not truth:
        return None
    if group_of(contender) == "reference":
        return truth.get("majority")
    if group_of(contender) == "alone":
        return truth.get(contender["modalities"][0]) if contender["modalities"] else None
    if contender["level"] == "decision":
        return (truth.get("rules") or {}).get(contender["operator"], truth.get("both"))
    linear = contender["operator"] == "concat" and contender["head"] in (
        "linear",
        "logistic",
        "svm",
    )
    return truth.get("additive", truth.get("both")) if linear else truth.get("both")
