"""Formatting of numbers, lists and texts, shared by commands, messages, figures and reports."""

import unicodedata
from itertools import accumulate


def num_columns(text):
    """Width of a text in terminal columns: two for wide characters, none for combining ones."""
    return sum(map(_width, text))


def pad(text, width):
    """The text with spaces up to `width` terminal columns.

    Example:
        >>> pad("天气", 5) + "|", pad("rain", 5) + "|"
        ('天气 |', 'rain |')
    """
    return text + " " * (width - num_columns(text))


def _width(character):
    if character.isascii():
        return 1
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def shorten(text, width):
    """The text on one line of at most `width` columns, with "…" in place of an omitted end.

    Example:
        >>> shorten("economics and more", 10)
        'economics…'
    """
    return _without_middle(text, width, 0)


def shorten_name(text, width):
    """Like `shorten`, but the last third is kept, since names often differ at their ends.

    Example:
        >>> shorten_name("economics", 6)
        'eco…cs'
    """
    return _without_middle(text, width, (width + 1) // 3)


def _without_middle(text, width, end):
    text = " ".join(str(text).split())
    if len(text) <= width and num_columns(text) <= width:
        return text
    right = _prefix(text[::-1], end)[::-1]
    left = _prefix(text, width - 1 - num_columns(right))
    return f"{left.rstrip()}…{right.lstrip()}"


def _prefix(text, width):
    """The longest prefix of a text that takes at most `width` columns."""
    for position, taken in enumerate(accumulate(map(_width, text))):
        if taken > width:
            return text[:position]
    return text


def join_words(words, last="and"):
    """The words as an enumeration.

    Example:
        >>> join_words(["a", "b", "c"])
        'a, b and c'
    """
    words = list(map(str, words))
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)


def format_p(p):
    """A p value as text.

    Example:
        >>> format_p(0.0097), format_p(0.0001), format_p(0.614), format_p(None)
        ('p = 0.010', 'p < 0.001', 'p = 0.61', 'p = –')
    """
    if p is None:
        return "p = –"
    if p < 0.001:
        return "p < 0.001"
    return f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"


def format_points(share):
    """A difference of proportions in signed percentage points; "–" for None.

    Example:
        >>> format_points(0.0957), format_points(-0.0001)
        ('+9.6', '+0.0')
    """
    if share is None:
        return "–"
    text = f"{100 * share:+,.1f}"
    return "+0.0" if text == "-0.0" else text


def format_duration(seconds, long=False):
    """A duration in seconds, minutes or hours, whichever is easiest to read.

    Example:
        >>> format_duration(75), format_duration(100), format_duration(9000)
        ('75 s', '2 min', '2.5 h')
        >>> format_duration(100, long=True)
        '2 minutes'
    """
    names = ("seconds", "minutes", "hours") if long else ("s", "min", "h")
    if seconds < 90:
        return f"{seconds:.0f} {names[0]}"
    return (
        f"{seconds / 60:.0f} {names[1]}" if seconds < 5400 else f"{seconds / 3600:.1f} {names[2]}"
    )
