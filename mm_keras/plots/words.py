"""Text laid out word by word in a fixed-width font, so that any part of it can be tinted."""

import re
from itertools import groupby

import numpy as np
from matplotlib import rcParams
from matplotlib.patches import Rectangle

from mm_keras.text import tokenize
from mm_keras.utils.formatting import num_columns
from mm_keras.utils.scripts import RARE_CHINESE, SPACELESS_BLOCKS

# In scripts without spaces, terms are substrings of longer runs of characters.
WITHOUT_SPACES = re.compile(f"[{SPACELESS_BLOCKS}{RARE_CHINESE}]")
# Inches: the width of a column in DejaVu Sans Mono at 10 points, and the line spacing.
COLUMN, LINE = 0.602 * 10 / 72, 0.21


def character_weights(text, weights, stem=None):
    """The weight of every character: the sum over the terms (words or n-grams) that cover it.

    Matching is case-insensitive and by whole words, except in scripts without spaces. With `stem`
    (see `mm_keras.text.tokenize`) the terms are stems, and a word has the weight of its stem.

    Example:
        >>> character_weights("Red sun", {"red": 2.0, "red sun": 1.0, "su": 9.0})
        array([3., 3., 3., 1., 1., 1., 1.])
    """
    sums, lowered = np.zeros(len(text)), text.lower()
    if stem is not None:
        stems = {
            word: "".join(tokenize(word, stem=stem)) for word in set(re.findall(r"[\w'’]+", text))
        }
        weights = {word: weights[stemmed] for word, stemmed in stems.items() if stemmed in weights}
    for term, weight in weights.items():
        if not term.strip() or term.lower().split()[0] not in lowered:
            continue
        pattern = r"\s+".join(map(re.escape, term.split()))
        if not WITHOUT_SPACES.search(term):
            pattern = rf"(?<!\w){pattern}(?!\w)"
        for match in re.finditer(pattern, text, re.IGNORECASE):
            sums[match.start() : match.end()] += weight
    return sums


def lay_out(text, width, num_lines):
    """The words of a text with their positions: list of (word, start in the text, line, column).

    A longer text ends after `num_lines` lines with "…", whose start is -1.

    Example:
        >>> lay_out("to be or not", 5, 2)
        [('to', 0, 0, 0), ('be', 3, 0, 3), ('or', 6, 1, 0), ('…', -1, 1, 2)]
    """
    words, line, column = [], 0, 0
    for word, start in _pieces(text, width):
        if column and column + num_columns(word) > width:
            line, column = line + 1, 0
        if line == num_lines:
            last, _, line, column = words[-1]
            return [*words, ("…", -1, line, column + num_columns(last))]
        words.append((word, start, line, column))
        end = start + len(word)
        column += num_columns(word) + text[end : end + 1].isspace()
    return words


def _pieces(text, width):
    """Yield words with their positions in the text.

    Words longer than a line are broken; East Asian text is broken after every character.
    """
    for match in re.finditer(r"\S+", text):
        size = 1 if num_columns(match[0]) > len(match[0]) else width
        for start in range(match.start(), match.end(), size):
            yield text[start : min(start + size, match.end())], start


def draw_words(axes, words, tints, width, num_lines):
    """Draw words at their positions, with the tint of each character behind it.

    Args:
        axes: Axes of `width * COLUMN` x `num_lines * LINE` inches.
        words: the return value of `lay_out`.
        tints: list with the color of every character of the text, None for no tint.
        width: int, columns.
        num_lines: int.
    """
    axes.set(xlim=(0, width), ylim=(num_lines, 0))
    axes.set_axis_off()
    families = ["DejaVu Sans Mono", *rcParams["font.family"]]
    for word, start, line, column in words:
        right = column
        for tint, group in groupby(
            enumerate(word), key=lambda item: tints[start + item[0]] if start >= 0 else None
        ):
            left, right = right, right + num_columns("".join(character for _, character in group))
            if tint is not None:
                axes.add_patch(
                    Rectangle((left, line + 0.06), right - left, 0.88, facecolor=tint, linewidth=0)
                )
        axes.text(column, line + 0.52, word, family=families, fontsize=10, va="center_baseline")
