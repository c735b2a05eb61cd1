"""Plot of sentences about images: references and predictions, with the wrong words marked."""

import math
from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure

from mm_keras.evaluation.metrics.wrong_words import mark_errors
from mm_keras.plots.figure import GRAY, in_style, inch_axes, new_figure
from mm_keras.plots.parts import show_in_square
from mm_keras.plots.words import COLUMN, LINE, draw_words, lay_out
from mm_keras.utils.formatting import num_columns as columns_of
from mm_keras.utils.formatting import shorten

IMAGE, GAP, MARGIN = 1.2, 0.15, 0.15  # inches
WIDTH = 44  # columns of the sentences
NAME_WIDTH = 14  # at most, columns of their names
MAX_LINES = 3  # at most, of a sentence
WRONG = "#F6B48F"


@in_style
def sentence_grid(
    images: Sequence[Any],
    references: Sequence[str | Sequence[str]],
    predictions: Mapping[str, Sequence[str]],
    sources: Sequence[str] | None = None,
    num_columns: int = 2,
) -> Figure:
    """Plot images with sentences beside them: source, reference, predictions; wrong words tinted.

    "…" in a tint stands for omitted words.

    Args:
        images: n images (arrays, paths, or None for a missing one).
        references: the right sentence of each image, or a list of several, of which the first is
            drawn and the most similar one is compared with the prediction.
        predictions: dict, name such as "text alone" -> n sentences.
        sources: n sentences that were translated; None for captions.
        num_columns: int, number of samples per row.

    Returns:
        matplotlib.figure.Figure with two axes per sample, of the image and of the sentences.

    Raises:
        ValueError: not one sentence per image.

    Example:
        >>> figure = sentence_grid([None], ["a red bat"], {"caption": ["a blue bat"]})
        >>> [text.get_text() for text in figure.axes[1].texts]
        ['reference', 'a', 'red', 'bat', 'caption', 'a', 'blue', 'bat']
    """
    lines = {} if sources is None else {"source": sources}
    lines |= {"reference": [r if isinstance(r, str) else r[0] for r in references], **predictions}
    lengths = {name: len(sentences) for name, sentences in lines.items()}
    if set(lengths.values()) != {len(images)}:
        raise ValueError(f"{len(images)} images need as many sentences. Received: {lengths}.")
    samples = [
        [
            _sentence(sentences[row], references[row], name in predictions)
            for name, sentences in lines.items()
        ]
        for row in range(len(images))
    ]
    num_lines = max((sum(map(_num_lines, sample)) for sample in samples), default=1)
    left_columns = min(NAME_WIDTH, max(map(columns_of, lines))) + 2
    text_width = (left_columns + WIDTH) * COLUMN
    width, height = IMAGE + text_width + 2 * GAP, max(IMAGE, num_lines * LINE) + GAP
    columns = max(1, min(num_columns, len(samples)))
    rows = max(1, math.ceil(len(samples) / columns))
    figure = new_figure(MARGIN + columns * width, 2 * MARGIN + rows * height - GAP, layout=None)
    for number, (image, sample) in enumerate(zip(images, samples)):
        top, left = MARGIN + number // columns * height, MARGIN + number % columns * width
        show_in_square(inch_axes(figure, left, top, IMAGE, IMAGE), image)
        axes = inch_axes(figure, left + IMAGE + GAP, top, text_width, num_lines * LINE)
        _draw(axes, lines, sample, left_columns, num_lines)
    return figure


def _sentence(sentence, reference, marked):
    """The laid out words of a sentence, and the tint of each of its characters."""
    text, wrong = mark_errors(sentence, reference) if marked else (sentence or "", ())
    if not text.strip():
        text, wrong = "(no text)", ()
    tints = [WRONG if is_wrong else None for is_wrong in wrong] or [None] * len(text)
    return lay_out(text, WIDTH, MAX_LINES), tints


def _num_lines(sentence):
    words, _ = sentence
    return words[-1][2] + 1


def _draw(axes, names, sample, left_columns, num_lines):
    """Draw the sentences of one sample below each other, with their names to the left."""
    first_line = 0
    for name, (words, tints) in zip(names, sample):
        name = shorten(name, NAME_WIDTH)
        axes.text(0, first_line + 0.52, name, fontsize=9, color=GRAY, va="center_baseline")
        words = [
            (word, start, first_line + line, left_columns + column)
            for word, start, line, column in words
        ]
        draw_words(axes, words, tints, left_columns + WIDTH, num_lines)
        first_line = words[-1][2] + 1
