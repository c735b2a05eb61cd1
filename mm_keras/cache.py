"""Cache: extracted rows kept in a folder, so that a second run on the same samples reads instead of extracting again.

    features = Features(text=TFIDF(), image=HOG(), cache="feature_cache")
    with use_cache("feature_cache"): ...        # for all features that have no cache of their own
    python -m mm_keras --data my_folder --cache feature_cache

Two kinds of files. A FIT file holds what an extractor learned; its name is a hash of the extractor, its parameters and the
content of all samples it learned from. A ROWS file holds rows that one fitted extractor gave, each with the hash of its
sample. So a row is found again by what it was made from, and by nothing else:

- the content: the bytes of a picture file (not its name, size or time), the characters of a text, the numbers of an array;
- the extractor: its class, its parameters and everything it has learned;
- the program: the source of the extractors and the versions of the packages that take part.

A change of any of these is another hash: the old row is not found, and the new one is extracted. Files are written under
another name and then renamed: a run that is killed leaves no half file, and the next one continues after its last slab.
All-zero rows are not kept: what could not be used is looked at, and told, again. The rows of a sample must depend on this
sample alone, which is so for all extractors here and for scikit-learn's transformers. Nothing is pickled.

The folder only grows. Delete it whenever you like, or have `Cache(folder).prune(megabytes)` delete what was not used for longest.
"""

import json
import os
import zipfile
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from uuid import uuid4

import numpy as np

from mm_keras import saving
from mm_keras._hashes import content_hash, sha256, state_hash
from mm_keras._messages import collected, report_merged

