"""A small table of numbers, tinted: words by sentences, similarities by steps, scores by models."""

import numpy as np

from mm_keras.plots.figure import AGAINST_FOR, COUNTS, GRAY, in_style, new_figure
from mm_keras.utils.formatting import num_columns, shorten_name


@in_style
def value_table(values, columns, rows, decimals=None):
    """A table whose cells hold their number and are tinted by it: white is zero, the fullest color the largest.

    Made for tables that fit on a page, so that each number can be followed by eye. With negative numbers the tints run
    from blue (below zero) over white to orange.

    Args:
        values: array (number of rows, number of columns), or a sparse matrix.
        columns: sequence of str, the names above the columns.
        rows: sequence of str, the names left of the rows.
        decimals: int, digits after the point. Default: 0 when all values are whole numbers, else 2.

    Returns:
        matplotlib.figure.Figure

    Raises:
        ValueError: not one name per row and column.

    Example:
        >>> figure = value_table([[2, 0], [1, 1]], ["sun", "wind"], ["first", "second"])
        >>> [text.get_text() for text in figure.axes[0].texts]
        ['2', '0', '1', '1']
    """
    values = np.asarray(values.toarray() if hasattr(values, "toarray") else values, float)
    if values.shape != (len(rows), len(columns)):
        raise ValueError(
            f"`value_table` needs one name per row and column. Received: values {values.shape}, "
            f"{len(rows)} rows, {len(columns)} columns."
        )
    if decimals is None:
        decimals = 0 if (values == np.round(values)).all() else 2
    texts = [
        [f"{value:z.{decimals}f}" for value in row] for row in values
    ]  # z: "0.00", not "-0.00"
    above, left = (
        [shorten_name(name, 24) for name in columns],
        [shorten_name(name, 44) for name in rows],
    )
    longest = max((len(text) for row in texts for text in row), default=1)
    number_width, name_width = (
        0.16 + 0.09 * longest,
        0.12 + 0.085 * max(map(num_columns, above), default=0),
    )
    slanted = name_width * len(above) > 8 and name_width > max(0.5, number_width)
    cell = max(0.5, number_width, 0 if slanted else name_width)

    figure = new_figure(
        cell * len(above)
        + 0.085 * max(map(num_columns, left), default=0)
        + (0.9 if slanted else 0.4),
        0.36 * len(left) + (0.3 + 0.7 * name_width if slanted else 0.4),
    )
    axes = figure.subplots()
    top = np.abs(values).max(initial=0) or 1
    negative = values.size and values.min() < 0
    axes.imshow(
        values,
        cmap=AGAINST_FOR if negative else COUNTS,
        vmin=-top if negative else 0,
        vmax=top,
        aspect="auto",
    )
    for (i, j), value in np.ndenumerate(values):
        color = "white" if not negative and value > 0.85 * top else "black" if value else GRAY
        axes.text(j, i, texts[i][j], ha="center", va="center", color=color)
    slant = {"rotation": 45, "ha": "left", "rotation_mode": "anchor"} if slanted else {}
    axes.set_xticks(range(len(above)), above, **slant)
    axes.set_yticks(range(len(left)), left)
    axes.tick_params(length=0, top=False, labeltop=True, bottom=False, labelbottom=False)
    axes.spines[:].set_visible(False)
    return figure
