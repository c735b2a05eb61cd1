"""One way to tell the user about bad samples: one warning (or error) with a count, a few names and what happened."""

import warnings


class DataWarning(UserWarning):
    """Some samples could not be used as they are; the message says which, and what was done instead."""


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
    some = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    message = f"{len(names)} sample{'s' if len(names) > 1 else ''} {problem}: {some}. {consequence}"
    if strict:
        raise ValueError(message)
    warnings.warn(message, DataWarning, stacklevel=3)
