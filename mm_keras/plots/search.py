"""Plot of search results: a row per query, with the best images side by side."""

from collections.abc import Sequence
from typing import Any

from matplotlib.figure import Figure

from mm_keras.plots.figure import ORANGE, in_style, inch_axes, new_figure
from mm_keras.plots.parts import show_in_square, wrap_text

IMAGE, GAP, LINE = 1.2, 0.3, 0.17  # inches: side of an image, gap between images, line of text
QUERY, MARGIN = 2.0, 0.15
NAME_LINES = 4


@in_style
def search_results(
    queries: Sequence[Any],
    images: Sequence[Sequence[Any]],
    names: Sequence[Sequence[str]] | None = None,
    right: Sequence[Sequence[bool]] | None = None,
    num_results: int = 5,
) -> Figure:
    """Plot one row per query: the query, and the images found for it, the best one first.

    Args:
        queries: sequence of n queries, each a str or an image (array or Path).
        images: for each query, the images found (arrays, paths, or None), in order.
        names: for each query, the names of these images, drawn below them. Default: no names.
        right: for each query, whether each image is what was looked for; such images are framed.
            Default: no frames.
        num_results: int, the maximum number of images per query.

    Returns:
        matplotlib.figure.Figure; its axes are, row by row, that of the query and those of its
        images.

    Raises:
        ValueError: `images`, `names` or `right` do not match the queries.

    Example:
        >>> figure = search_results(["a dot"], [["dot.png", "ring.png"]], [["dot", "ring"]])
        >>> [axes.get_xlabel() for axes in figure.axes]
        ['', 'dot', 'ring']
    """
    rows = [list(row)[:num_results] for row in images]
    names = [[""] * len(row) for row in rows] if names is None else names
    right = [[False] * len(row) for row in rows] if right is None else right
    _check(len(queries), rows, names, right)
    labels = [[wrap_text(name, 17, NAME_LINES) for name in row] for row in names]
    lines = max((label.count("\n") + 1 for row in labels for label in row if label), default=0)
    step = IMAGE + 0.1 + LINE * lines + GAP
    columns = max((len(row) for row in rows), default=0)
    width = 2 * MARGIN + QUERY + max(columns, 1) * (IMAGE + GAP)
    figure = new_figure(width, 2 * MARGIN + step * max(len(rows), 1) - GAP, layout=None)
    for number, (query, row) in enumerate(zip(queries, rows)):
        top = MARGIN + number * step
        _draw_query(inch_axes(figure, MARGIN, top, IMAGE, IMAGE), query)
        for column, image in enumerate(row):
            left = MARGIN + QUERY + GAP + column * (IMAGE + GAP)
            axes = inch_axes(figure, left, top, IMAGE, IMAGE)
            show_in_square(axes, image)
            axes.set_xlabel(labels[number][column], fontsize=9)
            if right[number][column]:
                axes.spines[:].set(visible=True, color=ORANGE, linewidth=3)
        if not row:
            figure.text(
                (MARGIN + QUERY + GAP) / figure.get_figwidth(),
                1 - (top + IMAGE / 2) / figure.get_figheight(),
                "nothing found",
                va="center",
            )
    return figure


def _draw_query(axes, query):
    """A text in the width of QUERY, or an image."""
    if not isinstance(query, str):
        show_in_square(axes, query)
        return
    axes.set_axis_off()
    text = wrap_text(query, 25, 6) or "(no text)"
    axes.text(0, 0.5, text, fontsize=10, va="center", transform=axes.transAxes)


def _check(num_queries, rows, names, right):
    """Raise ValueError unless there is a row per query, and a name and a mark per image."""
    if num_queries != len(rows):
        raise ValueError(
            f"`images` needs one list per query ({num_queries}). Received: {len(rows)}."
        )
    for argument, values in (("names", names), ("right", right)):
        if len(values) != len(rows) or any(len(v) < len(row) for v, row in zip(values, rows)):
            raise ValueError(
                f"`{argument}` needs one value per image. Received: "
                f"{[len(value) for value in values]}, for {[len(row) for row in rows]} images."
            )
