"""The plane of two features, colored by what a classifier says in every point of it."""

import math

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.lines import Line2D

from mm_keras.plots.figure import colors, in_style, new_figure
from mm_keras.utils.formatting import shorten_name

MARKERS = "osD^vPpX"


@in_style
def decision_surface(
    predict,
    x_range,
    y_range,
    points=None,
    labels=None,
    class_names=None,
    resolution=120,
    xlabel="feature 1",
    ylabel="feature 2",
):
    """Which class a classifier gives to every point of a plane: the fuller the color, the surer it is.

    Args:
        predict: function, array (m, 2) -> probabilities (m, K), or (m, 1) of class 1 (a sigmoid), or classes (m,).
        x_range: (low, high) of the first feature.
        y_range: (low, high) of the second feature.
        points: array (n, 2), samples to draw on the plane.
        labels: int array (n,), their true classes.
        class_names: sequence of K str, default "class 0", "class 1", ...
        resolution: int, points along each side.
        xlabel: str.
        ylabel: str.

    Returns:
        matplotlib.figure.Figure

    Example:
        >>> figure = decision_surface(lambda points: points[:, 0] > 0, (-1, 1), (0, 1), class_names=["left", "right"])
        >>> [text.get_text() for text in figure.legends[0].get_texts()]
        ['left', 'right']
    """
    x, y = np.meshgrid(np.linspace(*x_range, resolution), np.linspace(*y_range, resolution))
    labels = None if labels is None else np.asarray(labels, int)
    answers = np.asarray(predict(np.stack([x.ravel(), y.ravel()], axis=1)))
    probabilities = _probabilities(answers, len(class_names or "ab"))
    num_classes = probabilities.shape[1]
    names = [
        shorten_name(name, 24) for name in class_names or [f"class {k}" for k in range(num_classes)]
    ]
    table = np.array([to_rgb(color) for color in colors(num_classes)])

    keys_columns = math.ceil(num_classes / 16)
    figure = new_figure(5.0 + 2.0 * keys_columns, 4.4)
    axes = figure.subplots()
    sure = (probabilities.max(axis=1) - 1 / num_classes) / max(1 - 1 / num_classes, 1e-12)
    strength = (0.1 + 0.5 * sure)[:, None]
    fields = 1 - strength * (1 - table[probabilities.argmax(axis=1)])
    axes.imshow(
        fields.reshape(resolution, resolution, 3),
        origin="lower",
        extent=(*x_range, *y_range),
        aspect="auto",
    )
    if points is not None and len(points):
        _draw_points(
            axes,
            np.asarray(points, float),
            np.zeros(len(points), int) if labels is None else labels,
            table if labels is not None else np.zeros((1, 3)),
        )
    axes.set(xlabel=xlabel, ylabel=ylabel, xlim=x_range, ylim=y_range)
    keys = [
        Line2D(
            [],
            [],
            color=color,
            marker=MARKERS[k % len(MARKERS)],
            markeredgecolor="white",
            markersize=8,
            linestyle="",
            label=name,
        )
        for k, (name, color) in enumerate(zip(names, table))
    ]
    figure.legend(handles=keys, loc="outside right upper", ncols=keys_columns)
    return figure


def _probabilities(answers, num_classes):
    """(m, K) probabilities from what a classifier answered."""
    if answers.ndim == 1:
        return np.eye(max(num_classes, int(answers.max()) + 1))[answers.astype(int)]
    return (
        np.hstack([1 - answers, answers]) if answers.shape[1] == 1 and num_classes == 2 else answers
    )


def _draw_points(axes, points, labels, table):
    for k in np.unique(labels):
        chosen = points[labels == k]
        axes.scatter(
            chosen[:, 0],
            chosen[:, 1],
            color=[table[k]],
            marker=MARKERS[k % len(MARKERS)],
            s=32,
            edgecolors="white",
            linewidths=0.7,
        )
