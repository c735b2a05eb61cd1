"""A text with the weight of every word: what TF-IDF, or a model, looks at."""

from matplotlib.cm import ScalarMappable
from matplotlib.colors import Normalize

from mm_keras.plots.figure import AGAINST_FOR, FOR, in_style, inch_axes, new_figure
from mm_keras.plots.words import COLUMN, LINE, draw_words, laid_out, sign_weights

WIDTH = 84  # columns


@in_style
def tfidf_weights(text, weights, title="TF-IDF weight", stem=None, max_lines=20):
    """A text whose words are tinted by their weights, with the scale of the tints below.

    Words that are not in the vocabulary stay white. Where terms overlap (a word and an n-gram), their weights add.

    Args:
        text: str; None or "" draws "(no text)".
        weights: dict, term -> weight: words or n-grams, upper and lower case alike. With negative weights the tints run
            from blue (against) over white (zero) to orange (for).
        title: str, the name of the weight.
        stem: None, or the stemming with which the terms were made ("porter" ...): words are looked up by their stems.
        max_lines: int, lines that are drawn; "…" stands for the rest.

    Returns:
        matplotlib.figure.Figure with the text and, where any word has a weight, the scale.

    Example:
        >>> figure = tfidf_weights("Storm at the coast", {"storm": 0.8, "coast": 0.6})
        >>> [word.get_text() for word in figure.axes[0].texts]
        ['Storm', 'at', 'the', 'coast']
    """
    text = text or ""
    words = laid_out(text, WIDTH, max_lines) or [("(no text)", -1, 0, 0)]
    found = sign_weights(text, weights, stem)
    num_lines = words[-1][2] + 1

    height = num_lines * LINE + 0.25 + (0.7 if found.any() else 0)
    figure = new_figure(WIDTH * COLUMN + 0.5, height, layout=None)
    axes = inch_axes(figure, 0.25, 0.12, WIDTH * COLUMN, num_lines * LINE)
    scale = tint_scale(found)
    draw_words(axes, words, tints(found, scale), WIDTH, num_lines)
    if found.any():
        below = inch_axes(figure, 0.25, height - 0.61, 2.6, 0.13)
        figure.colorbar(scale, cax=below, orientation="horizontal", label=title)
        below.xaxis.label.set_fontsize(9)
        below.xaxis.get_major_locator().set_params(nbins=4)
    return figure


def tint_scale(values):
    """From white at zero to full color at the largest absolute value; with negative values from blue to orange."""
    top = abs(values).max() if values.size and values.any() else 1.0
    negative = values.size and values.min() < 0
    return ScalarMappable(Normalize(-top if negative else 0, top), AGAINST_FOR if negative else FOR)


def tints(values, scale):
    """One color per sign, None where the weight is zero."""
    return [scale.to_rgba(value) if value else None for value in values]
