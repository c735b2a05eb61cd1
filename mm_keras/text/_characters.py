"""Finding words in Unicode text: letters with their marks, scripts without spaces, emoji."""

import re
import unicodedata
from functools import cache
from itertools import pairwise

from mm_keras.utils.scripts import RARE_CHINESE, SPACELESS_BLOCKS

_RARE_LETTERS = "\U00010000-\U0001efff"  # historic scripts beyond 16 bits, the whole range
_EMOJI = "\u2190-\u21ff\u2300-\u23ff\u25a0-\u27bf\u2900-\u297f\u2b00-\u2bff\U0001f000-\U0001faff"
_EMOJI_SUFFIX = "\u20e3\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f"  # keycap, skin tones, flag tags
_FLAG_LETTER = "\U0001f1e6-\U0001f1ff"
_JOINERS = "\u200c\u200d"  # invisible, inside Persian and Indic words and composed emoji
_ASCII_WORDS = re.compile("[0-9A-Za-z_]+(?:'[0-9A-Za-z_]+)*").findall
_CHINESE_ZERO = "\u3007"
_FRACTION_SLASH = "\u2044"  # NFKC writes "½" as 1⁄2: one word, like a word with an apostrophe
_TRADEMARKS = re.compile("[\u2120\u2122]")


def find_words(text):
    """The words of a normalized text, as `tokenize` defines them."""
    if text.isascii():  # the same rule, twice as fast
        return _ASCII_WORDS(text)
    words, spaceless, clusters = _patterns()
    tokens = words(text)
    if not spaceless(text):
        return tokens
    return [
        piece
        for token in tokens
        for piece in (_pairs(clusters(token)) if spaceless(token) else [token])
    ]


def set_symbols_apart(text):
    """The text with spaces around symbols and numbers that NFKC replaces by letters or digits.

    Without them "5½" would become 51⁄2 and "LEGO™" LEGOTM. Trademark signs are dropped.

    Example:
        >>> set_symbols_apart("LEGO™ 5½ m² H₂O")
        'LEGO  5 ½  m ²  H₂O'
    """
    return _spelled_out()(r" \g<0> ", _TRADEMARKS.sub(" ", text))


@cache
def _spelled_out():
    """The substitution function for symbols and other numbers with a letter or digit in NFKC.

    Subscripts are excepted: "H₂O" is one word.
    """
    characters = [
        character
        for character in map(chr, range(0x20000))
        if unicodedata.category(character) in ("So", "No", "Sc")
        and not unicodedata.decomposition(character).startswith("<sub>")
        and unicodedata.decomposition(character)
        and any(map(str.isalnum, unicodedata.normalize("NFKC", character)))
    ]
    return re.compile(f"[{_ranges(characters)}]").sub


def _pairs(characters):
    """Overlapping pairs of neighbors: ["a", "b", "c"] -> ["ab", "bc"]; a single one is kept."""
    return [a + b for a, b in pairwise(characters)] or characters


@cache
def _patterns():
    r"""(find words, find a spaceless letter, split a spaceless run into letters with their marks).

    Python's \w excludes combining marks, so it would split Hindi words, Arabic words with vowel
    signs and a decomposed "é". The character classes are therefore built from Unicode's own
    categories, once, in a few milliseconds.
    """
    in_block = re.compile(f"[{SPACELESS_BLOCKS}]").match
    letters, spaceless, marks = [], [], list(_JOINERS)
    for character in map(chr, range(0x10000)):
        category = unicodedata.category(character)
        if category[0] == "M":
            marks.append(character)
        elif in_block(character) and category[0] == "L" or character == _CHINESE_ZERO:
            spaceless.append(character)
        elif character.isalnum() or character == "_":
            letters.append(character)
    letters = _ranges(letters) + _RARE_LETTERS
    spaceless = _ranges(spaceless) + RARE_CHINESE
    marks = _ranges(marks)
    word = f"[{letters}][{letters}{marks}]*"
    emoji = f"[#*]\u20e3|[{_FLAG_LETTER}]{{2}}|[{_EMOJI}](?:[{_EMOJI_SUFFIX}]|\u200d[{_EMOJI}])*"
    run = f"[{spaceless}][{spaceless}{marks}]*"
    words = re.compile(f"{word}(?:['{_FRACTION_SLASH}]{word})*|{run}|{emoji}")
    return (
        words.findall,
        re.compile(f"[{spaceless}]").search,
        re.compile(f"[{spaceless}][{marks}]*").findall,
    )


def _ranges(characters):
    """["a", "b", "c", "x"] -> "a-cx", the inside of a regular expression's [...]."""
    runs = []
    for code in sorted(map(ord, characters)):
        if runs and runs[-1][1] == code - 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return "".join(
        chr(first) if first == last else f"{chr(first)}-{chr(last)}" for first, last in runs
    )
