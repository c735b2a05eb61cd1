"""How numbers, lists and texts are written for people, in one place: commands, messages, figures and reports agree."""

import unicodedata


def num_columns(text):
    """Width of a text in columns of a typewriter: East Asian characters take two, accents over others none."""
    wide = sum(unicodedata.east_asian_width(character) in "WF" for character in text)
    return len(text) + wide - sum(unicodedata.category(character) in ("Mn", "Me", "Cf") for character in text)


def shorten(text, width, where="end"):
    """The text in one line of at most `width` columns, with "…" where its end or its middle was left out.

    The middle is the better choice for names, which often differ at their ends.

    Example:
        >>> shorten("economics and more", 10), shorten("economics", 6, where="middle")
        ('economics…', 'eco…cs')
    """
    text = " ".join(str(text).split())
    if num_columns(text) <= width:
        return text
    left, right = (text, "") if where == "end" else (text[:len(text) // 2], text[len(text) // 2:])
    while num_columns(left + right) > width - 1:
        if num_columns(left) >= 2 * num_columns(right):
            left = left[:-1]
        else:
            right = right[1:]
    return f"{left.rstrip()}…{right.lstrip()}"


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
    return "p = –" if p is None else "p < 0.001" if p < 0.001 else f"p = {p:.3f}" if p < 0.1 else f"p = {p:.2f}"


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
    """Seconds for people.

    Example:
        >>> format_duration(40), format_duration(100), format_duration(5000)
        ('40 s', '2 min', '1.4 h')
        >>> format_duration(100, long=True)
        '2 minutes'
    """
    names = ("seconds", "minutes", "hours") if long else ("s", "min", "h")
    if seconds < 60:
        return f"{seconds:.0f} {names[0]}"
    return f"{seconds / 60:.0f} {names[1]}" if seconds < 3600 else f"{seconds / 3600:.1f} {names[2]}"
