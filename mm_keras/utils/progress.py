"""A progress line on the terminal for long image processing."""

import sys
import time
from contextlib import contextmanager
from contextvars import ContextVar

# (first, total, begin) set by `progress_offset`, or None
_outer = ContextVar("_outer", default=None)


def with_progress(chunks, total, patience=2.0, noun="images"):
    """Yield from `chunks`, showing progress on standard error after `patience` seconds.

    Prints nothing if standard error is not a terminal (a file, a notebook, a test).

    Args:
        chunks: iterable of pairs (position in a list of `total` images, anything).
        total: int, number of images.
        patience: float, seconds before the first output.
    """
    first, total, begin = _outer.get() or (0, total, time.monotonic())
    is_terminal, printed = sys.stderr.isatty(), False
    try:
        for start, chunk in chunks:
            if is_terminal and time.monotonic() - begin > patience:
                done = first + start
                print(
                    f"\r{noun}: {done} of {total} ({100 * done // total} %)",
                    end="",
                    file=sys.stderr,
                    flush=True,
                )
                printed = True
            yield start, chunk
    finally:
        if printed:
            print("\r" + " " * 60, end="\r", file=sys.stderr, flush=True)


@contextmanager
def progress_offset(first, total, begin):
    """A context in which `with_progress` counts from `first` to `total`.

    For callers that process images in chunks. A nested context keeps the outer total and start.

    Args:
        first: int, position of the chunk's first image.
        total: int, number of all images.
        begin: float, start of the processing, from `time.monotonic()`.
    """
    outer = _outer.get()
    token = _outer.set((first, total, begin) if outer is None else (outer[0] + first, *outer[1:]))
    try:
        yield
    finally:
        _outer.reset(token)
