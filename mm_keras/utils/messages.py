"""Reports of bad samples: one warning or error with a count, a few names and the consequence."""

import re
import sys
import threading
import warnings
from contextlib import contextmanager
from difflib import get_close_matches

# How a consequence starts for several samples, and for one.
SINGULAR = {
    "They are training samples too": "It is a training sample too",
    "They are different classes": "They are different classes",
    "They are ": "It is ",
    "They were ": "It was ",
    "They may ": "It may ",
    "They become ": "It becomes ",
    "Their rows are ": "Its row is ",
    "Their files are ": "Its file is ",
    "Their images are ": "Its image is ",
    "Their sentences are ": "Its sentence is ",
    "Their translations are ": "Its translation is ",
    "Their sentences do ": "Its sentence does ",
    "Their predictions do ": "Its prediction does ",
    "Their ": "Its ",
}

_SENTENCE_START = re.compile(r"(?<![^.?!] )\b(?:" + "|".join(map(re.escape, SINGULAR)) + ")")
_collecting = threading.local()  # .notes: the list of `collected` in this thread, or None


class DataWarning(UserWarning):
    """Some samples could not be used as they are; the message names them and the consequence."""


class FontWarning(UserWarning):
    """No installed font has some characters of a figure."""


def some_of(names, limit=5):
    """The first few names, for messages: "a, b, c, d, e and 7 more"."""
    names = [str(name) for name in names]
    first = ", ".join(names[:limit])
    return f"{first} and {len(names) - limit} more" if len(names) > limit else first


def did_you_mean(name, choices):
    """A sentence that names the most similar one of some choices; empty if none is similar.

    Example:
        >>> did_you_mean("prodcut", ["concat", "product"])
        " Did you mean 'product'?"
        >>> did_you_mean("xyz", ["concat", "product"])
        ''
    """
    choices = {str(choice).casefold(): str(choice) for choice in choices}
    close = get_close_matches(str(name).casefold(), choices, n=1)
    return f" Did you mean {choices[close[0]]!r}?" if close else ""


def check_column(columns, column, purpose):
    """Raise ValueError if data has no column of this name; `purpose`: e.g. "to group by"."""
    if column not in columns:
        raise ValueError(
            f"There is no column {column!r} {purpose}. The data has: "
            f"{', '.join(columns) or 'none'}."
        )


def report_bad(names, problem, consequence, strict=False, noun="sample"):
    """Warn once about bad samples, or raise ValueError if `strict`; do nothing if there are none.

    Args:
        names: list, the names of the bad samples: ids or paths (str), or row numbers (int).
        problem: str, what is wrong, e.g. "could not be read as an image".
        consequence: str, what was done or what the user can do, e.g. "Their rows are zero."; of
            one sample, "Its row is zero." is reported.
        strict: bool, whether to raise ValueError instead of warning.
        noun: str, what is bad, in the singular.
    """
    names = list(names)
    if not names:
        return
    if getattr(_collecting, "notes", None) is not None:
        _collecting.notes.append((names, problem, consequence, strict, noun))
        return
    labels = [f"row {name}" if isinstance(name, int) else name for name in names]
    plural = {"class": "classes", "query": "queries"}.get(noun, f"{noun}s")
    count = f"1 {noun}" if len(names) == 1 else f"{len(names)} {plural}"
    if len(names) == 1:
        consequence = _SENTENCE_START.sub(lambda match: SINGULAR[match[0]], consequence)
    message = f"{count} {problem}: {some_of(labels)}. {consequence}"
    if strict:
        raise ValueError(message)
    warnings.warn(message, DataWarning, stacklevel=_user_stacklevel())


def _user_stacklevel():
    """The `stacklevel` of the innermost line of the user's code."""
    level, frame = 1, sys._getframe(1)
    while frame.f_back and frame.f_globals.get("__name__", "").split(".")[0] in (
        "mm_keras",
        "sklearn",
        "contextlib",
    ):
        level, frame = level + 1, frame.f_back
    return level


@contextmanager
def collected():
    """A context in which `report_bad` only adds its arguments to the list that is yielded.

    Applies to this thread.
    """
    outer = getattr(_collecting, "notes", None)
    _collecting.notes = notes = []
    try:
        yield notes
    finally:
        _collecting.notes = outer


def report_merged(notes):
    """Report the notes collected on chunks of the samples, once for each problem.

    Args:
        notes: list of (rows, note): `rows[i]` is the row number, among all samples, of row i of the
            chunk.
    """
    merged, seen = {}, set()
    for rows, (names, problem, *rest) in notes:
        note = (rows if isinstance(rows, range) else id(rows), problem, tuple(names))
        if note in seen:  # two extractors of a union noted the same problem
            continue
        seen.add(note)
        all_names = merged.setdefault(problem, ([], problem, *rest))[0]
        all_names += [int(rows[name]) if isinstance(name, int) else name for name in names]
    for note in merged.values():
        report_bad(*note)
