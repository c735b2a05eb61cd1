"""Curves by epoch, by number of training samples, and by severity of a corruption."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from mm_keras.plots.figure import GRAY, colors, in_style, new_figure
from mm_keras.plots.parts import integer_ticks, legend_below, truth_lines


@in_style
def learning_curves(
    history: Any, truth: Mapping[str, float] | None = None, metric: str | None = None
) -> Figure:
    """Plot loss and accuracy by epoch: training solid, validation dashed, one color per run.

    Where the dashed line departs from the solid one, the model starts to overfit.

    Args:
        history: the return value of `model.fit`, its `.history` dict, or a dict, run name -> one
            of these.
        truth: dict, name -> best possible accuracy, drawn as horizontal lines.
        metric: str, the metric of the second panel; by default the first one with "acc" in its
            name, else the first metric other than the loss.

    Returns:
        matplotlib.figure.Figure with two axes, or with one if only the loss was recorded.

    Example:
        >>> history = {"loss": [0.9, 0.4], "accuracy": [0.5, 0.8], "val_accuracy": [0.5, 0.6]}
        >>> figure = learning_curves(history)
        >>> [line.get_ydata().tolist() for line in figure.axes[1].lines]
        [[0.5, 0.8], [0.5, 0.6]]
    """
    runs = _runs(history)
    metric = metric or _default_metric(next(iter(runs.values())))
    names = ["loss", metric] if metric else ["loss"]
    handles = _run_handles(runs, names)
    figure = new_figure(4.6 * len(names), 3.1)
    for axes, name in zip(figure.subplots(1, len(names), squeeze=False)[0], names):
        for record, color in zip(runs.values(), colors(len(runs))):
            for key, linestyle in ((name, "solid"), (f"val_{name}", "dashed")):
                values = np.asarray(record.get(key, []), float)
                if len(values):
                    axes.plot(
                        np.arange(1, len(values) + 1),
                        values,
                        color=color,
                        linestyle=linestyle,
                        marker="o" if len(values) == 1 else None,
                    )
        axes.set(xlabel="epoch", ylabel=name.replace("_", " "))
        integer_ticks(axes.xaxis)
        if "acc" in name:
            axes.set_ylim(0, 1.03)
            handles += truth_lines(axes, truth)
    legend_below(figure, handles, 2 * len(names))
    return figure


def _run_handles(runs, names):
    """Legend handles: a color per run and, where validation was recorded, the two line styles."""
    named = [run for run in runs if run]
    handles = [
        Line2D([], [], color=color, label=run) for run, color in zip(named, colors(len(runs)))
    ]
    style_color = GRAY if named else colors(1)[0]
    if any(f"val_{name}" in record for record in runs.values() for name in names):
        handles += [
            Line2D([], [], color=style_color, label="training"),
            Line2D([], [], color=style_color, linestyle="dashed", label="validation"),
        ]
    elif not named:
        handles += [Line2D([], [], color=style_color, label="training")]
    return handles


def _runs(history):
    """dict: run name -> dict of recorded values; the name is "" for a single run."""
    history = getattr(history, "history", history)
    if all(isinstance(values, dict) or hasattr(values, "history") for values in history.values()):
        return {str(name): getattr(run, "history", run) for name, run in history.items()}
    return {"": history}


def _default_metric(record):
    names = [
        name
        for name in record
        if not name.startswith("val_") and name not in ("loss", "learning_rate", "lr")
    ]
    return next((name for name in names if "acc" in name), names[0] if names else None)


@in_style
def size_curves(
    sizes: Sequence[int],
    results: Mapping[str, Any],
    truth: Mapping[str, float] | None = None,
    xlabel: str = "training samples",
) -> Figure:
    """Plot accuracy by number of training samples: do more samples help, and for which model?

    Args:
        sizes: increasing numbers of samples, drawn on a logarithmic axis.
        results: dict, name -> accuracies, one per size; or (mean, low, high), three such sequences,
            drawn as a curve with a band.
        truth: dict, name -> best possible accuracy, drawn as horizontal lines.
        xlabel: str, label of the x axis.

    Returns:
        matplotlib.figure.Figure

    Example:
        >>> figure = size_curves([50, 100], {"both": ([0.6, 0.7], [0.5, 0.6], [0.7, 0.8])})
        >>> figure.axes[0].lines[0].get_ydata().tolist()
        [0.6, 0.7]
    """
    figure = _accuracy_curves(sizes, results, truth, xlabel)
    axes, ticks = figure.axes[0], []
    axes.set_xscale("log")
    span = math.log(max(sizes) / min(sizes))
    for size in sizes:  # skip sizes whose label would touch the previous one
        if not ticks or math.log(size / ticks[-1]) > 0.09 * span:
            ticks.append(size)
    axes.set_xticks(ticks, [f"{size:,}" for size in ticks])
    axes.minorticks_off()
    return figure


@in_style
def severity_curves(
    results: Mapping[str, Any],
    severities: Sequence[float] | None = None,
    truth: Mapping[str, float] | None = None,
    xlabel: str = "severity",
) -> Figure:
    """Plot accuracy by severity of a corruption, e.g. the fraction of words dropped.

    Args:
        results: dict, name -> accuracies, one per severity; or (mean, low, high), three such
            sequences, drawn as a curve with a band.
        severities: sequence of numbers, by default 0, 1, 2, ...
        truth: dict, name -> best possible accuracy, drawn as horizontal lines.
        xlabel: str, label of the x axis.

    Returns:
        matplotlib.figure.Figure

    Example:
        >>> figure = severity_curves({"text": [0.9, 0.5], "both": [0.9, 0.8]})
        >>> [line.get_label() for line in figure.axes[0].lines]
        ['text', 'both']
    """
    if severities is None:
        severities = range(max((np.shape(values)[-1] for values in results.values()), default=0))
    return _accuracy_curves(severities, results, truth, xlabel)


def _accuracy_curves(positions, results, truth, xlabel):
    figure = new_figure(6.2, 3.4)
    axes = figure.subplots()
    for i, ((name, values), color) in enumerate(zip(results.items(), colors(len(results)))):
        values = np.asarray(values, float)
        if values.shape[-1] != len(positions) or values.shape[:-1] not in ((), (3,)):
            raise ValueError(
                f"{name!r} needs {len(positions)} accuracies, or (mean, low, high) of them. "
                f"Received shape: {values.shape}."
            )
        mean = values if values.ndim == 1 else values[0]
        if values.ndim == 2:
            axes.fill_between(positions, values[1], values[2], color=color, alpha=0.2, linewidth=0)
        axes.plot(
            positions, mean, color=color, marker="osD^vP*"[i % 7], markersize=5, label=str(name)
        )
    axes.set(xlabel=xlabel, ylabel="accuracy", ylim=(0, 1.03))
    handles = axes.get_legend_handles_labels()[0] + truth_lines(axes, truth)
    legend_below(figure, handles)
    return figure
