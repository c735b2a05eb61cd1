"""What a command prints while it runs."""

import sys
import time


class Console:
    """Prints the title and duration of each step, and a progress line during training."""

    def __init__(self):
        self.started = self.last = time.perf_counter()
        self.live = sys.stderr.isatty()

    def seconds(self):
        return time.perf_counter() - self.started

    def step(self, title, *lines):
        self.progress(None)
        now = time.perf_counter()
        print(f"\n{title} ({now - self.last:.1f} s)", *lines, sep="\n   ", flush=True)
        self.last = now

    def begin(self, title, *lines):
        """The title of a step whose lines are printed one by one, up to `end`."""
        self.progress(None)
        print(f"\n{title}", *lines, sep="\n   ", flush=True)

    def line(self, text):
        self.progress(None)
        print(f"   {text}", flush=True)

    def end(self):
        """The duration of the step."""
        now = time.perf_counter()
        self.line(f"({now - self.last:.1f} s)")
        self.last = now

    def progress(self, name, epoch=0, epochs=0, logs=None):
        """A line that is rewritten after each epoch; nothing if stderr is not a terminal."""
        if self.live:
            line = ""
            if name:
                line = f"   {name}: epoch {epoch} of at most {epochs}, loss {logs['loss']:.3f}"
                accuracies = [logs[key] for key in logs if key.endswith("accuracy")]
                line += f", accuracy {accuracies[0]:.3f}" if accuracies else ""
            end = "" if name else "\r"
            print(f"\r{line:<78}{end}", end="", file=sys.stderr, flush=True)
