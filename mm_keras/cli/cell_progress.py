"""The progress of the `table` command: a bar in terminals, a line for each cell elsewhere."""

import sys

import numpy as np

from mm_keras.utils.formatting import format_duration
from mm_keras.utils.progress import is_watched, open_bar

BAR = "{percentage:3.0f}%|{bar:20}| {n_fmt}/{total_fmt}{postfix}"


class CellProgress:
    """Context manager that shows which cells are finished, and the estimated time left.

    In a terminal it is a bar, elsewhere a line for each cell, on standard error.

    Args:
        total: int, the number of all cells.
    """

    def __init__(self, total):
        self.total = total
        self.bar = open_bar(total, sys.stderr, BAR) if is_watched(sys.stderr) else None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self.bar is not None:
            self.bar.close()

    def start(self, key, pending, results):
        if self.bar is not None:
            self.bar.n = self.total - len(pending)
            self.bar.set_postfix_str(f"{_left(pending, results)}{_title(key)}")

    def finish(self, key, pending, results):
        if self.bar is None:
            number = f"{self.total - len(pending)}/{self.total}"
            accuracy = results[key].get("accuracy")
            score = "not possible" if accuracy is None else f"{accuracy:.3f}"
            line = f"{number} {_left(pending, results)}{_title(key)}: {score}"
            print(line, file=sys.stderr, flush=True)


def _title(key):
    name, seed, *cell = key
    return f"{name}, seed {seed}, {' '.join(filter(None, cell))}"


def _left(pending, results):
    """The estimated time for some cells, from cells of the same kind or the same head."""
    seconds = {}
    for (_, _, *cell), result in results.items():
        for kind in (tuple(cell), cell[-1], None):
            seconds.setdefault(kind, []).append(result.get("seconds", 0.0))
    if not pending or not seconds:
        return ""
    known = [
        next(seconds[kind] for kind in (tuple(cell), cell[-1], None) if kind in seconds)
        for _, _, *cell in pending
    ]
    return f"(about {format_duration(sum(map(np.mean, known)))} left) "
