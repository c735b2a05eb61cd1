"""Progress of long work: a bar in terminals and notebooks, now and then a line elsewhere."""

import sys
import time
import warnings
from contextlib import contextmanager
from contextvars import ContextVar

PATIENCE = 2.0  # seconds before anything is shown
SECONDS_BETWEEN_LINES = 10
NOUNS = {"text": "texts", "image": "images", "audio": "sounds", "video": "films"}
BAR = "{desc}: {percentage:3.0f}%|{bar:20}| {n_fmt}/{total_fmt}, {remaining} left"

_shown = ContextVar("_shown", default=None)  # set by `show_progress`
_outer = ContextVar("_outer", default=None)  # (Progress, position) set by `Progress.starting_at`


def is_watched(stream):
    """Whether a user watches the output: a terminal or a notebook."""
    return stream.isatty() or in_notebook()


def in_notebook():
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    return type(shell).__name__ == "ZMQInteractiveShell"


def open_bar(total, stream, bar_format, **options):
    """A tqdm bar, which is removed when it is closed.

    It is written to `stream.unescaped`, if there is one: bars move the cursor.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about a missing ipywidgets: then it is a text
        from tqdm.auto import tqdm

        return tqdm(
            total=total,
            file=None if in_notebook() else getattr(stream, "unescaped", stream),
            bar_format=bar_format,
            leave=False,
            dynamic_ncols=True,
            **options,
        )


@contextmanager
def show_progress(shown):
    """A context in which progress is shown (True) or not (False).

    With None, the default, it is shown in terminals and notebooks.
    """
    token = _shown.set(_shown.get() if shown is None else shown)
    try:
        yield
    finally:
        _shown.reset(token)


class Progress:
    """Context manager that shows on standard error how many samples are finished.

    Args:
        total: int, number of samples.
        modality: str, what they are.
    """

    def __init__(self, total, modality="image"):
        self.total, self.noun, self.bar = total, NOUNS.get(modality, modality), None
        self.begin = self.printed = time.monotonic()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        if self.bar is not None:
            self.bar.close()

    def update(self, done):
        watched, now = is_watched(sys.stderr), time.monotonic()
        if _shown.get() is False or (_shown.get() is None and not watched):
            return
        if not watched:
            if now - self.printed > SECONDS_BETWEEN_LINES:
                self.printed = now
                print(f"{self.noun} {done}/{self.total}", file=sys.stderr, flush=True)
        elif now - self.begin > PATIENCE:
            if self.bar is None:
                self.bar = open_bar(self.total, sys.stderr, BAR, desc=self.noun, initial=done)
            self.bar.n = done
            self.bar.refresh()

    @contextmanager
    def starting_at(self, first):
        """A context in which `with_progress` counts here, from `first`.

        For callers that process samples in chunks. A nested context adds to the outer position.
        """
        progress, position = _outer.get() or (self, 0)
        progress.update(position + first)
        token = _outer.set((progress, position + first))
        try:
            yield
        finally:
            _outer.reset(token)


def with_progress(chunks, total, modality="image"):
    """Yield from `chunks`, showing progress.

    Args:
        chunks: iterable of pairs (position in a list of `total` samples, anything).
        total: int, number of samples.
        modality: str, what they are.
    """
    with Progress(total, modality) as own:
        progress, first = _outer.get() or (own, 0)
        for start, chunk in chunks:
            progress.update(first + start)
            yield start, chunk
