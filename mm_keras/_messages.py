"""One way to tell the user about bad samples: one warning (or error) with a count, a few names and what happened."""

import warnings


class DataWarning(UserWarning):
    """Some samples could not be used as they are; the message says which, and what was done instead."""


def some_of(names, limit=5):
    """The first few names for a message: "a, b, c, d, e and 7 more"."""
    names = [str(name) for name in names]
    return ", ".join(names[:limit]) + (f" and {len(names) - limit} more" if len(names) > limit else "")


def report_bad(names, problem, consequence, strict=False):
    """Warn once about bad samples, or raise ValueError when `strict`; do nothing when there are none.

    Args:
        names: list, the bad samples' names (ids, paths or row numbers).
        problem: str, what is wrong, e.g. "could not be read as a picture".
        consequence: str, what was done or what to do, e.g. "Their rows are zero.".
        strict: bool, raise ValueError instead of warning.
    """
    names = [str(name) for name in names]
    if not names:
        return
    message = f"{len(names)} sample{'s' if len(names) > 1 else ''} {problem}: {some_of(names)}. {consequence}"
    if strict:
        raise ValueError(message)
    warnings.warn(message, DataWarning, stacklevel=3)
