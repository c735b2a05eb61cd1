"""Cache: extracted rows kept in a folder, so that a second run on the same samples reads instead of extracting again.

    features = Features(text=TFIDF(), image=HOG(), cache="feature_cache")
    with use_cache("feature_cache"): ...        # for all features that have no cache of their own
    python -m mm_keras --data my_folder --cache feature_cache

Two kinds of files. A FIT file holds what an extractor learned; its name is a hash of the extractor, its parameters and the
content of all samples it learned from. A ROWS file holds rows that one fitted extractor gave, each with the hash of its
sample. So a row is found again by what it was made from, and by nothing else:

- the content: the bytes of an image file (not its name, size or time), the characters of a text, the numbers of an array;
- the extractor: its class, its parameters and everything it has learned;
- the program: the source of the extractors and the versions of the packages that take part.

A change of any of these is another hash: the old row is not found, and the new one is extracted. Files are written under
another name and then renamed: a run that is killed leaves no half file, and the next one continues after its last chunk.
All-zero rows are not kept: what could not be used is looked at, and told, again. The rows of a sample must depend on this
sample alone, which is so for all extractors here and for scikit-learn's transformers. Nothing is pickled.

The folder only grows. Delete it whenever you like, or have `Cache(folder).prune(megabytes)` delete what was not used for longest.
"""

import os
import shutil
import time
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from uuid import uuid4

import numpy as np

from mm_keras.features.cache_files import (
    assembled,
    bytes_of,
    known_rows,
    read_state,
    write_rows,
    write_state,
)
from mm_keras.features.cache_keys import state_hash
from mm_keras.utils.hashing import content_hashes, sha256
from mm_keras.utils.messages import collected, report_merged
from mm_keras.utils.progress import progress_offset

_folder = ContextVar("_folder", default=None)  # of the cache that `use_cache` set
CHUNK_BYTES = 32_000_000  # so many bytes of rows are extracted before they are written


@contextmanager
def use_cache(folder):
    """A context in which features without a cache of their own use this one (None: no cache)."""
    token = _folder.set(folder)
    try:
        yield
    finally:
        _folder.reset(token)


def cache_for(folder):
    """The Cache in the folder, or where it is None the one of `use_cache`, or None."""
    folder = folder or _folder.get()
    return Cache(folder) if folder else None


class Cache:
    """Extracted rows in a folder, see the head of this file.

    Args:
        folder: str or Path; made when something is written.

    Raises:
        TypeError: an extractor that can't be saved without pickle, such as one with a function of your own.
    """

    def __init__(self, folder):
        self.folder = Path(folder)

    def fit(self, extractor, samples, labels=None, modality="image"):
        """`extractor.fit(samples, labels)`, or what it learned from the same samples before; returns the extractor."""
        return self._fit(extractor, samples, labels, modality, content_hashes(samples, modality))

    def transform(self, extractor, samples, modality="image"):
        """`extractor.transform(samples)`: rows that are known are read, the others are extracted and kept."""
        return self._transform(extractor, samples, modality, content_hashes(samples, modality))

    def fit_transform(self, extractor, samples, labels=None, modality="image"):
        """`fit` and `transform`, with one look at each sample."""
        digests = content_hashes(samples, modality)
        self._fit(extractor, samples, labels, modality, digests)
        return self._transform(extractor, samples, modality, digests)

    def _fit(self, extractor, samples, labels, modality, digests):
        from sklearn.base import clone

        facts = [
            state_hash(clone(extractor)),
            b"" if labels is None else np.ascontiguousarray(labels).tobytes(),
            *digests,
        ]
        file = (
            self.folder / f"fit-{sha256(*(fact or b'unreadable' for fact in facts)).hex()[:32]}.fit"
        )
        learned = read_state(file)
        if learned is None:
            extractor.fit(samples, labels)
            if digests == content_hashes(samples, modality):
                write_state(file, extractor)
        else:
            vars(extractor).update(vars(learned))
            with suppress(OSError):  # a cache that one may only read is fine too
                os.utime(file)
        return extractor

    def _transform(self, extractor, samples, modality, digests):
        folder = self.folder / f"rows-{state_hash(extractor).hex()[:32]}"
        pieces = known_rows(folder, digests)
        known = {row for rows, _ in pieces for row in rows}
        absent = [row for row in range(len(samples)) if row not in known]
        if len(absent) == len(samples) == 0:
            return extractor.transform(samples)
        step, notes, start, begin = (
            64,
            [],
            0,
            time.monotonic(),
        )  # the first chunk shows how large a row is
        while start < len(absent):
            rows = absent[start : start + step]
            inputs = [samples[row] for row in rows]
            with collected() as found, progress_offset(start, len(absent), begin):
                block = extractor.transform(inputs)
            notes += [(rows, note) for note in found]
            self._keep(
                folder, block, [digests[row] for row in rows], content_hashes(inputs, modality)
            )
            pieces.append((rows, block))
            start += step
            step = max(64, int(CHUNK_BYTES // max(bytes_of(block) / len(rows), 1)))
        report_merged(notes)
        return assembled(pieces, len(samples))

    def num_bytes(self):
        """How much the folder takes."""
        return sum(file.stat().st_size for file in self.folder.rglob("*") if file.is_file())

    def prune(self, megabytes):
        """Delete the files that were not used for longest, until at most so many megabytes are left."""
        for unfinished in list(self.folder.rglob("*.part")):
            shutil.rmtree(unfinished, ignore_errors=True)
        files = sorted(
            [*self.folder.rglob("*.rows"), *self.folder.rglob("*.fit")],
            key=lambda file: file.stat().st_mtime,
        )
        too_much = self.num_bytes() - megabytes * 1_000_000
        for file in files:
            if too_much <= 0:
                return
            too_much -= file.stat().st_size
            file.unlink()

    @staticmethod
    def _keep(folder, block, before, after):
        """Write the rows that are not all zero and whose sample is still what it was before it was extracted."""
        used = (
            np.diff(block.indptr) > 0
            if hasattr(block, "indptr")
            else np.asarray(block).any(axis=tuple(range(1, block.ndim)))
        )
        kept = [
            row
            for row in np.flatnonzero(used)
            if before[row] is not None and before[row] == after[row]
        ]
        if kept:
            keys = np.frombuffer(b"".join(before[row] for row in kept), np.uint8).reshape(-1, 32)
            write_rows(folder / f"{uuid4().hex}.rows", keys, block[kept])
