"""Shared by the benchmarks: timing in turns or in a separate process, and the rows of the table."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
WIDTHS = (50, 11, 44, 11, 7, 8, 22)
COLUMNS = ("what", "ours", "alternative", "theirs", "ratio", "at least", "peak memory")


@dataclass
class Row:
    """One line of the table: our seconds and those of an alternative.

    With another `unit`, any other quantity of which less is better.
    """

    what: str
    ours: float
    alternative: str
    other: float | None = None
    required: float | None = None
    memory: str = ""
    unit: str = "s"

    @property
    def ratio(self):
        return None if self.other is None else self.other / self.ours

    @property
    def falls_short(self):
        return None not in (self.ratio, self.required) and self.ratio < self.required

    def line(self):
        ratio = ""
        if self.ratio is not None:
            ratio = f"{self.ratio:.1f}" if self.ratio >= 3 else f"{self.ratio:.2f}"
        required = "" if self.required is None else f"{self.required:g}"
        ours, other = self._format(self.ours), self._format(self.other)
        return _line((self.what, ours, self.alternative, other, ratio, required, self.memory))

    def _format(self, value):
        if value is None:
            return ""
        return duration(value) if self.unit == "s" else f"{value:.3g} {self.unit}"


def _line(cells):
    return "| " + " | ".join(f"{cell:<{width}}" for cell, width in zip(cells, WIDTHS)) + " |"


HEAD = _line(COLUMNS) + "\n|" + "|".join("-" * (width + 2) for width in WIDTHS) + "|"


def duration(seconds):
    for size, unit in ((1, "s"), (1e-3, "ms"), (1e-6, "us")):
        if seconds >= size or unit == "us":
            return f"{seconds / size:.3g} {unit}"


def in_turns(works, rounds=8, clock=time.process_time):
    """dict, name -> best seconds of each function; they take turns.

    Args:
        works: dict, name -> function without arguments.
    """
    best = dict.fromkeys(works, float("inf"))
    for _ in range(rounds):
        for name, work in works.items():
            start = clock()
            work()
            best[name] = min(best[name], clock() - start)
    return best


@dataclass
class Run:
    """Usage of a process: wall and CPU seconds, peak resident memory in MB, and its output."""

    wall: float
    cpu: float
    memory: float
    printed: str


def in_process(*arguments, threads=1, python=sys.executable):
    """Run `python ...` in the project's folder; its child processes count too.

    Raises:
        RuntimeError: the process failed; with the end of its stderr.
    """
    environment = {
        **os.environ,
        **{
            name: str(threads)
            for name in (
                "OMP_NUM_THREADS",
                "OPENBLAS_NUM_THREADS",
                "TF_NUM_INTRAOP_THREADS",
                "TF_NUM_INTEROP_THREADS",
            )
        },
    }
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
        start, peak, cpu = time.perf_counter(), 0.0, 0.0
        process = subprocess.Popen(
            [python, *map(str, arguments)], cwd=ROOT, env=environment, stdout=out, stderr=errors
        )
        while True:
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
            if ended:
                break
            memory, spent = family_usage(process.pid)
            peak, cpu = max(peak, memory), max(cpu, spent)
            time.sleep(0.2)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        errors.seek(0)
        if process.returncode:
            raise RuntimeError(
                f"The process ended with {process.returncode}: {errors.read()[-2000:]}"
            )
        return Run(
            wall,
            max(cpu, usage.ru_utime + usage.ru_stime),
            max(peak, usage.ru_maxrss * 1024) / 1e6,
            out.read(),
        )


def family_usage(pid):
    """Resident bytes and CPU seconds of a process and its descendants.

    Shared pages are counted once per process.
    """
    children, resident, spent = {}, {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        member = int(folder.name)
        children.setdefault(int(fields[1]), []).append(member)
        resident[member] = int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
        ticks = sum(map(int, fields[11:15]))  # of the process and of its children that have ended
        spent[member] = ticks / os.sysconf("SC_CLK_TCK")
    family = [pid]
    for member in family:
        family += children.get(member, [])
    return sum(resident.get(member, 0) for member in family), sum(
        spent.get(member, 0) for member in family
    )


def memories(ours, other=None):
    return f"{ours:,.0f} MB" + (f" / {other:,.0f} MB" if other else "")
