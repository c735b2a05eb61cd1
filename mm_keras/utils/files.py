"""Files that are whole or not there at all: written beside their place and then moved there in one step."""

import json
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path):
    """A path to write a file or a folder to; when the block ends, what is there takes the place of `path`.

    Until then, and where anything fails, `path` stays what it was, and nothing else is left behind.

    Example:
        >>> folder = Path(tempfile.mkdtemp())
        >>> with replacing(folder / "numbers.txt") as part:
        ...     _ = part.write_text("1 2 3")
        >>> (folder / "numbers.txt").read_text(), len(list(folder.iterdir()))
        ('1 2 3', 1)
    """
    path = Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    room = Path(tempfile.mkdtemp(prefix=f".{path.name[:100]}-", suffix=".part", dir=path.parent))
    part, former = room / path.name, room / "former"
    try:
        yield part
        if path.is_dir():  # a folder cannot be replaced in one step
            os.replace(path, former)
        try:
            os.replace(part, path)
        except BaseException:
            if former.exists():
                os.replace(former, path)
            raise
    finally:
        shutil.rmtree(room, ignore_errors=True)


def write_bytes(path, content):
    """Write a file in one step: a reader sees the old file or the whole new one, never a part."""
    with replacing(path) as part:
        part.write_bytes(content)


def write_text(path, text):
    """Write a text file in UTF-8 in one step, as `write_bytes`."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path, value):
    """Write a JSON file in one step, as `write_bytes`.

    Raises:
        ValueError: a number that JSON does not have (nan or inf).
    """
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
