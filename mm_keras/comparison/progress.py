"""The progress of a comparison: a bar in terminals and notebooks, plain lines elsewhere."""

import sys

from mm_keras.utils.formatting import format_duration
from mm_keras.utils.progress import is_watched, open_bar

NAMES = {"trial": "table", "robustness": "corrupted inputs", "learning": "learning curves"}
BAR = "{desc:16}{percentage:3.0f}%|{bar:20}| {n_fmt}/{total_fmt}{postfix}"


class Progress:
    """Context manager that shows the number of finished jobs and the estimated time left.

    In a terminal or a notebook it is a bar, elsewhere a line for each finished job.

    Args:
        stream: a text file; default: standard error.
    """

    def __init__(self, stream=None):
        self.stream = stream or sys.stderr
        self.is_watched = is_watched(self.stream)
        self.bar, self.done = None, None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self.bar is not None:
            self.bar.close()

    def __call__(self, done, total, job, seconds_left):
        left = ""
        if seconds_left is not None and done != total:
            left = f", about {format_duration(seconds_left)} left"
        if self.is_watched:
            self._move_bar(done, total, job, left)
        elif self.done is not None and done == self.done + 1:
            row = f"split {job.split + 1}, {job.contender}"
            line = f"{NAMES[job.kind]} {done}/{total}{left}   {row}"
            print(line, file=self.stream, flush=True)
        self.done = done

    def _move_bar(self, done, total, job, left):
        if self.bar is None:
            self.bar = open_bar(total, self.stream, BAR)
        self.bar.total, self.bar.n = total, done
        self.bar.set_description_str(NAMES[job.kind], refresh=False)
        self.bar.set_postfix_str(f"{left.removeprefix(', ')}   {job.contender}", refresh=True)
