"""Reading the results.json of an earlier comparison: every field is checked before it is used.

The file may come from anyone. It says what to compute, from which data, and never where to write.
"""

import json
import os
from pathlib import Path

from mm_keras.comparison.contenders.catalog import MAX_SETTINGS
from mm_keras.comparison.engine.manifest import FORMAT
from mm_keras.utils.formatting import join_words, shorten

MAX_BYTES, MAX_DEPTH, MAX_TEXT = 200_000_000, 30, 4096
MAX_FOLDS, MAX_REPEATS, MAX_CONTENDERS, MAX_SEED = 100_000, 1_000, 1_000, 2**32 - 1
MAX_COUNT = 2**53
_ADVICE = "Only unchanged files of this version can be repeated."


def _text(value):
    return isinstance(value, str) and len(value) <= MAX_TEXT and "\0" not in value


def _optional_text(value):
    return value is None or _text(value)


def _flag(value):
    return isinstance(value, bool)


def _number(low, high):
    def is_valid(value):
        return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high

    return is_valid, f"an integer from {low} to {high:,}"


def _texts(value):
    return isinstance(value, list) and len(value) <= MAX_CONTENDERS and all(map(_text, value))


def _folds_of_samples(value):
    return isinstance(value, list) and all(
        isinstance(folds, list) and all(type(fold) is int and fold >= -1 for fold in folds)
        for folds in value
    )


TEXT = _text, f"a text of at most {MAX_TEXT:,} characters"
OPTIONAL_TEXT = _optional_text, f"null or {TEXT[1]}"
FLAG = _flag, "true or false"
ONE_OR_MORE = (
    lambda value: _text(value) or (_texts(value) and len(value) > 1),
    "a text or a list of two or more texts",
)
SEVERAL = (
    lambda value: value is None or (_texts(value) and bool(value)),
    "null or a list of texts",
)
OPTIONAL_COUNT = (
    lambda value: value is None or (type(value) is int and 0 < value <= MAX_COUNT),
    "null or a positive integer",
)
# For each option of the command and each field of the manifest: a check, and what it must be.
OPTIONS = {
    "data": TEXT,
    "scheme": TEXT,
    "text_column": ONE_OR_MORE,
    "image_column": ONE_OR_MORE,
    "audio_column": TEXT,
    "video_column": TEXT,
    "label_column": TEXT,
    "id_column": TEXT,
    "number_columns": SEVERAL,
    "category_columns": SEVERAL,
    "vectors": OPTIONAL_TEXT,
    "encoding": TEXT,
    "delimiter": OPTIONAL_TEXT,
    "limit": OPTIONAL_COUNT,
    "drop_rare": OPTIONAL_COUNT,
    "quoting": (lambda value: value in ("auto", "minimal", "none"), "auto, minimal or none"),
    "label_separator": OPTIONAL_TEXT,
    "folds": _number(1, MAX_FOLDS),
    "repeats": _number(1, MAX_REPEATS),
    "group": OPTIONAL_TEXT,
    "use_split": FLAG,
    "group_duplicates": FLAG,
    "by": SEVERAL,
    "contenders": (
        lambda value: value is None or (_texts(value) and value),
        f"null or a list of 1 to {MAX_CONTENDERS:,} names",
    ),
    "settings": _number(1, MAX_SETTINGS),
    "quick": FLAG,
    "no_robustness": FLAG,
    "permute_labels": FLAG,
    "seed": _number(0, MAX_SEED),
}
FIELDS = {
    "command": (lambda value: value is None or _texts(value), "null or a list of texts"),
    "command_options": (lambda value: isinstance(value, dict), "an object"),
    "options": (lambda value: isinstance(value, dict), "an object"),
    "created": TEXT,
    "data_sha256": TEXT,
    "versions": (
        lambda value: isinstance(value, dict) and _texts([*value, *value.values()]),
        "an object with names and versions",
    ),
    "platform": TEXT,
    "seed": _number(0, MAX_SEED),
    "fold_of_sample": (_folds_of_samples, "lists of integers from -1"),
    "threads_per_worker": _number(1, 1024),
}


def read_results(file):
    """The results of an earlier comparison by the command, a dict.

    `["manifest"]` has all FIELDS, and `["manifest"]["command_options"]` some of OPTIONS, all of
    them valid.

    Raises:
        FileNotFoundError: no such file.
        ValueError: not the results of the command, or a field that is not valid.
    """
    file = Path(file)
    if not file.is_file():
        raise FileNotFoundError(
            f"There is no {file}. --rerun needs the results.json of an earlier comparison."
        )
    result = _read_json(file)
    manifest = result.get("manifest") if isinstance(result, dict) else None
    if not isinstance(manifest, dict) or result.get("format") != FORMAT:
        raise ValueError(f"{file} is not the results.json of `python -m mm_keras compare`.")
    if manifest.get("command_options", "") is None:
        raise ValueError(
            f"{file} was made from Python, not by this command. To repeat it, call compare() with "
            "the same arguments and compare the two results with "
            "mm_keras.comparison.engine.manifest.differences(first, second)."
        )
    missing = [name for name in FIELDS if name not in manifest]
    if missing:
        raise ValueError(f"{file}: the manifest has no {join_words(missing)}. {_ADVICE}")
    _check(file, "manifest", manifest, FIELDS)
    _check(file, "manifest.command_options", manifest["command_options"], OPTIONS)
    _check_folds(file, manifest)
    data = manifest["command_options"].get("data", "")
    if os.path.exists(data) and not (os.path.isfile(data) or os.path.isdir(data)):
        raise ValueError(
            f"{file}: manifest.command_options.data must be newsroom, glyphs, or a folder or file. "
            f"Received: {shorten(repr(data), 200)}, a device or pipe."
        )
    return result


def _read_json(file):
    if file.stat().st_size > MAX_BYTES:
        raise ValueError(f"{file} is too large for a results.json (at most {MAX_BYTES:,} bytes).")
    try:
        result = json.loads(file.read_bytes())
    except (ValueError, RecursionError):
        return None
    return result if _depth_is_at_most(result, MAX_DEPTH) else None


def _depth_is_at_most(value, depth):
    level = [value]
    for _ in range(depth):
        level = [
            child
            for parent in level
            if isinstance(parent, (dict, list))
            for child in (parent.values() if isinstance(parent, dict) else parent)
        ]
        if not level:
            return True
    return False


def _check(file, where, values, fields):
    """Raise ValueError for the first value that is unknown or not valid."""
    for name, value in values.items():
        if name not in fields:
            raise ValueError(f"{file}: {where} has an unknown field {name!r:.100}. {_ADVICE}")
        is_valid, expected = fields[name]
        if not is_valid(value):
            raise ValueError(
                f"{file}: {where}.{name} must be {expected}. Received: "
                f"{shorten(repr(value), 200)}. {_ADVICE}"
            )


def _check_folds(file, manifest):
    """Raise ValueError if the options ask for more repeats than the manifest lists."""
    options, listed = manifest["command_options"], len(manifest["fold_of_sample"])
    repeats = 1 if options.get("use_split") else options.get("repeats", 1)
    if repeats != listed:
        raise ValueError(
            f"{file}: manifest.command_options.repeats is {repeats}, but the manifest lists the "
            f"folds of {listed} repeats. {_ADVICE}"
        )
