"""How much longer `import mm_keras` and `--help` take than starting Python, wall time, best of many starts."""

import subprocess
import sys

from tests.benchmarks._measure import ROOT, Row, in_turns

COMMANDS = {"python": ["-c", ""], "import": ["-c", "import mm_keras"], "help": ["-m", "mm_keras", "--help"]}


def rows(full):
    import time

    def start(arguments):
        return lambda: subprocess.run([sys.executable, *arguments], cwd=ROOT, stdout=subprocess.DEVNULL, check=True)

    best = in_turns({name: start(arguments) for name, arguments in COMMANDS.items()}, rounds=10, clock=time.perf_counter)
    yield Row("import mm_keras, beyond bare Python", best["import"] - best["python"], "allowed", 0.15, 1)
    yield Row("python -m mm_keras --help, beyond bare Python", best["help"] - best["python"], "allowed", 0.3, 1)
