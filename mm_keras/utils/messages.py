"""One way to tell the user about bad samples: one warning (or error) with a count, a few names and what happened."""

import sys
import threading
import warnings
from contextlib import contextmanager

_collecting = threading.local()  # .notes: the list that `collected` fills in this thread, or None


class DataWarning(UserWarning):
    """Some samples could not be used as they are; the message says which, and what was done instead."""


def some_of(names, limit=5):
    """The first few names for a message: "a, b, c, d, e and 7 more"."""
    names = [str(name) for name in names]
    return ", ".join(names[:limit]) + (
        f" and {len(names) - limit} more" if len(names) > limit else ""
    )


def report_bad(names, problem, consequence, strict=False):
    """Warn once about bad samples, or raise ValueError when `strict`; do nothing when there are none.

    Args:
        names: list, the bad samples' names: ids or paths (str), or row numbers (int).
        problem: str, what is wrong, e.g. "could not be read as an image".
        consequence: str, what was done or what to do, e.g. "Their rows are zero.".
        strict: bool, raise ValueError instead of warning.
    """
    names = list(names)
    if not names:
        return
    if getattr(_collecting, "notes", None) is not None:
        _collecting.notes.append((names, problem, consequence, strict))
        return
    shown = [f"row {name}" if isinstance(name, int) else name for name in names]
    message = f"{len(names)} sample{'s' if len(names) > 1 else ''} {problem}: {some_of(shown)}. {consequence}"
    if strict:
        raise ValueError(message)
    warnings.warn(message, DataWarning, stacklevel=_users_level())


def _users_level():
    """The `stacklevel` that points at the line of the user's own code."""
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
    """Yields a list to which `report_bad` adds its arguments, instead of telling, as long as this thread is inside."""
    outer = getattr(_collecting, "notes", None)
    _collecting.notes = notes = []
    try:
        yield notes
    finally:
        _collecting.notes = outer


def report_merged(notes):
    """Tell the notes that were collected on parts of the samples: one report for each problem.

    Args:
        notes: list of (rows, note): `rows[i]` is the number of the part's row i among all samples.
    """
    merged, told = {}, set()
    for rows, (names, problem, consequence, strict) in notes:
        note = (rows if isinstance(rows, range) else id(rows), problem, tuple(names))
        if note in told:  # two extractors side by side found the same
            continue
        told.add(note)
        all_names = merged.setdefault(problem, ([], problem, consequence, strict))[0]
        all_names += [int(rows[name]) if isinstance(name, int) else name for name in names]
    for note in merged.values():
        report_bad(*note)
