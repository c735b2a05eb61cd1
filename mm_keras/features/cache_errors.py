"""Cache files that cannot be read or written: reported once, while the work goes on."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar

from mm_keras.features.array_file import DamagedFile
from mm_keras.utils.messages import report_bad

_unusable = ContextVar("_unusable", default=None)  # the files to be reported by `one_report`
_unwritable = set()  # the folders that this process has reported


@contextmanager
def one_report() -> Iterator[None]:
    """A context at whose end all unusable cache files are reported in one warning."""
    if _unusable.get() is not None:
        yield
        return
    names = []
    token = _unusable.set(names)
    try:
        yield
    finally:
        _unusable.reset(token)
    report_bad(
        names,
        "could not be used (damaged or unreadable)",
        "Their content was computed again.",
        noun="cache file",
    )


def read_or_none(read, file, *args):
    """`read(file, *args)`; None if there is no such file, or it cannot be used.

    A damaged file is deleted. To be called inside `one_report`.
    """
    try:
        return read(file, *args)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (DamagedFile, OSError) as error:
        _unusable.get().append("/".join(file.parts[-2:]))
        if isinstance(error, DamagedFile):
            with suppress(OSError):  # a read-only cache works too
                file.unlink()
        return None


def write_if_possible(folder, write, *args):
    """`write(*args)` into the cache `folder`; a full or read-only disk is reported once."""
    try:
        write(*args)
    except OSError as error:
        if folder not in _unwritable:
            _unwritable.add(folder)
            report_bad(
                [folder],
                f"cannot be written ({error.strerror or error})",
                "What is extracted is not stored there.",
                noun="cache folder",
            )
