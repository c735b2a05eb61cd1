"""The figures of a report, embedded in the page as SVG, and collected as files."""

import base64
from contextlib import contextmanager
from contextvars import ContextVar
from io import BytesIO

import matplotlib
import numpy as np

from mm_keras.comparison.report import words
from mm_keras.comparison.results.folder import FIGURE_CREATOR
from mm_keras.plots.figure import BLUE, GRAY, ORANGE, in_style, new_figure
from mm_keras.plots.parts import legend_below, truth_lines
from mm_keras.utils.formatting import format_points, shorten_name
from mm_keras.utils.markup import tag

WIDTH = 4.6  # inches: narrow enough for a phone, and two fit side by side on a desktop screen
GROUP_STYLES = {
    "reference": (GRAY, "D", "majority class"),
    "alone": (ORANGE, "s", "one modality alone"),
    "fused": (BLUE, "o", "fused"),
}


_collected = ContextVar("collected", default=None)


@contextmanager
def collecting():
    """A context that yields a dict, file name -> bytes, of the figures drawn by `as_image` in it.

    Every figure is there as SVG and as PDF.
    """
    files = {}
    token = _collected.set(files)
    try:
        yield files
    finally:
        _collected.reset(token)


def as_image(figure, alt, name=None):
    """A matplotlib Figure as an <img> with its SVG inside; the same figure gives the same bytes.

    Args:
        figure: the Figure.
        alt: str, a description for readers who cannot see it.
        name: str, the name of its files without the suffix, where they are collected.
    """
    svg, files = _drawn(figure, "svg"), _collected.get()
    if files is not None:
        name = name or "figure"
        if f"{name}.svg" in files:
            name = f"{name}-{len(files) // 2 + 1}"
        files[f"{name}.svg"] = svg
        files[f"{name}.pdf"] = _drawn(figure, "pdf")
    data = base64.b64encode(svg).decode()
    width, height = (int(round(96 * inches)) for inches in figure.get_size_inches())
    return tag(
        "img",
        src=f"data:image/svg+xml;base64,{data}",
        alt=alt,
        width=width,
        height=height,
        style=f"min-width:{0.74 * width:.0f}px;max-width:{width}px",
    )


def _drawn(figure, suffix):
    """The bytes of a figure as "svg" or "pdf", with outlines or embedded TrueType fonts."""
    file, date = BytesIO(), {"svg": "Date", "pdf": "CreationDate"}[suffix]
    style = {"svg.hashsalt": "mm_keras", "svg.fonttype": "path", "pdf.fonttype": 42}
    with matplotlib.rc_context(style):
        figure.savefig(file, format=suffix, metadata={date: None, "Creator": FIGURE_CREATOR})
    return file.getvalue()


@in_style
def interval_figure(contenders, truth=None):
    """Plot accuracy and 95% confidence interval of each contender, in the order given.

    Vertical lines mark the best possible accuracies in `truth`.
    """
    figure, axes = _figure_with_rows(len(contenders))
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
    figure, axes = _figure_with_rows(len(contenders))
    axes.axvline(0, color="black", linewidth=1)
    for row, contender in enumerate(contenders):
        test = contender["versus_best_unimodal"]["accuracy"]
        text, interval = format_points(test["difference"]), None
        if test["interval"] is not None:
            low, high = test["interval"]
            text += f" ({format_points(low)} to {format_points(high)})"
            interval = [100 * low, 100 * high]
        filled = words.finding_against_unimodal(contender) in ("better", "worse")
        text = text.replace("-", "\u2212")  # as on the axis
        _draw_contender(axes, row, contender, 100 * test["difference"], interval, text, filled)
    axes.set_xlabel(f"accuracy difference from {shorten_name(against, 24)} (points)")
    _finish(figure, axes, contenders, [])
    return figure


def _figure_with_rows(num_rows):
    figure = new_figure(WIDTH, 0.75 + 0.4 * num_rows)
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
    legend_below(figure, [*group_handles, *truth_handles])


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
