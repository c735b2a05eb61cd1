"""The file of finished results, from which an interrupted run resumes."""

import base64
import hashlib
import json
import os
import warnings

import numpy as np

from mm_keras.utils.messages import DataWarning, some_of

START = b'{"sha256": "'  # of each line; then the digest of all that follows it


class Store:
    """Results in a JSON Lines file, written one by one, so that a killed run loses none of them.

    Each line holds a checksum. Lines that do not match theirs, or have none because a version
    before 0.2 wrote them, are reported once and ignored, so that their jobs run again.

    Args:
        path: the file, created when the first result is added. None keeps the results in memory
            only.
        settings: what the results depend on, as JSON values. Lines written with other settings are
            kept in the file and ignored.

    Attributes:
        results: dict, key (tuple) -> result (JSON values).

    Example:
        >>> import pathlib, tempfile
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "results.jsonl"
        >>> Store(path, {"seed": 0}).add(("text", 1), {"accuracy": 0.5})
        >>> Store(path, {"seed": 0}).results
        {('text', 1): {'accuracy': 0.5}}
        >>> Store(path, {"seed": 1}).results
        {}
    """

    def __init__(self, path, settings):
        self.path = path
        self.settings = json.loads(json.dumps(settings))
        self.results = {}
        unusable = []
        lines = path.read_bytes().split(b"\n") if path and path.exists() else []
        for number, line in enumerate(lines, 1):
            record = _read_line(line)
            if record is None:
                unusable += [number] if line.strip() else []
            elif record["settings"] == self.settings:
                self.results[tuple(record["key"])] = record["result"]
        if unusable:
            warnings.warn(_describe_unusable(path, unusable), DataWarning, stacklevel=2)

    def add(self, key, result):
        """Append one result to the file and flush it to disk."""
        self.results[tuple(key)] = result
        if self.path is None:
            return
        line = _write_line({"settings": self.settings, "key": list(key), "result": result})
        with open(self.path, "ab+") as file:
            if file.tell() and not _ends_in_newline(file):
                line = b"\n" + line
            file.write(line + b"\n")
            file.flush()
            os.fsync(file.fileno())


def _write_line(record):
    """A record as one line of ASCII; line separators in its texts are escaped."""
    content = json.dumps(record).removeprefix("{").encode("ascii")
    return START + _digest(content) + b'", ' + content


def _read_line(line):
    """The record in a line; None if the line does not match its checksum."""
    digest, _, content = line.strip().removeprefix(START).partition(b'", ')
    if not line.startswith(START) or digest != _digest(content):
        return None
    return json.loads(b"{" + content)


def _digest(content):
    return hashlib.sha256(content).hexdigest().encode("ascii")


def _describe_unusable(path, numbers):
    if len(numbers) == 1:
        return (
            f"Line {numbers[0]} of {path} is incomplete or damaged (its checksum is missing or "
            "wrong). What it held is computed again."
        )
    return (
        f"{len(numbers)} lines of {path} are incomplete or damaged (their checksums are missing or "
        f"wrong): lines {some_of(numbers)}. What they held is computed again."
    )


def _ends_in_newline(file):
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"


def pack(array):
    """A float array as a compact JSON value, exact in float32."""
    array = np.ascontiguousarray(array, dtype="<f4")
    return {
        "shape": list(array.shape),
        "float32": base64.b64encode(array.tobytes()).decode("ascii"),
    }


def unpack(value):
    """The float32 array from the result of `pack`.

    Example:
        >>> unpack(pack([[0.25, 0.75]]))
        array([[0.25, 0.75]], dtype=float32)
    """
    return (
        np.frombuffer(base64.b64decode(value["float32"]), dtype="<f4")
        .reshape(value["shape"])
        .astype(np.float32)
    )
