"""CPU time of `import mm_keras` and `--help` beyond starting Python, best of many starts."""

import resource
import subprocess
import sys
from functools import partial

from tests.benchmarks._measure import ROOT, Row, in_turns

COMMANDS = {
    "python": ["-c", ""],
    "import": ["-c", "import mm_keras"],
    "help": ["-m", "mm_keras", "--help"],
}


def rows(full):
    best = in_turns(
        {name: partial(start, arguments) for name, arguments in COMMANDS.items()},
        rounds=12,
        clock=spent_by_children,
    )
    for what, name, allowed in (
        ("import mm_keras", "import", 0.15),
        ("python -m mm_keras --help", "help", 0.3),
    ):
        yield Row(
            f"{what}, beyond bare Python",
            max(best[name] - best["python"], 1e-3),
            "allowed",
            allowed,
            1,
        )


def start(arguments):
    subprocess.run([sys.executable, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)


def spent_by_children():
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime
