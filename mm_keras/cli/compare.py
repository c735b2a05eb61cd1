"""The `compare` command: an honest comparison on the user's data, or a repetition of one that was made before."""

import json
import os
import shlex
import sys
import time
from pathlib import Path

from mm_keras.cli.parser import build_parser
from mm_keras.comparison.comparison import run_comparison
from mm_keras.comparison.engine.manifest import FORMAT, differences, versions
from mm_keras.comparison.options import DUPLICATES, OWN_SPLIT, Options
from mm_keras.comparison.report.tables import text_table
from mm_keras.comparison.splits import StratifiedFolds
from mm_keras.datasets.named import load_named
from mm_keras.utils.formatting import format_duration
from mm_keras.utils.keras_tools import import_keras

# What the command was asked for and the result depends on; the manifest keeps it for --rerun.
DATA_OPTIONS = ("data", "scheme", "text_column", "image_column", "label_column", "label_separator")
OPTIONS = (
    *DATA_OPTIONS,
    "folds",
    "repeats",
    "group",
    "use_split",
    "group_duplicates",
    "contenders",
    "settings",
    "quick",
    "no_robustness",
    "permute_labels",
    "seed",
)


def run(options):
    if options.rerun:
        return rerun(options)
    out = Path(options.out or "output/compare")
    try:
        result = _compare(options, out)
    except KeyboardInterrupt:
        print(
            f"\nWhat is finished is kept in {out}: the same command goes on there.", file=sys.stderr
        )
        raise
    _tell(result, out)
    return int(all(one["failed"] for one in result["contenders"]))


def rerun(options):
    """Repeat a run; the exit status is 0 when every number is the same, bit for bit, and 1 when one is not."""
    file = Path(options.rerun)
    file = file / "results.json" if file.is_dir() else file
    before = _read(file)
    manifest = before["manifest"]
    for name, value in manifest["command_options"].items():
        setattr(options, name, value)
    out = Path(options.out or file.parent / "rerun")
    if options.out and (out / "results.json").exists():
        raise ValueError(
            f"There is a result in {out} already. Choose another folder for the repetition with --out."
        )
    if (
        out / "results.json"
    ).exists():  # a repetition that was finished; one that was killed goes on
        for name in ("results.json", "finished.jsonl", "shuffled_labels/finished.jsonl"):
            (out / name).unlink(missing_ok=True)
    for name, was in manifest["versions"].items():
        now = versions().get(name)
        if now != was:
            print(f"{name} was {was}, it is {now or 'not here'} now: the last digits may differ.")
    result = _compare(options, out)
    found = differences(before, result)
    if result["manifest"]["data_sha256"] != manifest["data_sha256"]:
        print(
            f"\nThe data is not that of then: its SHA-256 was {manifest['data_sha256']}, it is "
            f"{result['manifest']['data_sha256']}."
        )
    if found:
        print(
            f"\nNOT the same: {len(found)} values differ from {file}.",
            *found[:20],
            *["..."] * (len(found) > 20),
            sep="\n   ",
        )
        return 1
    print(f"\nThe same: every number is that of {file}, bit for bit (times and memory aside).")
    return 0


def _read(file):
    if not file.is_file():
        raise FileNotFoundError(
            f"There is no {file}. --rerun needs the results.json of an earlier comparison."
        )
    try:
        result = json.loads(file.read_text(encoding="utf-8"))
        known, asked = result["format"] == FORMAT, result["manifest"]["command_options"]
    except (ValueError, KeyError, TypeError):
        known = False
    if not known:
        raise ValueError(f"{file} is not the results.json of `python -m mm_keras compare`.")
    if asked is None:
        raise ValueError(
            f"{file} was made from Python, not by the command. To repeat it, call compare() as then, and look at "
            "mm_keras.comparison.engine.manifest.differences(first, second)."
        )
    return result


def _compare(options, out):
    columns = {name: getattr(options, f"{name}_column") for name in ("text", "image", "label")}
    data = load_named(
        options.data,
        scheme=options.scheme,
        seed=options.seed,
        label_separator=options.label_separator,
        **{name: None if column == "none" else column for name, column in columns.items()},
    )
    print(f"{data!r}")
    if options.workers == 0:  # else only the workers need it
        import_keras()
    asked = {name: getattr(options, name) for name in OPTIONS}
    cv = (
        OWN_SPLIT
        if options.use_split
        else StratifiedFolds(options.folds, options.repeats, options.seed)
    )
    if options.use_split and options.repeats > 1:
        raise ValueError(
            "The data's own split (--use-split) leaves nothing to repeat. Leave out one or the other."
        )
    groups = [
        *([options.group] if options.group else []),
        *([DUPLICATES] if options.group_duplicates else []),
    ]
    how = Options.of(
        cv,
        groups,
        options.seed,
        options.settings,
        options.quick,
        not options.no_robustness,
        options.permute_labels,
        options.contenders,
    )
    with Progress() as progress:
        return run_comparison(
            data,
            options.contenders,
            how,
            workers=options.workers,
            out=out,
            progress=progress,
            origin={
                "source": str(options.data),
                "command": command(options),
                "command_options": asked,
            },
        )


def command(options):
    """The command that gives this result, with every option that is not the usual one."""
    usual = build_parser().parse_args(["compare"])
    words = ["python", "-m", "mm_keras", "compare"]
    for name in OPTIONS:
        value = getattr(options, name)
        if value != getattr(usual, name) or name == "data":
            words.append("--" + name.replace("_", "-"))
            words += (
                []
                if value is True
                else [str(one) for one in (value if isinstance(value, list) else [value])]
            )
    return words


def _tell(result, out):
    print("\n" + text_table(result, width=max(79, min(120, _columns()))))
    print(
        "",
        *result["verdicts"],
        *([result["leaks"]["sentence"]] if result["leaks"] else []),
        sep="\n",
    )
    if result["permutation_run"]:
        print(result["permutation_run"]["sentence"])
    if result["notes"]:
        print("\nNotes:", *result["notes"], sep="\n   ")
    print(
        f"\n{result['timings']['seconds']:.0f} seconds. Look at {out / 'report.html'}; numbers: results.csv and results.json; for a "
        "paper: table.tex and table.md.\n"
        f"To repeat it: python -m mm_keras compare --rerun {shlex.quote(str(out / 'results.json'))}"
    )


def _columns():
    try:
        return os.get_terminal_size().columns or 104  # some terminals say 0
    except OSError:
        return 104


class Progress:
    """A line on the terminal that says what is done and how long the rest will take; quiet when nobody is looking."""

    NAMES = {"trial": "table", "robustness": "corrupted samples", "learning": "learning curves"}

    def __init__(self, stream=sys.stderr):
        self.stream, self.live, self.started = stream, stream.isatty(), time.perf_counter()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self._write("")

    def __call__(self, done, total, job, seconds_left):
        share = done / max(total, 1)
        bar = "#" * round(20 * share)
        left = (
            ""
            if seconds_left is None or done == total
            else f", about {format_duration(seconds_left)} left"
        )
        self._write(f"{self.NAMES[job.kind]:15} [{bar:20}] {done}/{total}{left}   {job.contender}")

    def _write(self, line):
        if self.live:
            width = _columns() - 1
            print(
                f"\r{line[:width]:<{width}}" + ("" if line else "\r"),
                end="",
                file=self.stream,
                flush=True,
            )
