"""Row files: the rows of a stream on disk, with a checksum for each in memory."""

import json
import math
import re
from contextlib import ExitStack
from pathlib import Path
from zlib import crc32

import numpy as np
import scipy.sparse as sp

from mm_keras.utils.files import replacing, write_json

FORMAT = "mm_keras stream"
FILE_NAME = re.compile(r".+-[0-9a-f]{8}\.(rows|values|columns)")


class RowFile:
    """Rows of arrays in a file, written block by block, with random access to the rows.

    Args:
        path: str or Path without suffix. Dense rows are in `path.rows`; the entries of sparse rows
            are in `path.values` and `path.columns`, row i from `ends[i]` to `ends[i + 1]`.
    """

    def __init__(self, path):
        self.path = Path(path)
        self.shape = (0,)
        self.dtype = np.dtype(np.float32)
        self.sparse = False
        self._ends = [np.zeros(1, np.int64)]
        self._checksums = []

    def write(self, blocks):
        """Write an iterable of blocks (n, ...), dense or CSR; returns self.

        The files appear only when all blocks are written.
        """
        with (
            ExitStack() as finished,
            ExitStack() as opened,
        ):  # files are closed before being renamed
            files = {}
            for block in _uniform_blocks(blocks):
                for suffix, values in self._arrays_to_append(block).items():
                    if suffix not in files:
                        part = finished.enter_context(replacing(f"{self.path}.{suffix}"))
                        files[suffix] = opened.enter_context(open(part, "wb"))
                    values.tofile(files[suffix])
        self._ends = np.concatenate(self._ends)
        self._checksums = np.array(self._checksums, np.uint32)
        return self

    def _arrays_to_append(self, block):
        """The arrays of a block, keyed by the suffix of the file to which they are appended."""
        self.shape = (self.shape[0] + block.shape[0], *block.shape[1:])
        self.dtype = block.dtype
        self.sparse = sp.issparse(block)
        if not self.sparse:
            block = np.ascontiguousarray(block)
            self._checksums += map(crc32, _rows_as_bytes(block))
            return {"rows": block}
        self._ends.append(self._ends[-1][-1] + block.indptr[1:].astype(np.int64))
        values = np.ascontiguousarray(block.data, np.float32)
        columns = np.ascontiguousarray(block.indices, np.int32)
        for start, end in zip(block.indptr[:-1].tolist(), block.indptr[1:].tolist()):
            self._checksums.append(crc32(columns[start:end], crc32(values[start:end])))
        return {"values": values, "columns": columns}

    def read(self, rows):
        """The rows with these numbers: array (n, ...) or CSR.

        Raises:
            ValueError: a row is not what was written.
        """
        rows = np.arange(self.shape[0])[rows if len(rows) else slice(0)]
        return self._read_sparse(rows) if self.sparse else self._read_dense(rows)

    def _read_dense(self, rows):
        block = np.empty((len(rows), *self.shape[1:]), self.dtype)
        if not len(rows):
            return block
        with self._open("rows") as file:
            for number, row in zip(rows.tolist(), _rows_as_bytes(block)):
                self._check(number, file.seek(number * row.size) >= 0 and _fill(file, row))
                self._check(number, crc32(row) == self._checksums[number])
        return block

    def _read_sparse(self, rows):
        lengths = self._ends[1:][rows] - self._ends[:-1][rows]
        ends = np.concatenate([[0], np.cumsum(lengths)])
        values, columns = np.empty(ends[-1], np.float32), np.empty(ends[-1], np.int32)
        if ends[-1]:
            with self._open("values") as first, self._open("columns") as second:
                for number, start, end in zip(rows.tolist(), ends[:-1].tolist(), ends[1:].tolist()):
                    checksum = 0
                    for file, array in ((first, values), (second, columns)):
                        part = array[start:end].view(np.uint8)
                        file.seek(int(self._ends[number]) * array.itemsize)
                        self._check(number, _fill(file, part))
                        checksum = crc32(part, checksum)
                    self._check(number, checksum == self._checksums[number])
        return sp.csr_matrix((values, columns, ends), shape=(len(rows), self.shape[1]))

    def _open(self, suffix):
        return open(f"{self.path}.{suffix}", "rb", buffering=0)

    def _check(self, number, is_right):
        if not is_right:
            raise ValueError(
                f"The stream file {self.path.name} in {self.path.parent} is damaged: row {number} "
                "is not what was written. Write the stream again with `Features.fit_stream` or "
                "`Features.stream`."
            )


def _rows_as_bytes(block):
    """The rows of a contiguous block as bytes, without a copy: uint8 array (n, bytes)."""
    return block.reshape(len(block), math.prod(block.shape[1:])).view(np.uint8)


def _fill(file, part):
    """Fill a uint8 array from a file; returns whether there were enough bytes."""
    return file.readinto(part) == part.size


def _uniform_blocks(blocks):
    """The blocks, all dense or all CSR: among sparse ones, a block of zeros may be dense."""
    zeros, convert = [], None
    for block in blocks:
        if convert is None and not (block.nnz if sp.issparse(block) else block.any()):
            zeros.append(block)
            continue
        if convert is None:
            convert = sp.csr_matrix if sp.issparse(block) else np.asarray
            yield from map(convert, zeros)
        yield convert(block)
    if convert is None:
        yield from zeros


def prepare_folder(folder):
    """The folder for a stream's files, created if needed; files of an older stream are deleted.

    Raises:
        FileExistsError: the folder holds anything else.
    """
    folder = Path(folder)
    marker = folder / "stream.json"
    if folder.exists() and any(folder.iterdir()) and not _is_marker(marker):
        raise FileExistsError(f"{folder} exists and does not hold a stream. Choose another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.iterdir():
        if FILE_NAME.fullmatch(file.name):
            file.unlink()
    write_json(marker, {"format": FORMAT, "version": 1})
    return folder


def _is_marker(path):
    """Whether a file says that its folder holds a stream."""
    try:
        return json.loads(path.read_bytes())["format"] == FORMAT
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def row_file(folder, number, name, run):
    """The RowFile of modality `number` called `name`, in a stream's folder."""
    return RowFile(folder / f"{number}-{re.sub(r'[^a-zA-Z0-9_]', '_', name)[:40]}-{run}")
