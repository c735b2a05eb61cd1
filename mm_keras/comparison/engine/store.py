"""The file of finished results, from which an interrupted run resumes."""

import base64
import json
import os

import numpy as np


class Store:
    """Results in a JSON Lines file, written one by one, so that a killed run loses none of them.

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
        lines = []
        if path and path.exists():
            lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
        for line in lines:
            try:
                record = json.loads(line)
            except ValueError:
                continue  # an incomplete line, from a process that was killed while writing
            if record["settings"] == self.settings:
                self.results[tuple(record["key"])] = record["result"]

    def add(self, key, result):
        """Append one result to the file and flush it to disk."""
        self.results[tuple(key)] = result
        if self.path is None:
            return
        line = json.dumps(
            {"settings": self.settings, "key": list(key), "result": result}, ensure_ascii=False
        )
        with open(self.path, "ab+") as file:
            if file.tell() and not _ends_in_newline(file):
                line = "\n" + line
            file.write(line.encode("utf-8") + b"\n")
            file.flush()
            os.fsync(file.fileno())


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
