"""Large runs on damaged and hostile input, counted: `python -m tests.robustness [NAME ...]`.

Every module of this folder with a function `prepare(folder)` is one run. The outcome of a case is

- read: the right value came back,
- refused: an error that says why, or a sample that became missing, with a warning,
- wrong: a wrong value came back without a warning,
- crashed: any other exception, or the end of the process,
- hung: no answer within 60 seconds.

The same seed gives the same cases.
"""

import argparse
import sys
from importlib import import_module
from pathlib import Path

from tests.robustness._runner import OUTCOMES, run

HERE = Path(__file__).parent
NAMES = sorted(
    file.stem for file in HERE.glob("*.py") if "\ndef prepare(" in file.read_text("utf-8")
)


def main():
    parser = argparse.ArgumentParser(
        prog="python -m tests.robustness",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"{', '.join(NAMES)}; default: all"
    )
    parser.add_argument("--share", type=float, default=1.0, help="share of the cases of each run")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in NAMES]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}. There are: {', '.join(NAMES)}")
    print("| run | " + " | ".join(OUTCOMES) + " |\n|---|" + "---|" * len(OUTCOMES), flush=True)
    bad = 0
    for name in options.names or NAMES:
        module = import_module(f"tests.robustness.{name}")
        count = max(1, round(module.COUNT * options.share))
        counts = run(
            module.prepare, count, options.seed, lambda *what, name=name: _show(name, *what)
        )
        print(
            f"| {name} | " + " | ".join(f"{counts[key]:,}" for key in OUTCOMES) + " |", flush=True
        )
        bad += counts["wrong"] + counts["crashed"] + counts["hung"]
    return int(bad > 0)


def _show(name, outcome, number, message):
    print(f"{name} {number}: {outcome} {message}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
