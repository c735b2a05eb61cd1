"""Doctored results.json files for `compare --rerun`: refused in one line, or valid options."""

import contextlib
import copy
import io
import json

from tests.robustness._damage import damaged

COUNT = 3_000
HOSTILE = [
    None, True, False, -1, 0, 1, 2, 4, 10**9, 10**400, 0.5, float("nan"), float("inf"), "", "0",
    "newsroom", "/etc/passwd", "../../../outside", "a\0b", "\ud800", "x" * 10_000, "\x1b]0;title",
    [], [[]], ["*"], ["text-*"] * 5_000, [1], {}, {"a": {"b": []}}, {"out": "outside"},
]  # fmt: skip
FIELDS = [
    "out", "workers", "rerun", "command", "progress", "origin", "__class__", "features", "cache",
    "data", "folds", "repeats", "settings", "contenders", "seed", "quick",
]  # fmt: skip


def earlier_result(folder):
    """The results of a small comparison by the command."""
    from mm_keras.cli.main import main

    lines = ["text,label", *(f"topic{i % 2} word{i},class{i % 2}" for i in range(12))]
    (folder / "pairs.csv").write_text("\n".join(lines))
    arguments = ["--data", str(folder), "--image-column", "none", "--contenders", "majority"]
    arguments += ["--folds", "2", "--workers", "0", "--out", str(folder / "earlier")]
    with contextlib.redirect_stdout(io.StringIO()):
        assert main(["compare", *arguments]) == 0
    return json.loads((folder / "earlier" / "results.json").read_text())


def doctored(result, random):
    """The result with one to three values replaced, added, removed or nested too deep."""
    result = copy.deepcopy(result)
    for _ in range(random.integers(1, 4)):
        manifest = result.get("manifest")
        parents = [result, manifest]
        if isinstance(manifest, dict):
            parents += 4 * [manifest.get("command_options")] + [manifest.get("versions")]
        parents = [parent for parent in parents if isinstance(parent, dict) and parent]
        parent = parents[random.integers(len(parents))]
        name = [*parent, *FIELDS][random.integers(len(parent) + len(FIELDS))]
        kind = random.integers(8)
        if kind == 0:
            parent.pop(name, None)
        elif kind == 1:
            value = []
            for _ in range(random.integers(1, 200)):
                value = [value]
            parent[name] = value
        else:
            parent[name] = copy.deepcopy(HOSTILE[random.integers(len(HOSTILE))])
    return result


def check(folder, content):
    """The outcome of `--rerun` with a file of this content."""
    from mm_keras.cli import compare
    from mm_keras.cli.main import main

    file, out = folder / "doctored" / "results.json", folder / "out"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(content)
    before = files_in(folder)
    received, errors = [], io.StringIO()

    def stop(options, where):
        received.append((dict(vars(options)), where))
        raise ValueError("not computed")

    original, compare._compare = compare._compare, stop
    try:
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(errors):
            status = main(["compare", "--rerun", str(file), "--workers", "0", "--out", str(out)])
    finally:
        compare._compare = original
    lines = errors.getvalue().strip().splitlines()
    if status != 2 or len(lines) != 1 or not lines[0].startswith("error: "):
        return "wrong", f"status {status}: {lines}"
    if files_in(folder) != before:
        return "wrong", "it wrote files"
    if not received:
        return "refused"
    ((options, where),) = received
    return "read" if where == out and is_valid(options, file) else ("wrong", str(options)[:200])


def files_in(folder):
    return {path: path.stat().st_mtime_ns for path in folder.rglob("*")}


def is_valid(options, file):
    numbers = [options[name] for name in ("folds", "repeats", "settings", "seed")]
    flags = ("use_split", "group_duplicates", "quick", "no_robustness", "permute_labels")
    columns = ("audio_column", "video_column", "label_column", "id_column")
    texts = [options[name] for name in ("data", "scheme", "quoting", "encoding", *columns)]
    optional = ("group", "label_separator", "vectors", "delimiter")
    texts += [options[name] for name in optional if options[name] is not None]
    for name in ("contenders", "number_columns", "category_columns"):
        texts += options[name] or []
    for name in ("text_column", "image_column"):
        texts += options[name] if isinstance(options[name], list) else [options[name]]
    numbers += [options[name] for name in ("limit", "drop_rare") if options[name] is not None]
    return (
        all(type(number) is int and 0 <= number <= 2**53 for number in numbers)
        and options["seed"] < 2**32
        and options["repeats"] == 1  # as many as the folds that the manifest lists
        and options["folds"] <= 100_000
        and options["settings"] <= 3
        and all(type(options[name]) is bool for name in flags)
        and all(type(text) is str and len(text) <= 4096 and "\0" not in text for text in texts)
        and len(options["contenders"] or []) <= 1_000
        and options["rerun"] == str(file)
        and options["workers"] == 0
    )


def prepare(folder):
    result = earlier_result(folder)
    content = json.dumps(result).encode()

    def case(number, random):
        if number % 4 == 0:
            return check(folder, damaged(content, random))
        return check(folder, json.dumps(doctored(result, random)).encode())

    return case
