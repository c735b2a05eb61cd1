"""Hashes of bytes and of samples, and the versions of installed packages."""

import hashlib
import os
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata

import numpy as np

HASHED_TOGETHER, MAX_THREADS = 64, 4


def package_versions(packages):
    """dict, name -> version of each package, None where it is not installed."""
    return {name: _version(name) for name in packages}


def _version(package):
    """`metadata.version` reads a package's whole description; this stops at the line that it is in."""
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
    parts = (
        samples[start : start + HASHED_TOGETHER]
        for start in range(0, len(samples), HASHED_TOGETHER)
    )
    with ThreadPoolExecutor(min(MAX_THREADS, os.cpu_count() or 1)) as threads:
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
        return sha256(
            b"array", f"{sample.dtype.str}{sample.shape}".encode(), np.ascontiguousarray(sample)
        )
    return None
