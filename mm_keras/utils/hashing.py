"""Hashes of what an extracted row depends on: a sample's content, an extractor with all it has learned, the versions."""

import hashlib
import json
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import metadata
from pathlib import Path

import numpy as np

from mm_keras.saving import estimators as saving

HASHED_TOGETHER, MOST_THREADS = 64, 4
PACKAGES = ("numpy", "scipy", "scikit-learn", "scikit-image", "pillow", "nltk", "opencv-python-headless", "opencv-python")


@cache
def versions():
    """What takes part in extracting: the source of mm_keras's extractors, and the versions of packages (None: not installed)."""
    sources = sorted(path for part in ("text", "image") for path in (Path(__file__).parent / part).rglob("*.py"))
    found = {"mm_keras": sha256(*(path.read_bytes() for path in sources)).hex()}
    for package in PACKAGES:
        try:
            found[package] = _version_line(metadata.distribution(package).read_text("METADATA") or "")
        except metadata.PackageNotFoundError:
            found[package] = None
    return found


def _version_line(text):
    """`metadata.version` reads a package's whole description for this line."""
    return next((line for line in text.splitlines() if line.startswith("Version:")), None)


def sha256(*parts):
    """One hash of several byte strings; their lengths count too, so that "ab", "c" is not "a", "bc"."""
    digest = hashlib.sha256()
    for part in parts:
        digest.update(len(part).to_bytes(8, "little"))
        digest.update(part)
    return digest.digest()


def content_hashes(samples, modality):
    """The hash of each sample's content. Files and arrays are hashed on threads: neither the disk nor SHA-256 needs Python."""
    if modality == "text" or len(samples) <= HASHED_TOGETHER:
        return [content_hash(sample, modality) for sample in samples]
    parts = (samples[start:start + HASHED_TOGETHER] for start in range(0, len(samples), HASHED_TOGETHER))
    with ThreadPoolExecutor(min(MOST_THREADS, os.cpu_count() or 1)) as threads:
        found = threads.map(lambda part: [content_hash(sample, modality) for sample in part], parts)
        return [digest for part in found for digest in part]


def content_hash(sample, modality):
    """The hash of a sample's content; None when there is none, as for a file that can't be read."""
    if isinstance(sample, str) and modality == "text":
        return sha256(b"text", sample.encode("utf-8", "surrogatepass"))
    if isinstance(sample, (str, os.PathLike)):
        try:
            with open(sample, "rb", buffering=0) as file:
                return sha256(b"file", file.read())
        except (OSError, ValueError):
            return None
    if isinstance(sample, np.ndarray) and sample.dtype != object:
        return sha256(b"array", f"{sample.dtype.str}{sample.shape}".encode(), np.ascontiguousarray(sample))
    return None


def state_hash(extractor):
    """The hash of an extractor: class, parameters, what it learned, and the versions."""
    arrays = {}
    code = json.dumps([saving.encode(extractor, arrays), versions(), _version_of(extractor)])
    parts = [part for key, array in arrays.items() for part in (f"{key}{array.dtype.str}{array.shape}".encode(), array.tobytes())]
    return sha256(code.encode(), *parts)


def _version_of(extractor):
    return getattr(sys.modules.get(type(extractor).__module__.split(".")[0]), "__version__", None)
