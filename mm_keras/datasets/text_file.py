"""TextFile: many texts in one file, read on access, for data that does not fit in memory."""

import shutil
import struct
import tempfile
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

import numpy as np

from mm_keras.utils.files import replacing
from mm_keras.utils.sequences import is_missing

FOOTER = np.dtype([("magic", "S8"), ("num_texts", "<i8"), ("checksum", "<i8")])
ENTRY = np.dtype([("end", "<i8"), ("checksum", "<u4")])  # of each text, before the footer
MAGIC = b"mmtexts2"


class TextFile(Sequence):
    """A read-only list of n texts on disk, which takes 12 bytes of memory per text.

    Args:
        path: str or Path of a file written by `TextFile.write`.

    Raises:
        FileNotFoundError: no such file.
        ValueError: the file was not written by `TextFile.write`, or is damaged; a damaged text is
            found when it is read.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "texts"
        >>> texts = TextFile.write(path, (f"report {number}" for number in range(1000)))
        >>> len(texts), texts[7], texts[998:]
        (1000, 'report 7', ['report 998', 'report 999'])
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self._entries = _read_entries(self.path)

    @classmethod
    def write(cls, path: str | Path, texts: Iterable[str | None]) -> Self:
        """Write the texts of any iterable, such as a generator over a table; returns the TextFile.

        None, a missing text, is written as an empty one. The file appears only when all texts are
        written.

        Raises:
            TypeError: one str instead of an iterable of them, or something else than str and None.
        """
        if isinstance(texts, (str, bytes)):
            raise TypeError(f"TextFile.write needs a list of texts. Received: {texts!r:.60}.")
        with (
            replacing(path) as part,
            open(part, "wb") as file,
            tempfile.TemporaryFile(dir=part.parent) as entries,
        ):
            num_texts = checksum = end = 0
            for num_texts, text in enumerate(texts, start=1):
                content = _encode(text, num_texts - 1)
                end += file.write(content)
                entry = struct.pack("<qI", end, zlib.crc32(content))
                checksum = zlib.crc32(entry, checksum)
                entries.write(entry)
            entries.seek(0)
            shutil.copyfileobj(entries, file)
            file.write(np.array([(MAGIC, num_texts, checksum)], FOOTER).tobytes())
        return cls(path)

    def __len__(self) -> int:
        return len(self._entries)

    def __getitem__(self, key: int | slice) -> str | None | list[str | None]:
        """The text at a position, or the list of texts in a slice; empty texts are None."""
        numbers = range(len(self))[key]
        if isinstance(numbers, int):
            return self[numbers : numbers + 1][0]
        if not len(numbers):
            return []
        low, high = min(numbers[0], numbers[-1]), max(numbers[0], numbers[-1])
        entries = self._entries[low : high + 1]
        first = int(self._entries["end"][low - 1]) if low else 0
        with open(self.path, "rb") as file:
            file.seek(first)
            content = file.read(int(entries["end"][-1]) - first)
        ends = [0, *(entries["end"] - first).tolist()]
        return [self._decode(content[ends[i - low] : ends[i - low + 1]], i) for i in numbers]

    def _decode(self, content, number):
        if zlib.crc32(content) != self._entries["checksum"][number]:
            raise ValueError(f"Text {number} of {self.path} is damaged. Write the file again.")
        return content.decode("utf-8", "surrogatepass") or None


def _encode(text, number):
    if not (text is None or isinstance(text, str)):
        if is_missing(text):
            return b""
        raise TypeError(
            "Each text must be a str, or None where it is missing. "
            f"Received: {type(text).__name__} {text!r:.60} at position {number}."
        )
    return (text or "").encode("utf-8", "surrogatepass")


def _read_entries(path):
    """The checked array of ENTRY, one for each text."""
    former = Path(f"{path}.ends")  # version 0.1.0 wrote two files
    with open(path, "rb") as file:
        size = file.seek(0, 2)
        if size >= FOOTER.itemsize:
            file.seek(size - FOOTER.itemsize)
            (footer,) = np.frombuffer(file.read(), FOOTER)
            length = int(footer["num_texts"]) * ENTRY.itemsize
            start = size - FOOTER.itemsize - length
            if footer["magic"] == MAGIC and 0 <= length and 0 <= start:
                file.seek(start)
                content = file.read(length)
                entries = np.frombuffer(content, ENTRY)
                end = entries["end"][-1] if len(entries) else 0
                if zlib.crc32(content) == footer["checksum"] and end == start:
                    return entries
    if former.is_file():
        raise ValueError(
            f"{path} was written by version 0.1.0. Write the texts again with TextFile.write."
        )
    raise ValueError(f"{path} is damaged, or was not written by TextFile.write.")
