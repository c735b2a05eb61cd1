"""A line on the terminal while images are worked on for longer than a moment."""

import sys
import time
from contextlib import contextmanager
from contextvars import ContextVar

_outer = ContextVar(
    "_outer", default=None
)  # (first, total, begin) of the images of which only a part is worked on


def with_progress(parts, total, patience=2.0):
    """Yield from `parts`, pairs (position in a list of `total` images, anything); after `patience` seconds show on
    standard error how far it is. Quiet when standard error is no terminal (a file, a notebook, a test)."""
    first, total, begin = _outer.get() or (0, total, time.monotonic())
    terminal, wrote = sys.stderr.isatty(), False
    try:
        for start, part in parts:
            if terminal and time.monotonic() - begin > patience:
                done = first + start
                print(
                    f"\rimages: {done} of {total} ({100 * done // total} %)",
                    end="",
                    file=sys.stderr,
                    flush=True,
                )
                wrote = True
            yield start, part
    finally:
        if wrote:
            print("\r" + " " * 60, end="\r", file=sys.stderr, flush=True)


@contextmanager
def progress_offset(first, total, begin):
    """A context in which `with_progress` counts from `first` to `total`, since the moment `begin`: the caller has cut the images
    into slabs. Within another such context that one counts, from where its slab starts."""
    outer = _outer.get()
    token = _outer.set((first, total, begin) if outer is None else (outer[0] + first, *outer[1:]))
    try:
        yield
    finally:
        _outer.reset(token)
