"""Atomic writing: a file is written under a temporary name and then moved into place."""

import ctypes
import errno
import json
import os
import re
import shutil
import sys
import tempfile
import time
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

_TEMPORARY = re.compile(r"\.(.+)-[a-z0-9_]{8}\.part")  # folders of `replacing`
# Errors of file systems without locks, such as some network drives.
_NO_LOCKS = {errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP, errno.EINVAL}
_next_search = {}  # folder -> when to look again for leftovers in it


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
        try:
            lock = _lock(folder)
        except (BlockingIOError, FileNotFoundError):
            continue  # another process took it for a leftover
        except BaseException:
            folder.rmdir()
            raise
        if folder.is_dir():
            return folder, lock
        os.close(lock)


def _lock(path):
    """A locked file descriptor of a file or folder; None where there are no locks.

    Raises:
        BlockingIOError: another process holds the lock.
        OSError: the file cannot be opened.
    """
    if fcntl is None:
        return None
    descriptor = os.open(path, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(descriptor)
        if error.errno in _NO_LOCKS:
            return None
        raise
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

    A search takes at most 1% of the time: the larger the folder, the rarer.
    """
    start = time.monotonic()
    if start < _next_search.get(folder, 0) or not folder.is_dir():
        return
    names = os.listdir(folder)
    _next_search[folder] = start + 100 * (time.monotonic() - start)
    for name in names:
        match = _TEMPORARY.fullmatch(name)
        if not match:
            continue
        leftover = folder / name
        try:
            lock = _lock(leftover)
        except OSError:
            continue  # in use
        if lock is None:
            continue
        try:
            former, path = leftover / "former", folder / match[1]
            if former.is_dir() and not path.exists():
                with suppress(OSError):  # a folder that cannot be written stays as it is
                    os.replace(former, path)
            if not former.exists() or path.exists():
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
    try:
        lock = _lock(folder)
    except BlockingIOError:
        raise FileExistsError(
            f"{folder} is in use by another process. Wait until it has finished, or choose another "
            "folder."
        ) from None
    try:
        yield
    finally:
        if lock is not None:
            os.close(lock)


def check_is_no_folder(path):
    """Raise IsADirectoryError if a path, where a file is to be written, is a folder."""
    if Path(path).is_dir():
        raise IsADirectoryError(f"{path} is a folder. Choose the name of a file.")


def check_can_write(path):
    """Raise OSError if a file cannot be written to a path, before the work whose result it is.

    Folders that do not exist yet would be created.
    """
    check_is_no_folder(path)
    check_folder_of(path)


def check_folder_of(path):
    """Raise OSError if nothing can be written to the folder of a path."""
    folder = Path(os.path.realpath(path)).parent
    while not folder.exists():
        folder = folder.parent
    if not folder.is_dir():
        raise NotADirectoryError(
            f"{path} cannot be written: {folder} is a file and no folder. Choose another name."
        )
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(
            f"{path} cannot be written: you may not write to the folder {folder}. Choose another "
            "one."
        )


def write_bytes(path, content):
    """Write a file atomically: readers see the old file or the whole new one, never a part.

    Raises:
        IsADirectoryError: `path` is a folder, which is never replaced by a file.
    """
    check_is_no_folder(path)
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
