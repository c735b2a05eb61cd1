"""The figures of a report, embedded in the page as SVG, which is sharp at every size."""

import base64
from io import BytesIO

import matplotlib
import numpy as np

from mm_keras.comparison.report import words
from mm_keras.plots.figure import BLUE, GRAY, ORANGE, in_style, new_figure
from mm_keras.plots.parts import truth_lines
from mm_keras.utils.formatting import format_points, shorten_name
from mm_keras.utils.markup import tag

WIDTH = 4.6  # inches: narrow enough for a phone, and two fit side by side on a desktop screen
GROUP_STYLES = {
    "reference": (GRAY, "D", "majority class"),
    "alone": (ORANGE, "s", "one modality alone"),
    "fused": (BLUE, "o", "fused"),
}


def as_image(figure, alt):
    """A matplotlib Figure as an <img> with its SVG inside; the same figure gives the same bytes."""
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
    """Plot accuracy and 95 % confidence interval of each contender, in the order given.

    Vertical lines mark the best possible accuracies in `truth`.
    """
    figure, axes = _figure_with_rows(len(contenders), len(truth or {}) + 2)
    for row, contender in enumerate(contenders):
        values = contender["metrics"]["accuracy"]
        text = words.format_number(values["mean"])
        if values["interval"]:
            text += f" ({words.format_interval(values['interval'])})"
        _draw_contender(axes, row, contender, values["mean"], values["interval"], text)
    axes.set_xlabel("accuracy")
    _finish(figure, axes, contenders, truth_lines(axes, truth, across="x"))
    return figure


@in_style
def difference_figure(contenders, against):
    """Plot the difference in accuracy between each contender and the one named `against`.

    The unit is percentage points. Filled markers are differences that the tests can distinguish
    from zero.
    """
    figure, axes = _figure_with_rows(len(contenders), 2)
    axes.axvline(0, color="black", linewidth=1)
    for row, contender in enumerate(contenders):
        test = contender["versus_best_unimodal"]["accuracy"]
        text, interval = format_points(test["difference"]), None
        if test["interval"] is not None:
            low, high = test["interval"]
            text += f" ({format_points(low)} to {format_points(high)})"
            interval = [100 * low, 100 * high]
        filled = words.finding_against_unimodal(contender) in ("better", "worse")
        _draw_contender(axes, row, contender, 100 * test["difference"], interval, text, filled)
    axes.set_xlabel(f"accuracy difference from {shorten_name(against, 24)} (points)")
    _finish(figure, axes, contenders, [])
    return figure


def _figure_with_rows(num_rows, num_legend_entries):
    figure = new_figure(WIDTH, 0.75 + 0.4 * num_rows + 0.2 * -(-num_legend_entries // 2))
    return figure, figure.subplots()


def _draw_contender(axes, row, contender, mean, interval, text, filled=True):
    """Draw a marker on its interval, with the contender's name and values above."""
    color, marker, _ = GROUP_STYLES[words.group_of(contender)]
    if interval is not None:
        axes.plot(interval, [row, row], color=color, linewidth=2, solid_capstyle="butt")
    fill = color if filled else "white"
    axes.plot(mean, row, color=color, marker=marker, markersize=6, markerfacecolor=fill, zorder=4)
    text_style = {
        "transform": axes.get_yaxis_transform(),
        "va": "bottom",
        "fontsize": 9,
        "zorder": 5,
        "bbox": {"facecolor": "white", "edgecolor": "none", "pad": 1},
    }
    axes.text(0, row - 0.27, shorten_name(contender["name"], 32), **text_style)
    axes.text(1, row - 0.27, text, ha="right", **text_style)


def _finish(figure, axes, contenders, truth_handles):
    """Set the limits and add the legend: the groups of contenders, then the truth lines."""
    axes.set(ylim=(len(contenders) - 0.5, -0.95), yticks=[])
    axes.spines["left"].set_visible(False)
    axes.margins(x=0.04)
    groups = dict.fromkeys(words.group_of(contender) for contender in contenders)
    for group in groups:
        color, marker, label = GROUP_STYLES[group]
        axes.plot([], [], color=color, marker=marker, linewidth=2, label=label)
    handles = axes.get_legend_handles_labels()[0]
    group_handles = [handle for handle in handles if handle not in truth_handles]
    figure.legend(
        handles=[*group_handles, *truth_handles],
        loc="outside lower center",
        ncols=2,
        columnspacing=1.0,
        handlelength=1.8,
    )


@in_style
def reliability_figure(contenders):
    """Plot accuracy against confidence; larger points stand for more predictions.

    At most one contender per group, because the group determines color and marker.
    """
    figure = new_figure(WIDTH, 4.4 + 0.2 * len(contenders))
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], color=GRAY, linestyle="dashed", label="perfectly calibrated")
    for contender in contenders:
        curve, (color, marker, _) = (
            contender["reliability"],
            GROUP_STYLES[words.group_of(contender)],
        )
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
