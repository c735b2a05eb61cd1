"""A line on the terminal while pictures are worked on for longer than a moment."""

import sys
import time


def shown(parts, total, patience=2.0):
    """Yield from `parts`, pairs (position in a list of `total` pictures, anything); after `patience` seconds show on
    standard error how far it is. Quiet when standard error is no terminal (a file, a notebook, a test)."""
    terminal, begin, wrote = sys.stderr.isatty(), time.monotonic(), False
    try:
        for start, part in parts:
            if terminal and time.monotonic() - begin > patience:
                print(f"\rpictures: {start} of {total} ({100 * start // total} %)", end="", file=sys.stderr, flush=True)
                wrote = True
            yield start, part
    finally:
        if wrote:
            print("\r" + " " * 60, end="\r", file=sys.stderr, flush=True)