_folder = ContextVar("_folder", default=None)  # of the cache that `use_cache` set
SLAB_BYTES = 32_000_000  # so many bytes of rows are extracted before they are written


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
        return self._fit(extractor, samples, labels, modality, [content_hash(sample, modality) for sample in samples])

    def transform(self, extractor, samples, modality="image"):
        """`extractor.transform(samples)`: rows that are known are read, the others are extracted and kept."""
        return self._transform(extractor, samples, modality, [content_hash(sample, modality) for sample in samples])

    def fit_transform(self, extractor, samples, labels=None, modality="image"):
        """`fit` and `transform`, with one look at each sample."""
        digests = [content_hash(sample, modality) for sample in samples]
        self._fit(extractor, samples, labels, modality, digests)
        return self._transform(extractor, samples, modality, digests)

    def _fit(self, extractor, samples, labels, modality, digests):
        from sklearn.base import clone

        facts = [state_hash(clone(extractor)), b"" if labels is None else np.ascontiguousarray(labels).tobytes(), *digests]
        file = self.folder / f"fit-{sha256(*(fact or b'unreadable' for fact in facts)).hex()[:32]}.fit"
        learned = _read_state(file)
        if learned is None:
            extractor.fit(samples, labels)
            if digests == [content_hash(sample, modality) for sample in samples]:
                _write(file, lambda stream: _write_state(stream, extractor))
        else:
            vars(extractor).update(vars(learned))
            with suppress(OSError):  # a cache that one may only read is fine too
                os.utime(file)
        return extractor

    def _transform(self, extractor, samples, modality, digests):
        folder = self.folder / f"rows-{state_hash(extractor).hex()[:32]}"
        pieces = _known_rows(folder, digests)
        known = {row for rows, _ in pieces for row in rows}
        absent = [row for row in range(len(samples)) if row not in known]
        if len(absent) == len(samples) == 0:
            return extractor.transform(samples)
        step, notes, start = 64, [], 0  # the first slab shows how large a row is
        while start < len(absent):
            rows = absent[start:start + step]
            with collected() as found:
                block = extractor.transform([samples[row] for row in rows])
            notes += [(rows, note) for note in found]
            self._keep(folder, block, [digests[row] for row in rows], [content_hash(samples[row], modality) for row in rows])
            pieces.append((rows, block))
            start += step
            step = max(64, int(SLAB_BYTES // max(_num_bytes(block) / len(rows), 1)))
        report_merged(notes)
        return _assembled(pieces, len(samples))

    def num_bytes(self):
        """How much the folder takes."""
        return sum(file.stat().st_size for file in self.folder.rglob("*") if file.is_file())

    def prune(self, megabytes):
        """Delete the files that were not used for longest, until at most so many megabytes are left."""
        files = sorted([*self.folder.rglob("*.rows"), *self.folder.rglob("*.fit")], key=lambda file: file.stat().st_mtime)
        for file in list(self.folder.rglob("*.part")):
            file.unlink()
        too_much = self.num_bytes() - megabytes * 1_000_000
        for file in files:
            if too_much <= 0:
                return
            too_much -= file.stat().st_size
            file.unlink()

    @staticmethod
    def _keep(folder, block, before, after):
        """Write the rows that are not all zero and whose sample is still what it was before it was extracted."""
        used = np.diff(block.indptr) > 0 if hasattr(block, "indptr") else np.asarray(block).any(axis=tuple(range(1, block.ndim)))
        kept = [row for row in np.flatnonzero(used) if before[row] is not None and before[row] == after[row]]
        if kept:
            keys = np.frombuffer(b"".join(before[row] for row in kept), np.uint8).reshape(-1, 32)
            _write(folder / f"{uuid4().hex}.rows", lambda stream: _write_rows(stream, keys, block[kept]))


def _write(file, write):
    """Have `write(stream)` fill a file, which appears under its name only when it is whole."""
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.{uuid4().hex}.part")
    try:
        with open(part, "wb") as stream:
            write(stream)
        os.replace(part, file)
    finally:
        part.unlink(missing_ok=True)


def _write_state(stream, extractor):
    arrays = {}
    code = json.dumps(saving.encode(extractor, arrays))
    np.savez(stream, code=np.frombuffer(code.encode(), np.uint8), **arrays)


def _read_state(file):
    """The extractor that a FIT file holds, or None."""
    if not file.is_file():
        return None
    try:
        with np.load(file, allow_pickle=False) as stored:
            arrays = dict(stored)
    except (OSError, ValueError, EOFError, zipfile.BadZipFile):  # damaged: as if it were not there
        return None
    return saving.decode(json.loads(bytes(arrays.pop("code"))), arrays, trusted=_Anyone())


class _Anyone(tuple):
    """Trusts every package: the cache is the user's own, and the extractor is in the program already."""

    def __contains__(self, name):
        return True


def _write_rows(stream, keys, block):
    sparse = hasattr(block, "indptr")
    for array in (keys, np.array([sparse, block.shape[1]]), *((block.data, block.indices, block.indptr) if sparse else (block,))):
        np.save(stream, array, allow_pickle=False)


def _known_rows(folder, digests):
    """Pairs (row numbers, their rows) of the samples whose rows were kept."""
    wanted, pieces = {}, []
    for row, digest in enumerate(digests):
        if digest is not None:
            wanted.setdefault(digest, []).append(row)
    for file in sorted(folder.glob("*.rows")):
        if not wanted:
            break
        try:
            with open(file, "rb") as stream:
                keys = np.load(stream).view("V32").ravel().tolist()
                places = [place for place, key in enumerate(keys) if key in wanted]
                block = _read_block(stream) if places else None
        except (OSError, ValueError, EOFError):  # damaged, or deleted meanwhile: as if it were not there
            continue
        hits = [(place, row) for place in places for row in wanted.pop(keys[place], ())]
        if hits:
            places, rows = zip(*hits)
            pieces.append((list(rows), block if places == tuple(range(block.shape[0])) else block[list(places)]))
            with suppress(OSError):  # a cache that one may only read is fine too
                os.utime(file)
    return pieces


def _read_block(stream):
    sparse, width = np.load(stream)
    if not sparse:  # mapped: the rows are copied once, when they are put in their places
        np.lib.format.read_magic(stream)
        shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
        return np.memmap(stream, dtype, "r", stream.tell(), shape)
    from scipy.sparse import csr_matrix

    data, columns, ends = (np.load(stream) for _ in range(3))
    return csr_matrix((data, columns, ends), shape=(len(ends) - 1, width))


def _num_bytes(block):
    return block.data.nbytes + block.indices.nbytes if hasattr(block, "indptr") else block.nbytes


def _assembled(pieces, num_rows):
    """The pieces (row numbers, rows) as one array or CSR matrix."""
    order = np.concatenate([rows for rows, _ in pieces])
    if hasattr(pieces[0][1], "indptr"):
        from scipy.sparse import vstack

        return vstack([block for _, block in pieces], format="csr")[np.argsort(order)]
    rows = np.empty((num_rows, *pieces[0][1].shape[1:]), pieces[0][1].dtype)
    for numbers, block in pieces:
        neighbours = numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        rows[slice(numbers[0], numbers[-1] + 1) if neighbours else numbers] = block
    return rows
