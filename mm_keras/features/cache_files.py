"""The files of the cache: FIT files with fitted extractors, ROWS files with extracted rows."""

import json
import os
import zipfile
from contextlib import suppress

import numpy as np

from mm_keras.saving import estimators as saving
from mm_keras.utils.files import replacing


def write_state(file, extractor):
    """Write a FIT file."""
    arrays = {}
    code = json.dumps(saving.encode(extractor, arrays))
    with replacing(file) as part, open(part, "wb") as stream:
        np.savez(stream, code=np.frombuffer(code.encode(), np.uint8), **arrays)


def read_state(file):
    """The extractor in a FIT file, or None."""
    if not file.is_file():
        return None
    try:
        with np.load(file, allow_pickle=False) as stored:
            arrays = dict(stored)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):  # damaged: treated as missing
        return None
    return saving.decode(json.loads(bytes(arrays.pop("code"))), arrays, trusted=_AllTrusted())


class _AllTrusted(tuple):
    """Trusts every package: the cache is the user's own, and the extractor is already loaded."""

    def __contains__(self, name):
        return True


def write_rows(file, keys, block):
    """Write a ROWS file: hashes (n, 32) uint8 and rows, an array (n, ...) or a CSR matrix."""
    sparse = hasattr(block, "indptr")
    with replacing(file) as part, open(part, "wb") as stream:
        for array in (
            keys,
            np.array([sparse, block.shape[1]]),
            *((block.data, block.indices, block.indptr) if sparse else (block,)),
        ):
            np.save(stream, array, allow_pickle=False)


def find_rows(folder, digests):
    """The stored rows of these samples: list of pairs (row numbers, rows), from ROWS files."""
    pending, pieces = {}, []
    for row, digest in enumerate(digests):
        if digest is not None:
            pending.setdefault(digest, []).append(row)
    for file in sorted(folder.glob("*.rows")):
        if not pending:
            break
        try:
            with open(file, "rb") as stream:
                keys = np.load(stream).view("V32").ravel().tolist()
                positions = [position for position, key in enumerate(keys) if key in pending]
                block = _read_block(stream) if positions else None
        except (OSError, ValueError, EOFError):  # damaged or deleted meanwhile: treated as missing
            continue
        hits = [
            (position, row) for position in positions for row in pending.pop(keys[position], ())
        ]
        if hits:
            positions, rows = zip(*hits)
            if positions != tuple(range(block.shape[0])):
                block = block[list(positions)]
            pieces.append((list(rows), block))
            with suppress(OSError):  # a read-only cache works too
                os.utime(file)
    return pieces


def _read_block(stream):
    sparse, width = np.load(stream)
    if not sparse:  # memory-mapped: the rows are copied once, by `assemble`
        np.lib.format.read_magic(stream)
        shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
        return np.memmap(stream, dtype, "r", stream.tell(), shape)
    from scipy.sparse import csr_matrix

    data, columns, ends = (np.load(stream) for _ in range(3))
    return csr_matrix((data, columns, ends), shape=(len(ends) - 1, width))


def num_block_bytes(block):
    """Memory taken by the rows of a block."""
    return block.data.nbytes + block.indices.nbytes if hasattr(block, "indptr") else block.nbytes


def assemble(pieces, num_rows):
    """The pieces (row numbers, rows) as one array or CSR matrix."""
    order = np.concatenate([rows for rows, _ in pieces])
    if hasattr(pieces[0][1], "indptr"):
        from scipy.sparse import vstack

        block = (
            pieces[0][1]
            if len(pieces) == 1
            else vstack([block for _, block in pieces], format="csr")
        )
        return block if np.all(np.diff(order) == 1) else block[np.argsort(order)]
    rows = np.empty((num_rows, *pieces[0][1].shape[1:]), pieces[0][1].dtype)
    for numbers, block in pieces:
        consecutive = numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        rows[slice(numbers[0], numbers[-1] + 1) if consecutive else numbers] = block
    return rows
