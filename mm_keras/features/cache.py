"""Cache: extracted rows in a folder, so that a second run on the same samples need not extract.

    features = Features(text=TFIDF(), image=HOG(), cache="feature_cache")
    with use_cache("feature_cache"): ...        # for all features without a cache of their own
    python -m mm_keras --data my_folder --cache feature_cache

There are two kinds of files. A FIT file holds what an extractor learned; its name is a hash of the
extractor, its parameters and the content of all samples it was fitted on. A ROWS file holds rows
extracted by one fitted extractor, each with the hash of its sample. A row is identified only by
what it was made from:

- the content: the bytes of an image file (not its name, size or time), the characters of a text,
  the values of an array;
- the extractor: its class, its parameters and everything it has learned;
- the program: the source code of the extractors, your own included with all that it calls, and the
  versions of the packages involved.

If any of these changes, so does the hash: the old row is not found, and a new one is extracted.
Files are written under a temporary name and then renamed, so a run that is killed leaves no
incomplete file, and the next run continues after the last complete chunk. Every file has checksums
that are verified before a row is used: a damaged file is reported and deleted, and its rows are
extracted again. So are all rows of a folder that cannot be written, which is reported once.
All-zero rows are not stored: unusable samples are processed, and reported, again. The rows of a
sample must depend on this sample alone, which holds for all extractors of mm_keras and for
scikit-learn's transformers. Nothing is pickled, and nothing is imported because a file names it.

The folder only grows. Delete it at any time, or call `Cache(folder).prune(megabytes)` to delete
the least recently used files.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from types import NoneType
from typing import Any
from uuid import uuid4

import numpy as np
from scipy.sparse import issparse

from mm_keras.features.cache_errors import one_report, read_or_none, write_if_possible
from mm_keras.features.cache_files import (
    Rows,
    as_block,
    num_block_bytes,
    read_rows,
    read_state,
    write_rows,
    write_state,
)
from mm_keras.features.cache_keys import estimator_classes, state_hash
from mm_keras.utils.hashing import content_hashes, sha256
from mm_keras.utils.messages import collected, report_merged
from mm_keras.utils.progress import Progress

_folder = ContextVar("_folder", default=None)  # the folder set by `use_cache`
CHUNK_BYTES = 32_000_000  # size of the rows that are extracted before they are written


@contextmanager
def use_cache(folder: str | Path | None) -> Iterator[None]:
    """A context in which features without a cache of their own use this folder (None: no cache)."""
    token = _folder.set(folder)
    try:
        yield
    finally:
        _folder.reset(token)


def cache_for(folder):
    """The Cache in this folder; if it is None, the one set by `use_cache`, or None."""
    folder = folder or _folder.get()
    return Cache(folder) if folder else None


class Cache:
    """Extracted rows in a folder; see the docstring of this module.

    Args:
        folder: str or Path; created when something is written.

    Raises:
        TypeError: an extractor that cannot be saved without pickle, such as one with a function of
            your own.
    """

    def __init__(self, folder: str | Path):
        self.folder = Path(folder)

    def fit(
        self,
        extractor: Any,
        samples: Sequence,
        labels: np.ndarray | None = None,
        modality: str = "image",
    ) -> Any:
        """`extractor.fit(samples, labels)`, or its stored result for the same samples.

        Returns the fitted extractor.
        """
        with one_report():
            digests = content_hashes(samples, modality)
            return self._fit(extractor, samples, labels, modality, digests)

    def transform(self, extractor: Any, samples: Sequence, modality: str = "image") -> Any:
        """`extractor.transform(samples)`: stored rows are read, other rows extracted and stored."""
        with one_report():
            return self._transform(extractor, samples, modality, content_hashes(samples, modality))

    def fit_transform(
        self,
        extractor: Any,
        samples: Sequence,
        labels: np.ndarray | None = None,
        modality: str = "image",
    ) -> Any:
        """`fit` and `transform`; each sample is hashed only once."""
        with one_report():
            digests = content_hashes(samples, modality)
            self._fit(extractor, samples, labels, modality, digests)
            return self._transform(extractor, samples, modality, digests)

    def _fit(self, extractor, samples, labels, modality, digests):
        from sklearn.base import clone

        if any(
            digest is None and not isinstance(sample, (str, os.PathLike, NoneType))
            for sample, digest in zip(samples, digests)
        ):
            return extractor.fit(samples, labels)  # samples without a hash, such as Pillow images
        unfitted = state_hash(clone(extractor))
        parts = [
            unfitted,
            b"" if labels is None else np.ascontiguousarray(labels).tobytes(),
            *digests,
        ]
        key = sha256(*(part or b"unreadable" for part in parts)).hex()[:32]
        file = self.folder / f"fit-{key}.fit"
        stored = read_or_none(read_state, file, estimator_classes(extractor))
        if stored is not None and state_hash(clone(stored)) == unfitted:
            vars(extractor).update(vars(stored))
            self._touch(file)
            return extractor
        extractor.fit(samples, labels)
        if digests == content_hashes(samples, modality):
            write_if_possible(self.folder, write_state, file, extractor)
        return extractor

    def _transform(self, extractor, samples, modality, digests):
        folder = self.folder / f"rows-{state_hash(extractor).hex()[:32]}"
        rows = Rows(len(samples))
        uncached = self._find(folder, digests, rows)
        if len(samples) == 0:
            return extractor.transform(samples)
        notes, start, step = [], 0, 64  # the first chunk shows how large a row is
        with Progress(len(uncached), modality) as progress:
            while start < len(uncached):
                numbers = uncached[start : start + step]
                inputs = [samples[number] for number in numbers]
                with collected() as new_notes, progress.starting_at(start):
                    block = as_block(extractor.transform(inputs))
                notes += [(numbers, note) for note in new_notes]
                before = [digests[number] for number in numbers]
                self._store(folder, block, before, content_hashes(inputs, modality))
                rows.add(numbers, block)
                start += step
                step = max(64, int(CHUNK_BYTES // max(num_block_bytes(block) / len(numbers), 1)))
        report_merged(notes)
        return rows.assembled()

    def _find(self, folder, digests, rows):
        """Add the stored rows of these samples to `rows`; returns the numbers of the others."""
        pending = {}
        for number, digest in enumerate(digests):
            if digest is not None:
                pending.setdefault(digest, []).append(number)
        missing = {number for number, digest in enumerate(digests) if digest is None}
        for file in sorted(folder.glob("*.rows")):
            if not pending:
                break
            keys, block = read_or_none(read_rows, file, pending) or ([], None)
            hits = [(i, number) for i, key in enumerate(keys) for number in pending.pop(key, ())]
            if hits:
                positions, numbers = map(list, zip(*hits))
                all_once = positions == list(range(len(keys)))
                rows.add(numbers, block if all_once else block[positions])
                self._touch(file)
        return sorted(missing.union(*pending.values()))

    @staticmethod
    def _touch(file):
        """Mark a file as used, for `prune`."""
        with suppress(OSError):  # a read-only cache works too
            os.utime(file)

    def num_bytes(self) -> int:
        """Size of all files in the folder."""
        return sum(file.stat().st_size for file in self.folder.rglob("*") if file.is_file())

    def prune(self, megabytes: float) -> None:
        """Delete the least recently used files until at most this many megabytes are left."""
        for unfinished in list(self.folder.rglob("*.part")):
            shutil.rmtree(unfinished, ignore_errors=True)
        files = sorted(
            [*self.folder.rglob("*.rows"), *self.folder.rglob("*.fit")],
            key=lambda file: file.stat().st_mtime,
        )
        excess = self.num_bytes() - megabytes * 1_000_000
        for file in files:
            if excess <= 0:
                return
            excess -= file.stat().st_size
            file.unlink()

    def _store(self, folder, block, before, after):
        """Write the rows that are not all zero and whose sample did not change meanwhile."""
        if issparse(block):
            nonzero = np.diff(block.indptr) > 0
        else:
            nonzero = block.any(axis=tuple(range(1, block.ndim)))
        kept = [
            row
            for row in np.flatnonzero(nonzero)
            if before[row] is not None and before[row] == after[row]
        ]
        if kept:
            keys = np.frombuffer(b"".join(before[row] for row in kept), np.uint8).reshape(-1, 32)
            write_if_possible(
                self.folder, write_rows, folder / f"{uuid4().hex}.rows", keys, block[kept]
            )
