"""Cases run in a child process, which may crash or hang without ending the run."""

import multiprocessing
import os
import queue
import signal
import sys
import tempfile
import time
import warnings
from collections import Counter
from pathlib import Path

OUTCOMES = ("tried", "refused", "read", "wrong", "crashed", "hung")
SECONDS = 60  # the longest that one case may take


def run(prepare, count, seed, show=lambda *_: None):
    """Count the outcomes of `count` cases.

    Args:
        prepare: function (folder) -> function (number, random generator) -> "refused", "read" or
            "wrong", alone or in a tuple with a message. It is called once in each child process.
            A case that raises anything counts as "crashed".
        count, seed: int.
        show: function (outcome, number, message), called for each wrong, crashed or hung
            case.

    Returns:
        Counter with the keys OUTCOMES.
    """
    counts, start = Counter(dict.fromkeys(OUTCOMES, 0)), 0
    context = multiprocessing.get_context("spawn")
    while start < count:
        results = context.Queue()
        process = context.Process(
            target=_work, args=(prepare, start, count, seed, results), daemon=True
        )
        process.start()
        start = _collect(process, results, start, count, counts, show)
        process.join(5)
        if process.is_alive():
            process.kill()
            process.join()
    return counts


def _collect(process, results, start, count, counts, show):
    """Count results until the process ends; returns the number of the next case."""
    since = time.monotonic() + 60  # the first case also waits for the imports
    while start < count:
        try:
            number, outcome, message = results.get(timeout=0.5)
        except queue.Empty:
            if not process.is_alive() and results.empty():
                outcome, message = (
                    "crashed",
                    f"the process ended with {_exit_name(process.exitcode)}",
                )
            elif time.monotonic() - since > SECONDS:
                process.kill()
                outcome, message = "hung", f"no answer in {SECONDS} s"
            else:
                continue
            counts["tried"] += 1
            counts[outcome] += 1
            show(outcome, start, message)
            return start + 1
        counts["tried"] += 1
        counts[outcome] += 1
        if outcome in ("wrong", "crashed"):
            show(outcome, number, message)
        start, since = number + 1, time.monotonic()
    return start


def _exit_name(code):
    return signal.Signals(-code).name if code and code < 0 else str(code)


def _work(prepare, start, count, seed, results):
    import numpy as np

    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(1000)
    with tempfile.TemporaryDirectory() as folder:
        case = prepare(Path(folder))
        for number in range(start, count):
            try:
                outcome = case(number, np.random.default_rng([seed, number]))
                message = ""
                if isinstance(outcome, tuple):
                    outcome, message = outcome
            except BaseException as error:  # what a user would see as a traceback
                outcome, message = "crashed", f"{type(error).__name__}: {error}"[:200]
            results.put((number, outcome, message))
    results.close()
    results.join_thread()
