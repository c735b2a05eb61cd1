"""What a command prints while it runs."""

import sys
import time

from mm_keras.utils.keras_tools import import_keras
from mm_keras.utils.progress import is_watched, open_bar

BAR = "   {desc}: epoch {n_fmt} of at most {total_fmt}|{bar:20}| at most {remaining} left{postfix}"


class Console:
    """Prints the title and duration of each step, and a bar during training."""

    def __init__(self):
        self.started = self.last = time.perf_counter()
        self.live = is_watched(sys.stderr)
        self.bar = None

    def seconds(self):
        return time.perf_counter() - self.started

    def start_keras(self):
        """Import Keras, and print how long that takes."""
        keras = import_keras()
        self.step("Start Keras", f"Keras {keras.__version__} on {keras.backend.backend()}")

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
        """A bar that moves after each epoch, until `name` is None; only in a terminal."""
        if self.bar is not None and self.bar.desc != name:
            self.bar.close()
            self.bar = None
        if name is None or not self.live:
            return
        if self.bar is None:
            self.bar = open_bar(epochs, sys.stderr, BAR, desc=name)
        state = f"loss {logs['loss']:.3f}"
        accuracies = [logs[key] for key in logs if key.endswith("accuracy")]
        state += f", accuracy {accuracies[0]:.3f}" if accuracies else ""
        self.bar.n = epoch
        self.bar.set_postfix_str(state)
