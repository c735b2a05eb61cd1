"""TextFile: many texts in one file, read on access, for data that does not fit in memory."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Self

import numpy as np

from mm_keras.utils.files import replacing


class TextFile(Sequence):
    """A read-only list of n texts on disk, which takes 8 bytes of memory per text.

    Args:
        path: str or Path of a file written by `TextFile.write`. The file `<path>.ends` next to it
            holds the position at which each text ends.

    Raises:
        FileNotFoundError: one of the two files is missing.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "texts"
        >>> texts = TextFile.write(path, (f"report {number}" for number in range(1000)))
        >>> len(texts), texts[7], texts[998:]
        (1000, 'report 7', ['report 998', 'report 999'])
    """

    def __init__(self, path: str | Path):
        self.path = Path(path)
        self._ends = np.fromfile(_ends_of(self.path), np.int64)

    @classmethod
    def write(cls, path: str | Path, texts: Iterable[str | None]) -> Self:
        """Write the texts of any iterable, such as a generator over a table; returns the TextFile.

        None, a missing text, is written as an empty one. The two files appear only when all texts
        are written.
        """
        path, end, ends = Path(path), 0, []
        with replacing(path) as part, replacing(_ends_of(path)) as part_of_ends:
            with open(part, "wb") as file, open(part_of_ends, "wb") as file_of_ends:
                for text in texts:
                    end += file.write((text or "").encode("utf-8", "surrogatepass"))
                    ends.append(end)
                    if len(ends) == 65_536:
                        np.array(ends, np.int64).tofile(file_of_ends)
                        ends = []
                np.array(ends, np.int64).tofile(file_of_ends)
        return cls(path)

    def __len__(self) -> int:
        return len(self._ends)

    def __getitem__(self, key: int | slice) -> str | None | list[str | None]:
        """The text at a position, or the list of texts in a slice; empty texts are None."""
        numbers = range(len(self))[key]
        if isinstance(numbers, int):
            return self[numbers : numbers + 1][0]
        if not len(numbers):
            return []
        low, high = min(numbers[0], numbers[-1]), max(numbers[0], numbers[-1])
        first = int(self._ends[low - 1]) if low else 0
        with open(self.path, "rb") as file:
            file.seek(first)
            content = file.read(int(self._ends[high]) - first)
        ends = np.concatenate([[0], self._ends[low : high + 1] - first]).tolist()
        return [
            content[ends[i - low] : ends[i - low + 1]].decode("utf-8", "surrogatepass") or None
            for i in numbers
        ]


def _ends_of(path):
    return Path(f"{path}.ends")
