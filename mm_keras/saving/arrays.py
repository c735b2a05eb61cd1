"""Reading the arrays of a saved folder; no array is larger than the file that contains it."""

import io
import math
import re
import zipfile

import numpy as np

MEMBER = re.compile(r"a\d{1,9}\.npy")
MAX_HEADER = 1024  # bytes
KINDS = "biufcUS"  # bool, numbers and strings


def read_arrays(path):
    """Dict, key -> array, of a file that `numpy.savez` has written.

    Raises:
        ValueError, zipfile.BadZipFile: a damaged file.
    """
    with zipfile.ZipFile(path) as archive:
        members = stored_members(archive, path)
        wrong = [name for name in members if not MEMBER.fullmatch(name)]
        if wrong:
            raise ValueError(f"{wrong[0][:50]!r} is not the name of an array")
        return {name[:-4]: _array(archive.read(info)) for name, info in members.items()}


def stored_members(archive, path):
    """Dict, name -> ZipInfo, of the members, once it is certain that they are not compressed."""
    members = archive.infolist()
    if any(info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1 for info in members):
        raise ValueError("it has compressed or encrypted members")
    if sum(info.file_size for info in members) > path.stat().st_size:
        raise ValueError("its members are larger than the file")
    if len({info.filename for info in members}) != len(members):
        raise ValueError("it has two members of one name")
    return {info.filename: info for info in members}


def _array(content):
    """The array in the bytes of a .npy file."""
    stream = io.BytesIO(content)
    version = np.lib.format.read_magic(stream)
    if version not in ((1, 0), (2, 0)):
        raise ValueError("an array has an unknown version")
    start = stream.tell()
    if int.from_bytes(content[start : start + 2 * version[0]], "little") > MAX_HEADER:
        raise ValueError("an array has a header that is too long")
    read_header = getattr(np.lib.format, f"read_array_header_{version[0]}_0")
    try:
        shape, is_fortran, dtype = read_header(stream)
    except (MemoryError, RecursionError):  # of the parser
        raise ValueError("an array has a header that is nested too deeply") from None
    data = content[stream.tell() :]
    if dtype.kind not in KINDS or dtype.names or dtype.subdtype:
        raise ValueError(f"an array has the type {dtype}")
    if min(shape, default=0) < 0 or math.prod(shape) * dtype.itemsize != len(data):
        raise ValueError("an array has another size than its data")
    array = np.frombuffer(data, dtype).reshape(shape, order="F" if is_fortran else "C")
    return array.astype(dtype.newbyteorder("="), order="K")
