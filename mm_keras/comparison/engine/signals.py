"""SIGTERM and SIGHUP end a comparison as Ctrl-C does."""

import signal
import threading
from contextlib import contextmanager

NAMES = ("SIGTERM", "SIGHUP")  # Windows has no SIGHUP


@contextmanager
def ending_on_signals():
    """A context in which SIGTERM and SIGHUP raise SystemExit(128 + number), so that it is left.

    Handlers of the program itself stay, also those that ignore a signal (`nohup`). Python handles
    signals in the main thread only; in other threads nothing is changed.
    """
    in_main_thread = threading.current_thread() is threading.main_thread()
    numbers = [getattr(signal, name) for name in NAMES if in_main_thread and hasattr(signal, name)]
    numbers = [number for number in numbers if signal.getsignal(number) is signal.SIG_DFL]
    is_ending = False

    def end(number, frame):
        nonlocal is_ending
        if not is_ending:  # a second signal must not interrupt the clean-up
            is_ending = True
            raise SystemExit(128 + number)

    for number in numbers:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number in numbers:
            signal.signal(number, signal.SIG_DFL)
