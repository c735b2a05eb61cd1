"""Plot of a small table of values with tinted cells."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from mm_keras.plots.figure import AGAINST_FOR, COUNTS, GRAY, in_style, new_figure, text_color
from mm_keras.utils.formatting import num_columns, shorten_name

if TYPE_CHECKING:
    import scipy.sparse as sp


@in_style
def value_table(
    values: "ArrayLike | sp.sparray | sp.spmatrix",
    columns: Sequence[str],
    rows: Sequence[str],
    decimals: int | None = None,
) -> Figure:
    """Plot a small table whose cells show their value and are tinted by it.

    Zero is white and written "0"; the largest value has the deepest color. With negative values,
    the tints run from blue (negative) through white (zero) to orange (positive).

    Args:
        values: array (number of rows, number of columns), or a sparse matrix.
        columns: sequence of str, the column headers.
        rows: sequence of str, the row headers.
        decimals: int, digits after the decimal point; by default 0 if all values are integers,
            else 2.

    Returns:
        matplotlib.figure.Figure

    Raises:
        ValueError: the number of names is not the number of rows or columns.

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
    # Zero is "0", and "0.00" a small value. The format option "z" gives no "-0.00".
    texts = [[f"{value:z.{decimals}f}" if value else "0" for value in row] for row in values]
    above = [shorten_name(name, 24) for name in columns]
    left = [shorten_name(name, 44) for name in rows]
    longest = max((len(text) for row in texts for text in row), default=1)
    number_width = 0.16 + 0.09 * longest
    name_width = 0.12 + 0.085 * max(map(num_columns, above), default=0)
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
    image = axes.imshow(
        values,
        cmap=AGAINST_FOR if negative else COUNTS,
        vmin=-top if negative else 0,
        vmax=top,
        aspect="auto",
    )
    for (i, j), value in np.ndenumerate(values):
        color = text_color(image.cmap(image.norm(value))[:3]) if value else GRAY
        axes.text(j, i, texts[i][j], ha="center", va="center", color=color)
    slant = {"rotation": 45, "ha": "left", "rotation_mode": "anchor"} if slanted else {}
    axes.set_xticks(range(len(above)), above, **slant)
    axes.set_yticks(range(len(left)), left)
    axes.tick_params(length=0, top=False, labeltop=True, bottom=False, labelbottom=False)
    axes.spines[:].set_visible(False)
    return figure
