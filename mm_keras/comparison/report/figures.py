"""The drawings of a report as images within the page (SVG, so that they stay sharp on paper and when enlarged)."""

import base64
from io import BytesIO

import matplotlib
import numpy as np

from mm_keras.comparison.report import words
from mm_keras.comparison.report.markup import tag
from mm_keras.plots.figure import BLUE, GRAY, ORANGE, in_style, new_figure
from mm_keras.plots.parts import truth_lines
from mm_keras.utils.formatting import format_points, shorten_name

WIDTH = 4.6  # inches: narrow enough for a phone, and two beside each other on a desk
LOOKS = {
    "reference": (GRAY, "D", "majority class"),
    "alone": (ORANGE, "s", "one modality alone"),
    "fused": (BLUE, "o", "fused"),
}


def as_image(figure, alt):
    """A matplotlib Figure as an <img> that holds its SVG, the same bytes for the same figure."""
    file = BytesIO()
    with matplotlib.rc_context({"svg.hashsalt": "mm_keras", "svg.fonttype": "path"}):
        figure.savefig(file, format="svg", metadata={"Date": None})
    data = base64.b64encode(file.getvalue()).decode()
    width, height = (int(round(96 * inches)) for inches in figure.get_size_inches())
    return tag(
        "img",
        src=f"data:image/svg+xml;base64,{data}",
        alt=alt,
        width=width,
        height=height,
        style=f"min-width:{0.74 * width:.0f}px;max-width:{width}px",
    )


@in_style
def interval_figure(contenders, truth=None):
    """Accuracy and 95 % interval of every contender, in the order given, with lines at known best accuracies."""
    figure, axes = _rows_of(len(contenders), len(truth or {}) + 2)
    for row, contender in enumerate(contenders):
        values = contender["metrics"]["accuracy"]
        text = words.number(values["mean"])
        text += f" ({words.interval(values['interval'])})" if values["interval"] else ""
        _whisker(axes, row, contender, values["mean"], values["interval"], text)
    axes.set_xlabel("accuracy")
    _finish(figure, axes, contenders, truth_lines(axes, truth, across="x"))
    return figure


@in_style
def difference_figure(contenders, against):
    """Difference of accuracy from the contender named `against`, in points; filled where it is distinguishable."""
    figure, axes = _rows_of(len(contenders), 2)
    axes.axvline(0, color="black", linewidth=1)
    for row, contender in enumerate(contenders):
        test = contender["versus_best_unimodal"]["accuracy"]
        low_high = None if test["interval"] is None else [100 * value for value in test["interval"]]
        text = format_points(test["difference"])
        text += (
            f" ({format_points(test['interval'][0])} to {format_points(test['interval'][1])})"
            if low_high
            else ""
        )
        known = words.finding_against_unimodal(contender) in ("better", "worse")
        _whisker(axes, row, contender, 100 * test["difference"], low_high, text, filled=known)
    axes.set_xlabel(f"points of accuracy more than {shorten_name(against, 30)}")
    _finish(figure, axes, contenders, [])
    return figure


def _rows_of(num_rows, num_keys):
    figure = new_figure(WIDTH, 0.75 + 0.4 * num_rows + 0.2 * -(-num_keys // 2))
    return figure, figure.subplots()


def _whisker(axes, row, contender, mean, low_high, text, filled=True):
    """One contender: its name and numbers, and below them a point on its interval."""
    color, marker, _ = LOOKS[words.kind_of(contender)]
    if low_high is not None:
        axes.plot(low_high, [row, row], color=color, linewidth=2, solid_capstyle="butt")
    inside = color if filled else "white"
    axes.plot(mean, row, color=color, marker=marker, markersize=6, markerfacecolor=inside, zorder=4)
    look = {
        "transform": axes.get_yaxis_transform(),
        "va": "bottom",
        "fontsize": 9,
        "zorder": 5,
        "bbox": {"facecolor": "white", "edgecolor": "none", "pad": 1},
    }
    axes.text(0, row - 0.27, shorten_name(contender["name"], 32), **look)
    axes.text(1, row - 0.27, text, ha="right", **look)


def _finish(figure, axes, contenders, keys):
    axes.set(ylim=(len(contenders) - 0.5, -0.95), yticks=[])
    axes.spines["left"].set_visible(False)
    axes.margins(x=0.04)
    kinds = dict.fromkeys(words.kind_of(contender) for contender in contenders)
    for kind in kinds:
        color, marker, label = LOOKS[kind]
        axes.plot([], [], color=color, marker=marker, linewidth=2, label=label)
    handles = axes.get_legend_handles_labels()[0]
    shown = [handle for handle in handles if handle not in keys]
    figure.legend(handles=[*shown, *keys], loc="outside lower center", ncols=2)


@in_style
def reliability_figure(contenders):
    """Accuracy over confidence, one contender of a kind; the larger a point, the more predictions it stands for."""
    figure = new_figure(WIDTH, 4.4 + 0.2 * len(contenders))
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color=GRAY, linestyle="dashed", label="perfectly calibrated")
    for contender in contenders:
        curve, (color, marker, _) = contender["reliability"], LOOKS[words.kind_of(contender)]
        counts = np.asarray(curve["count"], float)
        axes.plot(
            curve["confidence"], curve["accuracy"], color=color, linewidth=1, alpha=0.5, zorder=3
        )
        axes.scatter(
            curve["confidence"],
            curve["accuracy"],
            s=6 + 80 * counts / max(counts.max(), 1),
            color=color,
            marker=marker,
            zorder=4,
            clip_on=False,
            label=shorten_name(contender["name"], 40),
        )
    axes.set(xlabel="confidence (largest probability)", ylabel="accuracy", xlim=(0, 1), ylim=(0, 1))
    legend = figure.legend(loc="outside lower center")
    for handle in legend.legend_handles[1:]:
        handle.set_sizes([36])
    return figure
