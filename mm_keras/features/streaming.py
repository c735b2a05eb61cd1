"""Stream: features that lie on disk and come to a Keras model batch by batch, so that memory does not grow with the data."""

import shutil
from contextlib import ExitStack
from pathlib import Path

import keras
import numpy as np
import scipy.sparse as sp

from mm_keras.utils.files import replacing, write_json


class Batches(keras.utils.PyDataset):
    """Batches (arrays, targets) for `model.fit`, in an order that depends on the seed and the epoch alone.

    A subclass says in `arrays(rows)` what the arrays of some samples are.

    Args:
        rows: int array, which samples, in this order.
        targets: array (n, ...) of all samples, or None.
        batch_size: int >= 1.
        shuffle: bool, another order in each epoch.
        seed: int, of that order.

    Shapes:
        A batch: (dict of modality -> (b, ...), targets (b, ...)), or the dict alone without targets.
    """

    def __init__(self, rows, targets=None, batch_size=64, shuffle=False, seed=0, **options):
        super().__init__(**options)
        if not isinstance(batch_size, int) or batch_size < 1:
            raise ValueError(f"batch_size is a number >= 1. Received: {batch_size!r}.")
        self.rows, self.targets = np.asarray(rows), targets
        self.batch_size, self.shuffle, self.seed = batch_size, shuffle, seed
        self._epoch = 0
        self._order = self._new_order()

    def __len__(self):
        """Number of batches."""
        return -(-len(self.rows) // self.batch_size)

    def __getitem__(self, number):
        rows = self._order[number * self.batch_size : (number + 1) * self.batch_size]
        arrays = self.arrays(rows)
        return arrays if self.targets is None else (arrays, self.targets[rows])

    def on_epoch_end(self):
        self._epoch += 1
        self._order = self._new_order()

    def _new_order(self):
        return (
            np.random.default_rng([self.seed, self._epoch]).permutation(self.rows)
            if self.shuffle
            else self.rows
        )


class Stream(Batches):
    """Batches that are read from the files of a folder: for `model.fit`, `evaluate` and `predict`.

    `Features.fit_stream` and `Features.stream` make it. The files hold what the extractors gave, dense rows as they are and
    sparse ones (text) as their non-zero entries; a batch is read, made dense and scaled when it is wanted, and equals the
    rows of `Features.transform` bit for bit. In memory are the labels and the batches that wait.

    Args:
        files: dict, modality -> RowFile.
        scalers: dict, modality -> fitted BlockScaler.
        targets, batch_size, shuffle, seed: see `Batches`.
        rows: int array, which samples, in this order; default: all.

    Shapes: as `Batches`, float32 or int32.
    """

    def __init__(
        self,
        files,
        scalers,
        targets=None,
        rows=None,
        batch_size=64,
        shuffle=False,
        seed=0,
        **options,
    ):
        num_samples = next(iter(files.values())).shape[0]
        targets = None if targets is None else np.asarray(targets)
        if targets is not None and len(targets) != num_samples:
            raise ValueError(
                f"One target per sample is needed. Received: {len(targets)} for {num_samples} samples."
            )
        super().__init__(
            np.arange(num_samples) if rows is None else rows,
            targets,
            batch_size,
            shuffle,
            seed,
            **options,
        )
        self.files, self.scalers = files, scalers

    def arrays(self, rows):
        """The arrays of the samples with these numbers, as `Features.transform` gives them."""
        return {
            name: self.scalers[name].transform(file.read(rows)) for name, file in self.files.items()
        }

    def split(self, test_size=0.2, seed=0):
        """Two streams on the same files: a random share of (1 - test_size) samples to train on, and the others, unshuffled."""
        order = np.random.default_rng(seed).permutation(self.rows)
        num_test = int(round(len(order) * test_size)) if test_size < 1 else int(test_size)
        options = {"batch_size": self.batch_size, "seed": self.seed}
        return (
            Stream(
                self.files,
                self.scalers,
                self.targets,
                np.sort(order[num_test:]),
                shuffle=self.shuffle,
                **options,
            ),
            Stream(self.files, self.scalers, self.targets, np.sort(order[:num_test]), **options),
        )


class RowFile:
    """Rows of arrays in a file, written one block after the other, read at any row numbers.

    Args:
        path: str or Path without suffix. Dense rows lie in `path.rows`; of sparse ones the entries in `path.values` and
            `path.columns`, row i from `ends[i]` to `ends[i + 1]`.
    """

    def __init__(self, path):
        self.path, self.shape, self.dtype, self.sparse = (
            Path(path),
            (0,),
            np.dtype(np.float32),
            False,
        )
        self._ends = [np.zeros(1, np.int64)]

    def write(self, blocks):
        """Write an iterable of blocks (n, ...), dense or CSR; a file appears only when all are written. Returns self."""
        with (
            ExitStack() as finished,
            ExitStack() as opened,
        ):  # the files are closed before they take their places
            files = {}
            for block in _of_one_kind(blocks):
                for suffix, values in self._parts(block).items():
                    if suffix not in files:
                        part = finished.enter_context(replacing(f"{self.path}.{suffix}"))
                        files[suffix] = opened.enter_context(open(part, "wb"))
                    np.ascontiguousarray(values).tofile(files[suffix])
        self._ends = np.concatenate(self._ends)
        return self

    def _parts(self, block):
        """The arrays of a block, by the suffix of the file that they are appended to."""
        self.shape, self.dtype, self.sparse = (
            (self.shape[0] + block.shape[0], *block.shape[1:]),
            block.dtype,
            sp.issparse(block),
        )
        if not self.sparse:
            return {"rows": block}
        self._ends.append(self._ends[-1][-1] + block.indptr[1:].astype(np.int64))
        return {
            "values": block.data.astype(np.float32, copy=False),
            "columns": block.indices.astype(np.int32, copy=False),
        }

    def read(self, rows):
        """The rows with these numbers: array (n, ...) or CSR. The file is mapped for this call only, so pages that were read
        do not stay in the memory of this process."""
        if not len(rows):
            return np.zeros((0, *self.shape[1:]), self.dtype)
        if not self.sparse:
            return np.memmap(f"{self.path}.rows", self.dtype, "r", shape=self.shape)[rows]
        starts, lengths = self._ends[:-1][rows], self._ends[1:][rows] - self._ends[:-1][rows]
        ends = np.concatenate([[0], np.cumsum(lengths)])
        places = np.arange(ends[-1]) + np.repeat(starts - ends[:-1], lengths)
        if not len(places):
            return sp.csr_matrix((len(rows), self.shape[1]), dtype=np.float32)
        values, columns = (
            np.memmap(f"{self.path}.{suffix}", dtype, "r")[places]
            for suffix, dtype in (("values", np.float32), ("columns", np.int32))
        )
        return sp.csr_matrix((values, columns, ends), shape=(len(rows), self.shape[1]))


def _of_one_kind(blocks):
    """The blocks, all dense or all CSR: where samples are missing, a block of zero rows may be dense among sparse ones."""
    zeros, kind = [], None
    for block in blocks:
        if kind is None and not (block.nnz if sp.issparse(block) else block.any()):
            zeros.append(block)
            continue
        if kind is None:
            kind = sp.csr_matrix if sp.issparse(block) else np.asarray
            yield from map(kind, zeros)
        yield kind(block)
    if kind is None:
        yield from zeros


def fresh_folder(folder):
    """The folder for a stream's files, without the files of an older stream: that one can't be read any more.

    Raises:
        FileExistsError: the folder holds anything else.
    """
    folder = Path(folder)
    mark = folder / "stream.json"
    if folder.exists() and any(folder.iterdir()) and not mark.is_file():
        raise FileExistsError(f"{folder} exists and does not hold a stream. Choose another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.iterdir():
        if file.suffix == ".part":
            shutil.rmtree(file)
        elif file.suffix in (".rows", ".values", ".columns"):
            file.unlink()
    write_json(mark, {"format": "mm_keras stream", "version": 1})
    return folder
