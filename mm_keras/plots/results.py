"""Plots of results: confusion matrix, accuracies, and calibration."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from mm_keras.evaluation.metrics.calibration import ece, ece_null, reliability_curve
from mm_keras.evaluation.metrics.intervals import wilson_interval
from mm_keras.plots.figure import BLUE, COUNTS, GRAY, SKY, in_style, new_figure, text_color
from mm_keras.plots.parts import integer_ticks, legend_below, truth_lines
from mm_keras.utils.formatting import num_columns, shorten_name


@in_style
def confusion_matrix(matrix: ArrayLike, class_names: Sequence[str]) -> Figure:
    """Plot a confusion matrix: true classes (rows) by predicted classes (columns).

    The tint of a cell is its share of the row. A dark diagonal is good; a dark cell elsewhere
    shows two classes that the model confuses.

    Args:
        matrix: array (K, K); entry (i, j) is the number of samples of class i that were predicted
            as class j.
        class_names: sequence of K str.

    Returns:
        matplotlib.figure.Figure

    Raises:
        ValueError: the shape of the matrix is not (K, K).

    Example:
        >>> figure = confusion_matrix([[3, 1], [0, 4]], ["sun", "rain"])
        >>> [text.get_text() for text in figure.axes[0].texts]
        ['3', '1', '0', '4']
    """
    matrix, names = np.asarray(matrix), [shorten_name(name, 24) for name in class_names]
    if matrix.shape != (len(names), len(names)):
        raise ValueError(
            f"The matrix needs one row and one column per class name ({len(names)}). "
            f"Received shape: {matrix.shape}."
        )
    cell_format = "{:d}" if matrix.dtype.kind in "iu" else "{:.2f}"
    texts = [[cell_format.format(count) for count in row] for row in matrix]
    cell = max(
        0.34,
        min(0.8, 3.2 / len(names)),
        0.1 + 0.08 * max(len(text) for row in texts for text in row),
    )
    slanted = max(map(num_columns, names)) * 0.075 > cell
    margin = 0.075 * max(map(num_columns, names))

    figure = new_figure(
        cell * len(names) + margin + 0.9,
        cell * len(names) + (0.75 * margin if slanted else 0) + 1.1,
    )
    axes = figure.subplots()
    shares = matrix / np.maximum(matrix.sum(axis=1, keepdims=True), 1e-12)
    image = axes.imshow(shares, cmap=COUNTS, vmin=0, vmax=1)
    for i, row in enumerate(texts):
        for j, text in enumerate(row):
            color = text_color(image.cmap(shares[i, j])[:3]) if matrix[i, j] else GRAY
            axes.text(j, i, text, ha="center", va="center", fontsize=9, color=color)
    slant = {"rotation": 45, "ha": "right", "rotation_mode": "anchor"} if slanted else {}
    axes.set_xticks(range(len(names)), names, **slant)
    axes.set_yticks(range(len(names)), names)
    axes.spines[:].set_visible(True)
    axes.set(xlabel="predicted", ylabel="true")
    if matrix.dtype.kind in "iu" and matrix.any():  # the trace of shares is not an accuracy
        axes.set_title(f"accuracy {np.trace(matrix) / matrix.sum():.3f}")
    return figure


@in_style
def accuracy_bars(
    results: Mapping[str, float | Sequence[float]],
    truth: Mapping[str, float] | None = None,
    label: str = "accuracy",
    num_samples: int | None = None,
    sort: bool = False,
) -> Figure:
    """Plot one horizontal bar per model with its interval, and lines at best possible accuracies.

    Args:
        results: dict, name -> accuracy, or (accuracy, low, high) with the ends of its interval.
        truth: dict, name -> best possible accuracy, e.g. {"text": 0.70, "image": 0.62,
            "both": 0.85}.
        label: str, the name of the score, if it is another one from 0 to 1.
        num_samples: int, the number of test samples. Accuracies without an interval then get
            Wilson's 95% interval for a proportion of so many samples.
        sort: bool, whether to sort the bars, the lowest first.

    Returns:
        matplotlib.figure.Figure

    Example:
        >>> figure = accuracy_bars({"text": 0.5, "both": (0.75, 0.7, 0.8)}, truth={"both": 0.9})
        >>> [float(bar.get_width()) for bar in figure.axes[0].patches]
        [0.5, 0.75]
        >>> figure = accuracy_bars({"both": 0.8, "text": 0.5}, num_samples=10, sort=True)
        >>> [text.get_text() for text in figure.axes[0].texts]
        ['0.500  (0.237 to 0.763)', '0.800  (0.490 to 0.943)']
    """
    rows = {name: _with_interval(value, num_samples) for name, value in results.items()}
    if sort:
        rows = dict(sorted(rows.items(), key=lambda item: item[1][0]))
    figure = new_figure(7.4, 0.75 + 0.32 * max(1, len(rows)))
    axes = figure.subplots()
    for i, row in enumerate(rows.values()):
        axes.barh(i, row[0], color=BLUE, height=0.66)
        text = f"{row[0]:.3f}"
        if len(row) == 3:
            below, above = max(0, row[0] - row[1]), max(0, row[2] - row[0])
            axes.errorbar(
                row[0], i, xerr=[[below], [above]], color="black", capsize=3, linewidth=1.2
            )
            text += f"  ({row[1]:.3f} to {row[2]:.3f})"
        axes.text(1.02, i, text, va="center", fontsize=9)
    axes.set(xlabel=label, xlim=(0, 1), ylim=(max(1, len(rows)) - 0.5, -0.5))
    axes.set_yticks(range(len(rows)), [shorten_name(name, 36) for name in rows])
    axes.tick_params(axis="y", length=0)
    legend_below(figure, truth_lines(axes, truth, across="x"))
    return figure


def _with_interval(value, num_samples):
    """Array of the accuracy and, if they are known, the ends of its interval."""
    row = np.atleast_1d(np.asarray(value, float))
    if len(row) == 1 and num_samples:
        row = np.append(row, wilson_interval(round(row[0] * num_samples), num_samples))
    return row


@in_style
def reliability_diagram(labels: ArrayLike, probabilities: ArrayLike, num_bins: int = 15) -> Figure:
    """Plot accuracy against confidence and, below, the number of samples in each bin.

    On the diagonal, predictions with 80% confidence are right in 80% of the cases. The title
    gives the expected calibration error, and the value up to which it may be due to chance.

    Args:
        labels: int array (n,), or 0/1 array (n, K) for multi-label data.
        probabilities: array (n, K).
        num_bins: int, bins of equal width between 0 and 1.

    Returns:
        matplotlib.figure.Figure with two axes.

    Raises:
        ValueError: the shapes of labels and probabilities do not match.

    Example:
        >>> # 75% confident, right in one of two
        >>> figure = reliability_diagram([0, 1], [[0.75, 0.25], [0.75, 0.25]])
        >>> figure.axes[0].lines[1].get_xydata().tolist()
        [[0.75, 0.5]]

    Reference:
        C. Guo et al., 2017, "On calibration of modern neural networks".
    """
    curve = reliability_curve(labels, probabilities, num_bins)
    error = ece(labels, probabilities, num_bins)
    chance = ece_null(probabilities, num_bins, multi_label=np.ndim(labels) == 2)["upper"]

    figure = new_figure(4.6, 5.2)
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    above.plot([0, 1], [0, 1], color=GRAY, linestyle="dashed", label="perfectly calibrated")
    above.plot(
        curve["confidence"],
        curve["accuracy"],
        color=BLUE,
        marker="o",
        label="model",
        clip_on=False,
        zorder=3,
    )
    above.vlines(
        curve["confidence"], curve["confidence"], curve["accuracy"], color=SKY, linewidth=3
    )
    above.set(
        ylabel="accuracy",
        ylim=(0, 1),
        title=f"calibration error {error:.3f} (chance: up to {chance:.3f})",
    )
    centers = np.ceil(curve["confidence"] * num_bins).clip(1) - 0.5  # of bins that hold samples
    below.bar(centers / num_bins, curve["count"], width=0.9 / num_bins, color=BLUE)
    below.set(xlabel="confidence (largest probability)", ylabel="samples", xlim=(0, 1))
    integer_ticks(below.yaxis)
    figure.legend(*above.get_legend_handles_labels(), loc="outside lower center", ncols=2)
    return figure
