"""What the benchmarks share: measuring in turns or in a process of its own, and the rows of the table."""

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
WIDTHS = (50, 11, 44, 11, 7, 8, 22)
COLUMNS = ("what", "ours", "alternative", "its own", "ratio", "at least", "peak memory")


@dataclass
class Row:
    """One line of the table: seconds (or, with `unit`, anything else that should be small) of ours and of an alternative."""

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
        shown = (
            (lambda value: "" if value is None else duration(value))
            if self.unit == "s"
            else (lambda value: "" if value is None else f"{value:.3g} {self.unit}")
        )
        ratio = (
            ""
            if self.ratio is None
            else f"{self.ratio:.1f}"
            if self.ratio >= 3
            else f"{self.ratio:.2f}"
        )
        required = "" if self.required is None else f"{self.required:g}"
        return _line(
            (
                self.what,
                shown(self.ours),
                self.alternative,
                shown(self.other),
                ratio,
                required,
                self.memory,
            )
        )


def _line(cells):
    return "| " + " | ".join(f"{cell:<{width}}" for cell, width in zip(cells, WIDTHS)) + " |"


HEAD = _line(COLUMNS) + "\n|" + "|".join("-" * (width + 2) for width in WIDTHS) + "|"


def duration(seconds):
    for size, unit in ((1, "s"), (1e-3, "ms"), (1e-6, "us")):
        if seconds >= size or unit == "us":
            return f"{seconds / size:.3g} {unit}"


def in_turns(works, rounds=8, clock=time.process_time):
    """Best seconds of each piece of work: dict, name -> function without arguments. They take turns."""
    best = dict.fromkeys(works, float("inf"))
    for _ in range(rounds):
        for name, work in works.items():
            start = clock()
            work()
            best[name] = min(best[name], clock() - start)
    return best


@dataclass
class Run:
    """What a process took: wall and processor seconds, peak resident memory in MB, and what it printed."""

    wall: float
    cpu: float
    memory: float
    printed: str


def in_process(*arguments, threads=1, python=sys.executable):
    """Run `python ...` in the project's folder; its workers count too. RuntimeError with its last words when it fails."""
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
    """Of a process and its descendants: resident bytes (pages that they share count once each), processor seconds."""
    children, resident, spent = {}, {}, {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        member = int(folder.name)
        children.setdefault(int(fields[1]), []).append(member)
        resident[member] = int(fields[21]) * os.sysconf("SC_PAGE_SIZE")
        spent[member] = sum(map(int, fields[11:15])) / os.sysconf(
            "SC_CLK_TCK"
        )  # its own, and of children that have ended
    family = [pid]
    for member in family:
        family += children.get(member, [])
    return sum(resident.get(member, 0) for member in family), sum(
        spent.get(member, 0) for member in family
    )


def memories(ours, other=None):
    return f"{ours:,.0f} MB" + (f" / {other:,.0f} MB" if other else "")
