"""Atomic writing: a file is written under a temporary name and then moved into place."""

import ctypes
import errno
import json
import os
import re
import shutil
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

_TEMPORARY = re.compile(r"\.(.+)-[a-z0-9_]{8}\.part")  # folders of `replacing`
_cleaned = set()  # parent folders in which this process has looked for leftovers


@contextmanager
def replacing(path):
    """A context with a temporary path for a new file or folder, which replaces `path` at the end.

    Until then, and if anything fails or the process is killed, `path` is unchanged. What a killed
    process left behind is deleted when a file is next written to the same folder.

    Example:
        >>> folder = Path(tempfile.mkdtemp())
        >>> with replacing(folder / "numbers.txt") as part:
        ...     _ = part.write_text("1 2 3")
        >>> (folder / "numbers.txt").read_text(), len(list(folder.iterdir()))
        ('1 2 3', 1)
    """
    path = Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    clean_leftovers(path.parent)
    folder, lock = _temporary_folder(path)
    try:
        yield folder / path.name
        _move(folder / path.name, path, folder / "former")
    except OSError as error:
        if error.errno == errno.ENOSPC and error.filename is None:
            raise OSError(error.errno, "No space left on the disk", str(path)) from error
        raise
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if lock is not None:
            os.close(lock)


def _temporary_folder(path):
    """A new folder beside `path`, and a locked file descriptor of it (None without locks)."""
    while True:
        name = f".{path.name[:100]}-"
        folder = Path(tempfile.mkdtemp(prefix=name, suffix=".part", dir=path.parent))
        lock = _lock(folder)
        if lock is not None or fcntl is None:
            return folder, lock


def _lock(path):
    """A locked file descriptor of a file or folder; None if another process holds the lock."""
    if fcntl is None:
        return None
    try:
        descriptor = os.open(path, os.O_RDONLY)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        return None
    return descriptor


def _move(part, path, former):
    """Move a new file or folder to `path`, in one step wherever the system can."""
    if not path.is_dir():
        os.replace(part, path)
    elif not _exchange(part, path):  # a folder cannot be replaced, only exchanged
        os.replace(path, former)
        try:
            os.replace(part, path)
        except BaseException:
            os.replace(former, path)
            raise


def _exchange(first, second):
    """Exchange two paths in one step; returns False where the system has no such call."""
    try:
        library = ctypes.CDLL(None, use_errno=True)
        names = os.fsencode(first), os.fsencode(second)
        if sys.platform == "darwin":
            return library.renamex_np(*names, ctypes.c_uint(2)) == 0  # RENAME_SWAP
        here = ctypes.c_int(-100)  # AT_FDCWD
        return library.renameat2(here, names[0], here, names[1], ctypes.c_uint(2)) == 0
    except (OSError, AttributeError, TypeError):
        return False


def clean_leftovers(folder):
    """Delete what killed processes left in a folder; a folder that they had moved away comes back.

    Each process looks once into each folder.
    """
    if fcntl is None or folder in _cleaned or not folder.is_dir():
        return
    _cleaned.add(folder)
    for leftover in list(folder.iterdir()):
        match = _TEMPORARY.fullmatch(leftover.name)
        lock = _lock(leftover) if match else None
        if lock is None:
            continue
        try:
            former, path = leftover / "former", folder / match[1]
            if former.is_dir() and not path.exists():
                os.replace(former, path)
            shutil.rmtree(leftover, ignore_errors=True)
        finally:
            os.close(lock)


@contextmanager
def only_user(folder):
    """A context in which no other process that asks for the same folder gets it.

    The folder is created if needed; the lock ends with the process at the latest.

    Raises:
        FileExistsError: another process is in that context, or `folder` is a file.
    """
    folder = Path(folder)
    if folder.exists() and not folder.is_dir():
        raise FileExistsError(f"The output needs a folder. Received: {folder}, which is a file.")
    folder.mkdir(parents=True, exist_ok=True)
    lock = _lock(folder)
    if lock is None and fcntl is not None:
        raise FileExistsError(
            f"{folder} is in use by another process. Wait until it has finished, or choose another "
            "folder."
        )
    try:
        yield
    finally:
        if lock is not None:
            os.close(lock)


def write_bytes(path, content):
    """Write a file atomically: readers see the old file or the whole new one, never a part."""
    with replacing(path) as part:
        part.write_bytes(content)


def write_text(path, text):
    """Write a UTF-8 text file atomically; lone surrogates are escaped, as in JSON."""
    write_bytes(path, text.encode("utf-8", "backslashreplace"))


def write_json(path, value):
    """Write a JSON file atomically.

    Raises:
        ValueError: a number that JSON cannot represent (nan or inf).
    """
    write_text(path, json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False) + "\n")
