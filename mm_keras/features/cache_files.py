"""The files of the cache: FIT files with fitted extractors, ROWS files with extracted rows."""

import numpy as np
from scipy.sparse import csr_matrix, issparse, vstack

from mm_keras.features.array_file import ArrayFile, DamagedFile, write_arrays
from mm_keras.saving import estimators as saving


def write_state(path, extractor):
    """Write a FIT file."""
    arrays = {}
    code = saving.encode(extractor, arrays)
    write_arrays(path, [code, list(arrays)], arrays.values())


def read_state(path, classes):
    """The extractor in a FIT file; None if it has another class than the known ones and `classes`.

    Args:
        classes: the classes of the estimators that the caller has.

    Raises:
        DamagedFile, OSError: the file cannot be used.
    """
    with open(path, "rb") as stream:
        file = ArrayFile(stream)
        arrays = [file.read(number) for number in range(len(file))]
    trusted = [saving.public_name(cls) for cls in classes]
    try:
        code, keys = file.note
        return saving.decode(code, dict(zip(keys, arrays)), trusted)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, ImportError):
        return None  # not damaged, but nothing that a fit has written


def write_rows(path, keys, block):
    """Write a ROWS file: hashes (n, 32) uint8 and rows, an array (n, ...) or a CSR matrix."""
    if issparse(block):
        write_arrays(path, block.shape[1], [keys, block.data, block.indices, block.indptr])
    else:
        write_arrays(path, None, [keys, block])


def read_rows(path, wanted):
    """Some rows of a ROWS file.

    Args:
        wanted: container of hashes.

    Returns:
        (list of those hashes that the file has, their rows), or ([], None).

    Raises:
        DamagedFile, OSError: the file cannot be used.
    """
    with open(path, "rb") as stream:
        file = ArrayFile(stream)
        if len(file) != (2 if file.note is None else 4):
            raise DamagedFile("it has another number of arrays")
        keys = file.read(0)
        if keys.dtype != np.uint8 or keys.ndim != 2 or keys.shape[1] != 32:
            raise DamagedFile("its hashes have another form")
        keys = keys.view("V32").ravel().tolist()
        positions = [position for position, key in enumerate(keys) if key in wanted]
        if not positions:
            return [], None
        arrays = [file.read(number) for number in range(1, len(file))]
    block = arrays[0] if file.note is None else _csr(*arrays, file.note)
    if not block.ndim or block.shape[0] != len(keys) or block.dtype.kind not in "biufc":
        raise DamagedFile("its rows have another form")
    if len(positions) < len(keys):
        block = block[positions]
    return [keys[position] for position in positions], block


def _csr(data, columns, ends, width):
    try:
        block = csr_matrix((data, columns, ends), shape=(len(ends) - 1, width))
        block.check_format(full_check=True)  # column numbers in range
    except (ValueError, TypeError, OverflowError, IndexError) as error:
        raise DamagedFile("its rows have another form") from error
    return block


def as_block(rows):
    """An extractor's output, e.g. a DataFrame or another sparse format, as an array or CSR."""
    return csr_matrix(rows) if issparse(rows) else np.asarray(rows)


def num_block_bytes(block):
    """Memory taken by the rows of a block."""
    return block.data.nbytes + block.indices.nbytes if issparse(block) else block.nbytes


class Rows:
    """The rows of some samples, put together from blocks."""

    def __init__(self, num_samples):
        self._num_samples, self._dense, self._sparse = num_samples, None, []

    def add(self, numbers, block):
        """Add the rows of the samples with these numbers: an array (n, ...) or a CSR matrix."""
        if issparse(block):
            self._sparse.append((numbers, block))
            return
        if self._dense is None:
            self._dense = np.empty((self._num_samples, *block.shape[1:]), block.dtype)
        elif block.dtype != self._dense.dtype:
            self._dense = self._dense.astype(np.result_type(block, self._dense))
        consecutive = numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        self._dense[slice(numbers[0], numbers[-1] + 1) if consecutive else numbers] = block

    def assembled(self):
        """The rows of all samples as one array or CSR matrix."""
        if not self._sparse:
            return self._dense
        numbers, blocks = zip(*self._sparse)
        order = np.concatenate(numbers)
        block = blocks[0] if len(blocks) == 1 else vstack(blocks, format="csr")
        return block if np.all(np.diff(order) == 1) else block[np.argsort(order)]
