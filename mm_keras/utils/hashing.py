"""Hashes of bytes and of samples, and the versions of installed packages."""

import hashlib
import json
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from importlib import metadata

import numpy as np

from mm_keras.utils.image_files import file_type, is_machine_error

CHUNK = 64  # number of samples hashed by one task
MAX_THREADS = 4


def package_versions(packages):
    """Dict, name -> version of each package, None if it is not installed."""
    return {name: _version(name) for name in packages}


def _version(package):
    """Like `metadata.version`, without parsing the whole metadata; None if not installed."""
    try:
        text = metadata.distribution(package).read_text("METADATA") or ""
    except metadata.PackageNotFoundError:
        return None
    return next(
        (
            line.removeprefix("Version:").strip()
            for line in text.splitlines()
            if line.startswith("Version:")
        ),
        None,
    )


def sha256(*parts):
    """One hash of several byte strings and their lengths, so that "ab", "c" is not "a", "bc"."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.digest()


def content_hashes(samples, modality):
    """The hash of each sample's content.

    Files and arrays are hashed in threads: reading and SHA-256 release the GIL.
    """
    if modality.startswith("text") or len(samples) <= CHUNK:
        return [content_hash(sample, modality) for sample in samples]
    chunks = (samples[start : start + CHUNK] for start in range(0, len(samples), CHUNK))
    with ThreadPoolExecutor(min(MAX_THREADS, os.cpu_count() or 1)) as threads:
        digests = threads.map(
            lambda chunk: [content_hash(sample, modality) for sample in chunk], chunks
        )
        return [digest for chunk in digests for digest in chunk]


def content_hash(sample, modality):
    """The hash of a sample's content; None if there is no content, e.g. for an unreadable file.

    Raises:
        OSError, MemoryError: an error of the machine, such as a failing disk.
    """
    if isinstance(sample, list):  # a row of a table
        try:
            return sha256(b"row", json.dumps(sample, default=_as_json).encode())
        except (TypeError, ValueError):  # something else, such as a list of arrays
            return None
    if isinstance(sample, str) and modality.startswith("text"):
        return sha256(b"text", sample.encode("utf-8", "surrogatepass"))
    if isinstance(sample, bytes):  # the content of a file
        return sha256(b"file", sample)
    if isinstance(sample, (str, os.PathLike)):
        try:
            kind = file_type(sample)
            if kind == "folder":  # a film as a folder of images
                return sha256(b"folder", *_folder_parts(sample, modality))
            if kind != "file":  # pipes and devices may have no end
                return None
            with open(sample, "rb", buffering=0) as file:
                return sha256(b"file", file.read())
        except (OSError, ValueError) as error:
            if is_machine_error(error):
                raise
            return None
    if isinstance(sample, np.ndarray) and sample.dtype != object:
        return sha256(
            b"array", f"{sample.dtype.str}{sample.shape}".encode(), np.ascontiguousarray(sample)
        )
    if isinstance(sample, tuple):  # a sound and its sample rate
        parts = [content_hash(np.asarray(part), modality) for part in sample]
        return None if None in parts else sha256(b"tuple", *parts)
    return None


def _as_json(cell):
    """A cell of a table that is not of a type of JSON; TypeError if it has no exact notation."""
    if isinstance(cell, np.generic):
        return cell.item()
    if isinstance(cell, (date, Decimal)):
        return str(cell)
    raise TypeError(f"no cell of a table: {type(cell).__name__}")


def _folder_parts(folder, modality):
    """The names of the files in a folder and the hashes of their content."""
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if file_type(path) != "folder":  # of pipes and broken links, the name
            yield os.fsencode(name)
            yield content_hash(path, modality) or b"unreadable"
