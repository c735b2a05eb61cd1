"""What a result depends on, and whether two results are the same."""

import datetime
import hashlib
import json
import platform
from importlib.metadata import PackageNotFoundError, version

from mm_keras.comparison.engine.source_code import own_code, without_addresses

PACKAGES = ("numpy", "scipy", "scikit-learn", "scikit-image", "keras", "tensorflow", "jax", "torch", "pillow", "nltk")
FORMAT, VERSION = "mm_keras comparison", 1
MAY_DIFFER = ("timings", "manifest", "cost")  # between two runs of the same comparison


def versions():
    """dict, name -> version of Python, this library and everything that computes here."""
    import mm_keras

    found = {"python": platform.python_version(), "mm_keras": mm_keras.__version__}
    for name in PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return found


def make_manifest(options, data_sha256, splits, num_samples, origin=None):
    """Everything that is needed to repeat a run, and to see what was different when it gives other numbers."""
    folds = {}
    for split in splits:
        own = folds.setdefault(split.repeat, [-1] * num_samples)  # -1: in no test set
        for row in split.test.tolist():
            own[row] = split.fold
    now = datetime.datetime.now(datetime.timezone.utc).isoformat(timespec="seconds")
    asked = {name: (origin or {}).get(name) for name in ("command", "command_options")}
    return {**asked, "options": options, "created": now, "data_sha256": data_sha256, "versions": versions(),
            "platform": f"{platform.system()} {platform.machine()}", "seed": options["seed"],
            "fold_of_sample": list(folds.values()), "threads_per_worker": 1}


def digest(value):
    """The first 16 digits of the SHA-256 of a JSON value; of anything else in it, what `repr` says without places in memory."""
    told = json.dumps(value, sort_keys=True, default=lambda other: without_addresses(repr(other)))
    return hashlib.sha256(told.encode()).hexdigest()[:16]


def identity(contender):
    """A digest of what a contender is and how it is set; of your own classes and functions, their source counts."""
    return digest([type(contender).__name__, vars(contender), own_code(contender)])


def differences(first, second, place=""):
    """Where two results differ, times and memory aside: list of "place: first value, second value"; empty when bit for bit equal.

    Example:
        >>> differences({"best": "a", "cost": 1}, {"best": "b", "cost": 2})
        ["best: 'a', 'b'"]
    """
    if isinstance(first, dict) and isinstance(second, dict):
        names = [name for name in dict.fromkeys([*first, *second]) if name not in MAY_DIFFER]
        return [line for name in names for line in
                differences(first.get(name, "nothing"), second.get(name, "nothing"), f"{place}.{name}" if place else name)]
    if isinstance(first, list) and isinstance(second, list) and len(first) == len(second):
        return [line for i, pair in enumerate(zip(first, second)) for line in differences(*pair, f"{place}[{i}]")]
    return [] if type(first) is type(second) and first == second else [f"{place}: {first!r}, {second!r}"]
