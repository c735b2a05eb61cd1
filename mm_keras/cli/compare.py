"""The `compare` command: compares classifiers on your data, or repeats an earlier comparison."""

import os
import shlex
import sys
from contextlib import contextmanager
from pathlib import Path

from mm_keras.cli.inputs import load
from mm_keras.cli.manifest import read_results
from mm_keras.cli.parser import build_parser
from mm_keras.comparison.comparison import run_comparison
from mm_keras.comparison.engine.manifest import differences, versions
from mm_keras.comparison.options import DUPLICATES, OWN_SPLIT, Options
from mm_keras.comparison.progress import Progress
from mm_keras.comparison.report.tables import text_table
from mm_keras.comparison.results.folder import check_files, results_folder
from mm_keras.comparison.splits import StratifiedFolds
from mm_keras.utils.formatting import shorten
from mm_keras.utils.modality_labels import with_labels

# Options on which the result depends; the manifest stores them for --rerun.
DATA_OPTIONS = (
    "data",
    "scheme",
    "text_column",
    "image_column",
    "audio_column",
    "video_column",
    "label_column",
    "id_column",
    "number_columns",
    "category_columns",
    "vectors",
    "quoting",
    "encoding",
    "delimiter",
    "label_separator",
    "limit",
    "drop_rare",
)
OPTIONS = (
    *DATA_OPTIONS,
    "folds",
    "repeats",
    "group",
    "use_split",
    "group_duplicates",
    "by",
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
    with _resumable(out):
        result = _compare(options, out)
    _print_result(result, out)
    return int(all(contender["failed"] for contender in result["contenders"]))


def rerun(options):
    """Repeat a run; the exit status is 0 if all values are the same bit for bit, else 1.

    The file decides what is computed, from which data. It never decides where to write.
    """
    file = Path(options.rerun)
    file = file / "results.json" if file.is_dir() else file
    before = read_results(file)
    manifest = before["manifest"]
    vars(options).update(manifest["command_options"])
    out = Path(options.out or file.parent / "rerun")
    _empty(out, chosen=bool(options.out))
    for name, before_version in manifest["versions"].items():
        version = versions().get(name)
        if version != before_version:
            print(
                f"{name} was {before_version}, now {version or 'not installed'}: the last digits "
                "may differ."
            )
    print(f"Reading the data {options.data!r}, which {file} names. Writing to {out} only.")
    with _resumable(out):
        result = _compare(options, out)
    lines = [shorten(line, 300) for line in differences(before, result)]
    if result["manifest"]["data_sha256"] != manifest["data_sha256"]:
        print(
            f"\nThe data has changed: its SHA-256 was {manifest['data_sha256']}, now "
            f"{result['manifest']['data_sha256']}."
        )
    if lines:
        values = "1 value differs" if len(lines) == 1 else f"{len(lines)} values differ"
        more = ["..."] if len(lines) > 20 else []
        print(f"\nNOT the same: {values} from {file}.", *lines[:20], *more, sep="\n   ")
        return 1
    print(f"\nThe same: every value equals that in {file}, bit for bit (except times and memory).")
    return 0


@contextmanager
def _resumable(out):
    """A context that says how to go on if it is interrupted by Ctrl-C, SIGTERM or SIGHUP."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit):
        print(
            f"\nFinished results are kept in {out}. Run the same command again to continue.",
            file=sys.stderr,
        )
        raise


def _empty(out, chosen):
    """Delete an earlier repetition in the default folder, so that it starts anew.

    A repetition that was killed has no results.json and resumes.

    Raises:
        FileExistsError: the folder was chosen and has a result, is in use, or has files of others.
    """
    if chosen and (out / "results.json").exists():
        raise FileExistsError(
            f"{out} already contains a result. Choose another folder for the repetition with --out."
        )
    if (out / "results.json").exists():
        with results_folder(out):
            check_files(out / "shuffled_labels")
            for name in ("results.json", "finished.jsonl", "shuffled_labels/finished.jsonl"):
                (out / name).unlink(missing_ok=True)


def _compare(options, out):
    data = load(options)
    print(with_labels(repr(data), data.modalities))
    if options.use_split and options.repeats > 1:
        raise ValueError(
            "With --use-split there is nothing to repeat. Leave out --use-split or --repeats."
        )
    if options.use_split:
        cv = OWN_SPLIT
    else:
        cv = StratifiedFolds(options.folds, options.repeats, options.seed)
    groups = [options.group] if options.group else []
    if options.group_duplicates:
        groups.append(DUPLICATES)
    comparison_options = Options.of(
        cv,
        groups,
        options.seed,
        options.settings,
        options.quick,
        not options.no_robustness,
        options.permute_labels,
        options.contenders,
        options.by,
    )
    origin = {
        "source": str(options.data),
        "command": command(options),
        "command_options": {name: getattr(options, name) for name in OPTIONS},
    }
    with Progress() as progress:
        return run_comparison(
            data,
            options.contenders,
            comparison_options,
            workers=options.workers,
            out=out,
            progress=progress,
            origin=origin,
        )


def command(options):
    """The command line of this run as a list: --data, and the options that are not the default."""
    defaults = build_parser().parse_args(["compare"])
    arguments = ["python", "-m", "mm_keras", "compare"]
    for name in OPTIONS:
        value = getattr(options, name)
        if value == getattr(defaults, name) and name != "data":
            continue
        arguments.append("--" + name.replace("_", "-"))
        if isinstance(value, list):
            arguments += map(str, value)
        elif value is not True:
            arguments.append(str(value))
    return arguments


def _print_result(result, out):
    print("\n" + text_table(result, width=max(79, min(120, _columns()))))
    print("", *result["verdicts"], sep="\n")
    if result["leaks"]:
        print(result["leaks"]["sentence"])
    if result["permutation_run"]:
        print(result["permutation_run"]["sentence"])
    if result["checks"]:
        print("\nWarnings:", *(check["sentence"] for check in result["checks"]), sep="\n   ")
    if result["notes"]:
        print("\nNotes:", *result["notes"], sep="\n   ")
    print(
        f"\nFinished in {result['timings']['seconds']:.0f} seconds. Report: {out / 'report.html'}. "
        "All values: results.csv and results.json; predictions for each sample: predictions.csv.\n"
        "For a paper: figures/, table.tex, methods.txt and references.bib. To repeat the "
        "comparison:\n"
        f"python -m mm_keras compare --rerun {shlex.quote(str(out / 'results.json'))}"
    )


def _columns():
    try:
        return os.get_terminal_size().columns or 104  # some terminals report 0
    except OSError:
        return 104
