"""A line on the terminal while pictures are worked on for longer than a moment."""

import sys
import time


def shown(starts, total, patience=2.0):
    """Yield from `starts` (positions in a list of `total` pictures); after `patience` seconds show on standard error
    how far it is. Quiet when standard error is no terminal (a file, a notebook, a test)."""
    terminal, begin, wrote = sys.stderr.isatty(), time.monotonic(), False
    for start in starts:
        if terminal and time.monotonic() - begin > patience:
            sys.stderr.write(f"\rpictures: {start} of {total} ({100 * start // total} %)")
            sys.stderr.flush()
            wrote = True
        yield start
    if wrote:
        sys.stderr.write("\r" + " " * 60 + "\r")
