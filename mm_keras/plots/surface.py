"""Plot of the decision regions of a classifier of two features."""

import math
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import ArrayLike

from mm_keras.plots.figure import colors, in_style, new_figure
from mm_keras.utils.formatting import shorten_name

MARKERS = "osD^vPpX"


@in_style
def decision_surface(
    predict: Callable[[np.ndarray], ArrayLike] | Mapping[str, Callable[[np.ndarray], ArrayLike]],
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    points: ArrayLike | None = None,
    labels: ArrayLike | None = None,
    class_names: Sequence[str] | None = None,
    resolution: int = 200,
    xlabel: str = "feature 1",
    ylabel: str = "feature 2",
) -> Figure:
    """Plot the predicted class at every point of a plane: the deeper the color, the more confident.

    Args:
        predict: function, array (m, 2) -> probabilities (m, K), or the sigmoid probability (m, 1)
            of class 1, or classes (m,). A dict, name -> function, gives one panel per function.
        x_range: (low, high) of the first feature.
        y_range: (low, high) of the second feature.
        points: array (n, 2), samples to draw on the plane, or None.
        labels: int array (n,), their true classes, or None.
        class_names: sequence of K str, by default "class 0", "class 1", ...
        resolution: int, number of grid points along each side.
        xlabel: str, label of the x axis.
        ylabel: str, label of the y axis.

    Returns:
        matplotlib.figure.Figure

    Example:
        >>> predict = lambda points: points[:, 0] > 0
        >>> figure = decision_surface(predict, (-1, 1), (0, 1), class_names=["left", "right"])
        >>> [text.get_text() for text in figure.legends[0].get_texts()]
        ['left', 'right']
    """
    functions = predict if isinstance(predict, Mapping) else {"": predict}
    x, y = np.meshgrid(np.linspace(*x_range, resolution), np.linspace(*y_range, resolution))
    labels = None if labels is None else np.asarray(labels, int)
    grid = np.stack([x.ravel(), y.ravel()], axis=1)
    outputs = {name: np.asarray(function(grid)) for name, function in functions.items()}
    least = len(class_names) if class_names else 2
    surfaces = {name: _probabilities(output, least) for name, output in outputs.items()}
    num_classes = max(probabilities.shape[1] for probabilities in surfaces.values())
    names = [
        shorten_name(name, 24) for name in class_names or [f"class {k}" for k in range(num_classes)]
    ]
    class_colors = np.array([to_rgb(color) for color in colors(num_classes)])

    legend_columns = math.ceil(num_classes / 16)
    side = 5.0 if len(surfaces) == 1 else 3.4
    figure = new_figure(side * len(surfaces) + 2.0 * legend_columns, side - 0.6)
    panels = figure.subplots(1, len(surfaces), squeeze=False, sharey=True)[0]
    for axes, (name, probabilities) in zip(panels, surfaces.items()):
        axes.imshow(
            _tints(probabilities, class_colors).reshape(resolution, resolution, 3),
            origin="lower",
            extent=(*x_range, *y_range),
            aspect="auto",
            interpolation="bilinear",
        )
        if points is not None and len(points):
            _draw_points(
                axes,
                np.asarray(points, float),
                np.zeros(len(points), int) if labels is None else labels,
                class_colors if labels is not None else np.zeros((1, 3)),
            )
        axes.set(title=shorten_name(name, 32), xlabel=xlabel, xlim=x_range, ylim=y_range)
    panels[0].set_ylabel(ylabel)
    figure.legend(
        handles=_class_handles(names, class_colors),
        loc="outside right upper",
        ncols=legend_columns,
        title="deep: certain\npale: unsure",
        title_fontsize=9,
        alignment="left",
    )
    return figure


def _tints(probabilities, class_colors):
    """The color of the most probable class, paler where it is less certain: array (m, 3)."""
    num_classes = probabilities.shape[1]
    confidence = (probabilities.max(axis=1) - 1 / num_classes) / max(1 - 1 / num_classes, 1e-12)
    strength = (0.1 + 0.5 * confidence)[:, None]
    return 1 - strength * (1 - class_colors[probabilities.argmax(axis=1)])


def _class_handles(names, class_colors):
    return [
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
        for k, (name, color) in enumerate(zip(names, class_colors))
    ]


def _probabilities(outputs, num_classes):
    """(m, K) probabilities from the outputs of a classifier."""
    if outputs.ndim == 1:
        return np.eye(max(num_classes, int(outputs.max()) + 1))[outputs.astype(int)]
    if outputs.shape[1] == 1 and num_classes == 2:
        return np.hstack([1 - outputs, outputs])
    return outputs


def _draw_points(axes, points, labels, class_colors):
    for k in np.unique(labels):
        members = points[labels == k]
        axes.scatter(
            members[:, 0],
            members[:, 1],
            color=[class_colors[k]],
            marker=MARKERS[k % len(MARKERS)],
            s=32,
            edgecolors="white",
            linewidths=0.7,
        )
