"""The progress of a comparison: a bar where somebody looks, plain lines elsewhere."""

import sys
import time
import warnings

from mm_keras.utils.formatting import format_duration

NAMES = {"trial": "table", "robustness": "corrupted inputs", "learning": "learning curves"}
SECONDS_BETWEEN_LINES = 10
BAR = "{desc:16}{percentage:3.0f}%|{bar:20}| {n_fmt}/{total_fmt}{postfix}"


def is_watched(stream):
    """Whether somebody looks at the output: a terminal or a notebook."""
    return stream.isatty() or _in_notebook()


def _in_notebook():
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return type(shell).__name__ == "ZMQInteractiveShell"


class Progress:
    """Context manager that shows the number of finished jobs and the estimated time left.

    In a terminal or a notebook it is a bar, elsewhere a line every ten seconds.

    Args:
        stream: a text file; default: standard error.
    """

    def __init__(self, stream=None):
        self.stream = stream or sys.stderr
        self.is_watched = is_watched(self.stream)
        self.bar, self.printed, self.done = None, time.monotonic(), -1

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
        elif done > self.done and time.monotonic() - self.printed > SECONDS_BETWEEN_LINES:
            self.printed = time.monotonic()
            line = f"{NAMES[job.kind]} {done}/{total}{left}   {job.contender}"
            print(line, file=self.stream, flush=True)
        self.done = done

    def _move_bar(self, done, total, job, left):
        if self.bar is None:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # about a missing ipywidgets: then it is a text
                from tqdm.auto import tqdm

                self.bar = tqdm(
                    total=total,
                    file=None if _in_notebook() else self.stream,
                    bar_format=BAR,
                    leave=False,
                    dynamic_ncols=True,
                )
        self.bar.total, self.bar.n = total, done
        self.bar.set_description_str(NAMES[job.kind], refresh=False)
        self.bar.set_postfix_str(f"{left.removeprefix(', ')}   {job.contender}", refresh=True)
