"""Curves: over epochs, over the number of training samples, over the severity of a disturbance."""

import math

import numpy as np
from matplotlib.lines import Line2D

from mm_keras.plots.figure import colors, in_style, new_figure
from mm_keras.plots.parts import truth_lines, whole_numbers
from mm_keras.utils.formatting import shorten_name


@in_style
def learning_curves(history, truth=None, metric=None):
    """Loss and accuracy over the epochs: training solid, validation dashed, one color per run.

    Where the dashed line leaves the solid one, the model learns its training samples by heart.

    Args:
        history: what `model.fit` returns, or its `.history` dict, or a dict run name -> one of these.
        truth: dict, name -> best possible accuracy, drawn as horizontal lines.
        metric: str, the second panel; default the first name with "acc" in it, else the first metric beside the loss.

    Returns:
        matplotlib.figure.Figure with two axes, or with one if only the loss was recorded.

    Example:
        >>> figure = learning_curves({"loss": [0.9, 0.4], "accuracy": [0.5, 0.8], "val_accuracy": [0.5, 0.6]})
        >>> [line.get_ydata().tolist() for line in figure.axes[1].lines]
        [[0.5, 0.8], [0.5, 0.6]]
    """
    runs = _runs(history)
    metric = metric or _metric(next(iter(runs.values())))
    names = ["loss", metric] if metric else ["loss"]
    keys = [
        Line2D([], [], color=color, label=shorten_name(run, 24))
        for run, color in zip(runs, colors(len(runs)))
        if run
    ]
    keys += [Line2D([], [], color="black", label="training")]
    if any(f"val_{name}" in record for record in runs.values() for name in names):
        keys += [Line2D([], [], color="black", linestyle="dashed", label="validation")]

    num_keys = len(keys) + len(truth or {})
    figure = new_figure(4.6 * len(names), 3.1 + 0.2 * math.ceil(num_keys / (2 * len(names))))
    for axes, name in zip(figure.subplots(1, len(names), squeeze=False)[0], names):
        for record, color in zip(runs.values(), colors(len(runs))):
            for key, dash in ((name, "solid"), (f"val_{name}", "dashed")):
                values = np.asarray(record.get(key, []), float)
                if len(values):
                    axes.plot(
                        np.arange(1, len(values) + 1),
                        values,
                        color=color,
                        linestyle=dash,
                        marker="o" if len(values) == 1 else None,
                    )
        axes.set(xlabel="epoch", ylabel=name.replace("_", " "))
        whole_numbers(axes.xaxis)
        if "acc" in name:
            axes.set_ylim(0, 1.03)
            keys += truth_lines(axes, truth)
    figure.legend(handles=keys, loc="outside lower center", ncols=2 * len(names))
    return figure


def _runs(history):
    """dict run name -> dict of recorded values; the name is "" for a single run."""
    history = getattr(history, "history", history)
    if all(isinstance(values, dict) or hasattr(values, "history") for values in history.values()):
        return {str(name): getattr(run, "history", run) for name, run in history.items()}
    return {"": history}


def _metric(record):
    names = [
        name
        for name in record
        if not name.startswith("val_") and name not in ("loss", "learning_rate", "lr")
    ]
    return next((name for name in names if "acc" in name), names[0] if names else None)


@in_style
def size_curves(sizes, results, truth=None, xlabel="training samples"):
    """Accuracy over the number of training samples: do more samples help, and which model needs fewest?

    Args:
        sizes: sequence of increasing numbers of samples (drawn in logarithmic steps).
        results: dict, name -> accuracies, or (mean, low, high), three sequences as long as `sizes`, drawn with a band.
        truth: dict, name -> best possible accuracy, drawn as horizontal lines.
        xlabel: str.

    Returns:
        matplotlib.figure.Figure

    Example:
        >>> figure = size_curves([50, 100], {"both": ([0.6, 0.7], [0.5, 0.6], [0.7, 0.8])})
        >>> figure.axes[0].lines[0].get_ydata().tolist()
        [0.6, 0.7]
    """
    figure = _accuracy_curves(sizes, results, truth, xlabel)
    axes, shown = figure.axes[0], []
    axes.set_xscale("log")
    span = math.log(max(sizes) / min(sizes))
    for size in sizes:  # label what leaves room for the label before it
        if not shown or math.log(size / shown[-1]) > 0.09 * span:
            shown.append(size)
    axes.set_xticks(shown, [f"{size:,}" for size in shown])
    axes.minorticks_off()
    return figure


@in_style
def severity_curves(results, severities=None, truth=None, xlabel="severity"):
    """Accuracy over the severity of a disturbance, e.g. the share of missing words: which model stands most of it?

    Args:
        results: dict, name -> accuracies, or (mean, low, high); one value per severity.
        severities: sequence of numbers, default 0, 1, 2, ...
        truth: dict, name -> best possible accuracy, drawn as horizontal lines.
        xlabel: str, what the severity is.

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
    num_keys = len(results) + len(truth or {})
    figure = new_figure(6.2, 3.4 + 0.2 * math.ceil(num_keys / 2))
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
            positions,
            mean,
            color=color,
            marker="osD^vP*"[i % 7],
            markersize=5,
            label=shorten_name(name, 30),
        )
    axes.set(xlabel=xlabel, ylabel="accuracy", ylim=(0, 1.03))
    keys = axes.get_legend_handles_labels()[0] + truth_lines(axes, truth)
    figure.legend(handles=keys, loc="outside lower center", ncols=2)
    return figure
