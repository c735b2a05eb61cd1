"""Atomic writing: a file is written under a temporary name and then moved into place."""

import json
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path):
    """A context with a temporary path for a new file or folder, which replaces `path` at the end.

    Until then, and if anything fails, `path` is unchanged, and no temporary files are left.

    Example:
        >>> folder = Path(tempfile.mkdtemp())
        >>> with replacing(folder / "numbers.txt") as part:
        ...     _ = part.write_text("1 2 3")
        >>> (folder / "numbers.txt").read_text(), len(list(folder.iterdir()))
        ('1 2 3', 1)
    """
    path = Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=f".{path.name[:100]}-", suffix=".part", dir=path.parent))
    part, former = folder / path.name, folder / "former"
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
        shutil.rmtree(folder, ignore_errors=True)


def write_bytes(path, content):
    """Write a file atomically: readers see the old file or the whole new one, never a part."""
    with replacing(path) as part:
        part.write_bytes(content)


def write_text(path, text):
    """Write a UTF-8 text file atomically."""
    write_bytes(path, text.encode("utf-8"))


def write_json(path, value):
    """Write a JSON file atomically.

    Raises:
        ValueError: a number that JSON cannot represent (nan or inf).
    """
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
