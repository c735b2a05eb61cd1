"""Plot of one explained prediction: weights of words and image cells, share of each modality."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize, to_rgb
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from mm_keras.plots.figure import (
    AGAINST,
    AGAINST_FOR,
    GRAY,
    ORANGE,
    in_style,
    inch_axes,
    new_figure,
)
from mm_keras.plots.parts import as_image, pale, show_image
from mm_keras.plots.text_weights import tint_scale, tints
from mm_keras.plots.words import COLUMN, LINE, character_weights, draw_words, lay_out
from mm_keras.utils.formatting import shorten_name

if TYPE_CHECKING:
    from mm_keras.image.read import ImageSource

WIDTH, MAX_LINES = 58, 20  # columns and lines of the text
IMAGE = 3.0  # inches
LEFT, HEADING, BAR, NAMES = 0.3, 0.45, 0.3, 1.4  # inches; NAMES is the width of bar labels
SCALE = 0.8  # inches, with the space above and the labels below


@in_style
def joint_explanation(
    image: "ImageSource | None",
    text: str | None,
    word_weights: Mapping[str, float],
    cell_weights: ArrayLike | None = None,
    shares: Mapping[str, float] | None = None,
    title: str = "",
    stem: str | None = None,
    part_weights: Mapping[str, float] | None = None,
    true_label: str | None = None,
) -> Figure:
    """Plot the words and image cells that support a prediction (orange) or oppose it (blue).

    Within the text and within the image, tints are relative to the largest weight. The bars of
    `shares` compare the modalities.

    Args:
        image: array (H, W) or (H, W, 3), a path, or None.
        text: str or None.
        word_weights: dict, term -> weight (may be empty).
        cell_weights: array (rows, columns), e.g. one weight per HOG cell, scaled to the image.
            None for features without positions: the image then has no tints, and a note says so.
        shares: dict, modality -> its share of the decision (may be negative).
        title: str, e.g. "weather: 0.87".
        stem: None, or the stemmer that produced the terms, e.g. "porter".
        part_weights: dict, image extractor -> weight of its features, if there are several, e.g.
            {"HOG": 1.5, "ColorHistogram": 0.4}.
        true_label: str, the class that is right, added to the title.

    Returns:
        matplotlib.figure.Figure with the text, the image and, if given, the shares, the weights of
        the image's parts and a color scale.

    Example:
        >>> shares = {"text": 0.7, "image": 0.3}
        >>> figure = joint_explanation(None, "storm warning", {"storm": 2.0}, shares=shares)
        >>> [float(bar.get_width()) for bar in figure.axes[2].patches]
        [0.7, 0.3]
    """
    words = lay_out(text or "", WIDTH, MAX_LINES) or [("(no text)", -1, 0, 0)]
    num_lines = words[-1][2] + 1
    charts = {"share of the decision": shares, "weights of the image features": part_weights}
    charts = {heading: values for heading, values in charts.items() if values}
    weights = character_weights(text or "", word_weights, stem)
    has_tints = weights.any() or cell_weights is not None
    left_height = num_lines * LINE + sum(HEADING + BAR * len(bars) for bars in charts.values())
    left_height += SCALE if has_tints else 0
    title = _full_title(title, true_label)
    top = 0.7 if title else 0.4
    height = top + max(left_height, IMAGE + 0.1) + 0.2
    width = WIDTH * COLUMN + IMAGE + 0.9
    figure = new_figure(width, height, layout=None)
    figure.text(0.5, 1 - 0.2 / height, title, ha="center", va="center", fontsize=12)

    axes = inch_axes(figure, LEFT, top, WIDTH * COLUMN, num_lines * LINE)
    draw_words(axes, words, tints(weights, tint_scale(weights)), WIDTH, num_lines)
    axes.set_title("words", loc="left", fontsize=10)
    _draw_cells(inch_axes(figure, width - IMAGE - 0.2, top, IMAGE, IMAGE), image, cell_weights)
    below = top + num_lines * LINE
    for heading, values in charts.items():
        size = BAR * len(values)
        axes = inch_axes(figure, NAMES, below + HEADING, WIDTH * COLUMN - NAMES - 0.3, size)
        _draw_bars(axes, values, heading)
        below += HEADING + size
    if has_tints:
        size = WIDTH * COLUMN - NAMES - 0.3
        _draw_scale(figure, inch_axes(figure, NAMES, below + SCALE / 2, size, 0.12))
    return figure


def _full_title(title, true_label):
    """The title in at most 80 columns, with the true class."""
    if true_label is None:
        return shorten_name(title, 80)
    return f"{shorten_name(title, 45)} (true: {shorten_name(true_label, 26)})"


def _draw_scale(figure, axes):
    """The colors of weights, from the largest one against the class to the largest one for it."""
    scale = ScalarMappable(Normalize(-1, 1), AGAINST_FOR)
    bar = figure.colorbar(scale, cax=axes, orientation="horizontal")
    bar.set_ticks([-1, 0, 1], labels=["against", "weight 0", "for"])
    for label, side in zip(axes.get_xticklabels(), ("left", "center", "right")):
        label.set_horizontalalignment(side)


def _draw_cells(axes, image, cell_weights):
    image = as_image(image)
    axes.set_anchor("N")
    axes.set_title("image cells" if cell_weights is not None else "image", fontsize=10)
    if image is None or cell_weights is None:
        show_image(axes, image)
        if image is not None:
            axes.set_xlabel("no tints: its features have no positions", fontsize=9)
        return
    height, width = image.shape[:2]
    show_image(axes, pale(image, 0.3))
    weights = np.asarray(cell_weights, float)
    layer = np.where(weights[..., None] < 0, to_rgb(AGAINST), to_rgb(ORANGE))
    strength = 0.75 * np.abs(weights) / max(np.abs(weights).max(), 1e-12)
    axes.imshow(
        np.dstack([layer, strength]),
        extent=(-0.5, width - 0.5, height - 0.5, -0.5),
        interpolation="nearest",
    )


def _draw_bars(axes, bars, heading):
    values = np.array([float(value) for value in bars.values()])
    axes.barh(
        range(len(values)),
        values,
        color=[ORANGE if value >= 0 else AGAINST for value in values],
        height=0.66,
    )
    low, high = min(0, values.min()), max(values.max(), 0)
    span = max(high - low, 1e-12)
    for i, value in enumerate(values):
        step, side = (0.02 * span, "left") if value >= 0 else (-0.02 * span, "right")
        axes.text(value + step, i, f"{value:.2f}", va="center", ha=side, fontsize=9)
    axes.set(
        xlim=(low - (0.2 * span if low < 0 else 0), high + 0.15 * span),
        ylim=(len(values) - 0.5, -0.5),
        xticks=[],
    )
    axes.set_yticks(range(len(values)), [shorten_name(name, 16) for name in bars])
    axes.spines[["bottom", "left"]].set_visible(False)
    axes.tick_params(axis="y", length=0)
    axes.axvline(0, color=GRAY, linewidth=1)
    axes.set_title(heading, loc="left", fontsize=10)
