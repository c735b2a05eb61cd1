"""A file of arrays with a checksum for each; no byte is used before its checksum is verified."""

import json
import math
import os
import re
import struct
import zlib

import numpy as np

from mm_keras.utils.files import replacing

MAGIC = b"mm_keras arrays\n"
START = struct.Struct("<QI")  # length and checksum of the head
KINDS = "biufcmMUS"  # numbers, dates and strings
DTYPE = re.compile(rf"[<>|][{KINDS}][1-9]\d{{0,9}}(\[\w+\])?")
MAX_DIMENSIONS = 32  # NumPy's limit before version 2


class DamagedFile(ValueError):
    """A file whose content is not what was written."""


def checksum(array):
    """CRC-32 of an array's bytes or of bytes; at 4 GB/s it costs less than copying the array."""
    return zlib.crc32(as_bytes(array) if isinstance(array, np.ndarray) else array)


def as_bytes(array):
    """The bytes of a contiguous array, without a copy."""
    return array.reshape(-1, order="A").view(np.uint8)


def write_arrays(path, note, arrays):
    """Write a JSON value and a list of arrays; the file appears when it is complete.

    The file has a start of 28 bytes, a head in JSON with a checksum in the start, and the bytes of
    the arrays with checksums in the head.
    """
    arrays = [np.asarray(array, order="K") for array in arrays]
    arrays = [a if a.flags.forc else np.ascontiguousarray(a) for a in arrays]
    wrong = [array.dtype for array in arrays if array.dtype.kind not in KINDS]
    if wrong:
        raise TypeError(f"Arrays of type {wrong[0]} cannot be stored.")
    specs = [[a.dtype.str, a.shape, not a.flags.c_contiguous, checksum(a)] for a in arrays]
    head = json.dumps([note, specs]).encode()
    with replacing(path) as part, open(part, "wb") as stream:
        stream.write(MAGIC + START.pack(len(head), checksum(head)) + head)
        for array in arrays:
            stream.write(as_bytes(array))


class ArrayFile:
    """The arrays in a file, read on demand.

    Args:
        stream: the file, opened for reading bytes.

    Attributes:
        note: the JSON value.

    Raises:
        DamagedFile: the head is not what was written, or the file has another length. Nothing
            larger than the file is allocated.
    """

    def __init__(self, stream):
        self._stream = stream
        size = os.fstat(stream.fileno()).st_size
        start = stream.read(len(MAGIC) + START.size)
        if len(start) < len(MAGIC) + START.size or not start.startswith(MAGIC):
            raise DamagedFile("it does not begin as it should")
        length, expected = START.unpack(start[len(MAGIC) :])
        head = stream.read(length) if length <= size else b""
        if checksum(head) != expected:
            raise DamagedFile("its head has another checksum")
        try:
            self.note, specs = json.loads(head)
            self._specs = [_spec(*spec) for spec in specs]
        except (TypeError, ValueError, RecursionError) as error:
            raise DamagedFile("its head has another form") from error
        ends = np.cumsum([len(start) + length, *(spec[0] for spec in self._specs)], dtype=object)
        if ends[-1] != size:
            raise DamagedFile("it has another length")
        self._starts = ends[:-1].tolist()

    def __len__(self):
        """The number of arrays."""
        return len(self._specs)

    def read(self, number):
        """One array.

        Raises:
            DamagedFile: its bytes are not those that were written.
        """
        num_bytes, dtype, shape, is_fortran, expected = self._specs[number]
        array = np.empty(shape, dtype, order="F" if is_fortran else "C")
        self._stream.seek(self._starts[number])
        if num_bytes and self._stream.readinto(as_bytes(array)) != num_bytes:
            raise DamagedFile("it has another length")
        if checksum(array) != expected:
            raise DamagedFile(f"array {number} has another checksum")
        return array


def _spec(dtype, shape, is_fortran, expected):
    """(number of bytes, dtype, shape, is_fortran, checksum) of an array, from the head."""
    if not DTYPE.fullmatch(dtype) or len(shape) > MAX_DIMENSIONS:
        raise ValueError(f"an array of {dtype}, {shape}")
    dtype, shape = np.dtype(dtype), tuple(shape)
    if not all(type(n) is int and n >= 0 for n in shape):
        raise ValueError(f"an array of {dtype}, {shape}")
    if math.prod(n or 1 for n in shape) * dtype.itemsize >= 2**63:  # NumPy's limit, also if empty
        raise ValueError(f"an array of {dtype}, {shape}")
    return math.prod(shape) * dtype.itemsize, dtype, shape, bool(is_fortran), expected
