"""Plot of a text whose words are tinted by their weights, of TF-IDF or of a model."""

from collections.abc import Mapping

from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize
from matplotlib.figure import Figure

from mm_keras.plots.figure import AGAINST_FOR, FOR, in_style, inch_axes, new_figure
from mm_keras.plots.words import COLUMN, LINE, character_weights, draw_words, lay_out

WIDTH = 84  # columns


@in_style
def tfidf_weights(
    text: str | None,
    weights: Mapping[str, float],
    title: str = "TF-IDF weight",
    stem: str | None = None,
    max_lines: int = 20,
) -> Figure:
    """Plot a text whose words are tinted by their weights, with a color bar below.

    Words that are not in the vocabulary stay white. Where terms overlap (a word and an n-gram),
    their weights add up.

    Args:
        text: str; None or "" is shown as "(no text)".
        weights: dict, term (word or n-gram, case-insensitive) -> weight. With negative weights, the
            tints run from blue (against) through white (zero) to orange (for).
        title: str, the label of the color bar.
        stem: None, or the stemmer that produced the terms, e.g. "porter". Words are then looked up
            by their stems.
        max_lines: int, maximum number of lines; "…" replaces the rest.

    Returns:
        matplotlib.figure.Figure with the text and, if any word has a weight, the color bar.

    Example:
        >>> figure = tfidf_weights("Storm at the coast", {"storm": 0.8, "coast": 0.6})
        >>> [word.get_text() for word in figure.axes[0].texts]
        ['Storm', 'at', 'the', 'coast']
    """
    text = text or ""
    words = lay_out(text, WIDTH, max_lines) or [("(no text)", -1, 0, 0)]
    weight_per_character = character_weights(text, weights, stem)
    num_lines = words[-1][2] + 1

    height = num_lines * LINE + 0.25 + (0.7 if weight_per_character.any() else 0)
    figure = new_figure(WIDTH * COLUMN + 0.5, height, layout=None)
    axes = inch_axes(figure, 0.25, 0.12, WIDTH * COLUMN, num_lines * LINE)
    scale = tint_scale(weight_per_character)
    draw_words(axes, words, tints(weight_per_character, scale), WIDTH, num_lines)
    if weight_per_character.any():
        below = inch_axes(figure, 0.25, height - 0.61, 2.6, 0.13)
        figure.colorbar(scale, cax=below, orientation="horizontal", label=title)
        below.xaxis.label.set_fontsize(9)
        below.xaxis.get_major_locator().set_params(nbins=4)
    return figure


def tint_scale(values):
    """Color scale from white (zero) to orange; with negative values from blue through white."""
    top = abs(values).max() if values.size and values.any() else 1.0
    negative = values.size and values.min() < 0
    return ScalarMappable(Normalize(-top if negative else 0, top), AGAINST_FOR if negative else FOR)


def tints(values, scale):
    """One color per character, None where the weight is zero."""
    return [scale.to_rgba(value) if value else None for value in values]
