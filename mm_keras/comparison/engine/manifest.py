"""The manifest, which records what a result depends on, and the comparison of two results."""

import datetime
import hashlib
import json
import platform

import mm_keras
from mm_keras.utils.hashing import package_versions
from mm_keras.utils.source_code import source_fingerprint, strip_addresses

PACKAGES = (
    "numpy",
    "scipy",
    "scikit-learn",
    "scikit-image",
    "keras",
    "tensorflow",
    "jax",
    "torch",
    "pillow",
    "nltk",
)
FORMAT, VERSION = "mm_keras comparison", 2
MAY_DIFFER = ("timings", "manifest", "cost")  # between two runs of the same comparison


def versions():
    """dict, name -> version of Python, this library and the packages that affect the values."""
    installed = {
        name: version for name, version in package_versions(PACKAGES).items() if version is not None
    }
    return {"python": platform.python_version(), "mm_keras": mm_keras.__version__, **installed}


def make_manifest(options, data_sha256, splits, num_samples, origin=None):
    """Everything needed to repeat a run, and to see what changed if the values differ."""
    folds = {}
    for split in splits:
        fold_of = folds.setdefault(split.repeat, [-1] * num_samples)  # -1: in no test set
        for row in split.test.tolist():
            fold_of[row] = split.fold
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    command = {name: (origin or {}).get(name) for name in ("command", "command_options")}
    return {
        **command,
        "options": options.as_json(),
        "created": now,
        "data_sha256": data_sha256,
        "versions": versions(),
        "platform": f"{platform.system()} {platform.machine()}",
        "seed": options.seed,
        "fold_of_sample": list(folds.values()),
        "threads_per_worker": 1,
    }


def digest(value):
    """The first 16 digits of the SHA-256 of a value as JSON.

    Objects that are not JSON values count by their `repr` without memory addresses.
    """
    text = json.dumps(value, sort_keys=True, default=lambda other: strip_addresses(repr(other)))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def identity(contender):
    """A digest of a contender's class, attributes, and the source of user-defined code."""
    return digest([type(contender).__name__, vars(contender), source_fingerprint(contender)])


def differences(first, second, path=""):
    """List of "path: first value, second value" where two results differ.

    The list is empty if they are equal bit for bit; times and memory are ignored.

    Example:
        >>> differences({"best": "a", "cost": 1}, {"best": "b", "cost": 2})
        ["best: 'a', 'b'"]
    """
    if isinstance(first, dict) and isinstance(second, dict):
        names = [name for name in dict.fromkeys([*first, *second]) if name not in MAY_DIFFER]
        return [
            line
            for name in names
            for line in differences(
                first.get(name, "nothing"),
                second.get(name, "nothing"),
                f"{path}.{name}" if path else name,
            )
        ]
    if isinstance(first, list) and isinstance(second, list) and len(first) == len(second):
        return [
            line
            for i, pair in enumerate(zip(first, second))
            for line in differences(*pair, f"{path}[{i}]")
        ]
    if type(first) is type(second) and first == second:
        return []
    return [f"{path}: {first!r}, {second!r}"]
