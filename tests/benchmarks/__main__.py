"""Measure and print one table: `python -m tests.benchmarks [NAME ...] [--full]`.

Every module of this folder with a generator `rows(full)` is a benchmark. Each `Row` that it yields
is printed at once. Times are CPU times unless a row says otherwise: the best of several rounds in
which both sides take turns, so that other programs affect them equally. Memory is the peak of a
separate process.
"""

import argparse
import os
import sys
from importlib import import_module
from pathlib import Path

for name in (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
):
    os.environ.setdefault(name, "1")  # one core unless a benchmark is about several
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

HERE = Path(__file__).parent
NAMES = sorted(
    file.stem for file in HERE.glob("*.py") if "\ndef rows(" in file.read_text(encoding="utf-8")
)


def main():
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"{', '.join(NAMES)}; default: all"
    )
    parser.add_argument(
        "--full",
        action="store_true",
        help="the sizes given in the README (takes minutes and gigabytes on disk)",
    )
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in NAMES]
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}. Choose from: {', '.join(NAMES)}")
    from tests.benchmarks._measure import HEAD

    print(HEAD, flush=True)
    num_short = 0
    for name in options.names or NAMES:
        for row in import_module(f"tests.benchmarks.{name}").rows(options.full):
            print(row.line(), flush=True)
            num_short += row.falls_short
    if num_short:
        print(f"\n{num_short} below the required ratio", file=sys.stderr)
    return int(num_short > 0)


if __name__ == "__main__":
    sys.exit(main())
