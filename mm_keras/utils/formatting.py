"""How numbers, lists and texts are written for people, in one place: commands, messages, figures and reports agree."""

import unicodedata
from itertools import accumulate


def num_columns(text):
    """Width of a text in columns of a terminal: East Asian characters take two, accents over others none."""
    return sum(map(_width, text))


def _width(character):
    if character.isascii():
        return 1
    zero = unicodedata.category(character) in ("Mn", "Me", "Cf")
    return 0 if zero else 1 + (unicodedata.east_asian_width(character) in "WF")


def shorten(text, width):
    """The text in one line of at most `width` columns, with "…" where its end was left out.

    Example:
        >>> shorten("economics and more", 10)
        'economics…'
    """
    return _without_middle(text, width, 0)


def shorten_name(text, width):
    """The same with "…" nearer to the end: names often differ at their ends.

    Example:
        >>> shorten_name("economics", 6)
        'eco…cs'
    """
    return _without_middle(text, width, (width + 1) // 3)


def _without_middle(text, width, end):
    text = " ".join(str(text).split())
    if len(text) <= width and num_columns(text) <= width:
        return text
    right = _start(text[::-1], end)[::-1]
    left = _start(text, width - 1 - num_columns(right))
    return f"{left.rstrip()}…{right.lstrip()}"


def _start(text, width):
    """The longest start of a text that takes at most `width` columns."""
    for position, taken in enumerate(accumulate(map(_width, text))):
        if taken > width:
            return text[:position]
    return text


def join_words(words, last="and"):
    """One list in words.

    Example:
        >>> join_words(["a", "b", "c"])
        'a, b and c'
    """
    words = list(map(str, words))
    return f"{', '.join(words[:-1])} {last} {words[-1]}" if len(words) > 1 else "".join(words)


def format_p(p):
    """A p value.

    Example:
        >>> format_p(0.0097), format_p(0.0001), format_p(0.614), format_p(None)
        ('p = 0.010', 'p < 0.001', 'p = 0.61', 'p = –')
    """
    return (
        "p = –"
        if p is None
        else "p < 0.001"
        if p < 0.001
        else f"p = {p:.3f}"
        if p < 0.1
        else f"p = {p:.2f}"
    )


def format_points(share):
    """A difference of shares in points, with its sign; "–" where there is none.

    Example:
        >>> format_points(0.0957), format_points(-0.0001)
        ('+9.6', '+0.0')
    """
    if share is None:
        return "–"
    text = f"{100 * share:+,.1f}"
    return "+0.0" if text == "-0.0" else text


def format_duration(seconds, long=False):
    """Seconds for people, in a unit in which there are more than one.

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
