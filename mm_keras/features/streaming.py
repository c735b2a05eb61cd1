"""Stream: batches of features from disk, for data that does not fit in memory."""

import shutil
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
import scipy.sparse as sp

from mm_keras.utils.files import replacing, write_json

if TYPE_CHECKING:
    from mm_keras.features.scaling import BlockScaler


class Batches(keras.utils.PyDataset):
    """Batches (arrays, targets) for `model.fit`, in an order given by seed and epoch only.

    A subclass implements `arrays(rows)`, which returns the arrays of some samples.

    Args:
        rows: int array, row numbers of the samples to use, in this order.
        targets: array (n, ...) of all samples, or None.
        batch_size: int >= 1.
        shuffle: bool, whether to reshuffle the samples in each epoch.
        seed: int, seed of the shuffling.

    Shapes:
        A batch: (dict, modality -> (b, ...); targets (b, ...)), or the dict alone without targets.
    """

    def __init__(
        self,
        rows: np.ndarray,
        targets: np.ndarray | None = None,
        batch_size: int = 64,
        shuffle: bool = False,
        seed: int = 0,
        **options: Any,
    ):
        super().__init__(**options)
        if not isinstance(batch_size, int) or batch_size < 1:
            raise ValueError(f"`batch_size` must be an int >= 1. Received: {batch_size!r}.")
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
    """Batches that are read from files, for `model.fit`, `evaluate` and `predict`.

    Created by `Features.fit_stream` and `Features.stream`. The files hold the extracted rows: dense
    rows as they are, sparse ones (text) as their nonzero entries. A batch is read, made dense and
    scaled on demand, and equals the rows of `Features.transform` bit for bit. Only the labels and
    the batches in the queue are in memory.

    Args:
        files: dict, modality -> RowFile.
        scalers: dict, modality -> fitted BlockScaler.
        targets, batch_size, shuffle, seed: see `Batches`.
        rows: int array, row numbers of the samples to use, in this order; default: all.

    Shapes:
        As `Batches`, float32 or int32.
    """

    def __init__(
        self,
        files: dict[str, "RowFile"],
        scalers: dict[str, "BlockScaler"],
        targets: np.ndarray | None = None,
        rows: np.ndarray | None = None,
        batch_size: int = 64,
        shuffle: bool = False,
        seed: int = 0,
        **options: Any,
    ):
        num_samples = next(iter(files.values())).shape[0]
        targets = None if targets is None else np.asarray(targets)
        if targets is not None and len(targets) != num_samples:
            raise ValueError(
                "One target per sample is needed. "
                f"Received: {len(targets)} for {num_samples} samples."
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

    def arrays(self, rows: Sequence[int]) -> dict[str, np.ndarray]:
        """The arrays of the samples at these row numbers, as returned by `Features.transform`."""
        return {
            name: self.scalers[name].transform(file.read(rows)) for name, file in self.files.items()
        }

    def split(self, test_size: float | int = 0.2, seed: int = 0) -> tuple["Stream", "Stream"]:
        """Two streams on the same files: random training samples, and the others, not shuffled.

        Args:
            test_size: float in (0, 1), the share of samples in the second stream; or int, their
                number.
            seed: int, seed of the random split.
        """
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
    """Rows of arrays in a file, written block by block, with random access to the rows.

    Args:
        path: str or Path without suffix. Dense rows are in `path.rows`; the entries of sparse rows
            are in `path.values` and `path.columns`, row i from `ends[i]` to `ends[i + 1]`.
    """

    def __init__(self, path):
        self.path = Path(path)
        self.shape = (0,)
        self.dtype = np.dtype(np.float32)
        self.sparse = False
        self._ends = [np.zeros(1, np.int64)]

    def write(self, blocks):
        """Write an iterable of blocks (n, ...), dense or CSR; returns self.

        The files appear only when all blocks are written.
        """
        with (
            ExitStack() as finished,
            ExitStack() as opened,
        ):  # files are closed before being renamed
            files = {}
            for block in _uniform_blocks(blocks):
                for suffix, values in self._arrays_to_append(block).items():
                    if suffix not in files:
                        part = finished.enter_context(replacing(f"{self.path}.{suffix}"))
                        files[suffix] = opened.enter_context(open(part, "wb"))
                    np.ascontiguousarray(values).tofile(files[suffix])
        self._ends = np.concatenate(self._ends)
        return self

    def _arrays_to_append(self, block):
        """The arrays of a block, keyed by the suffix of the file to which they are appended."""
        self.shape = (self.shape[0] + block.shape[0], *block.shape[1:])
        self.dtype = block.dtype
        self.sparse = sp.issparse(block)
        if not self.sparse:
            return {"rows": block}
        self._ends.append(self._ends[-1][-1] + block.indptr[1:].astype(np.int64))
        return {
            "values": block.data.astype(np.float32, copy=False),
            "columns": block.indices.astype(np.int32, copy=False),
        }

    def read(self, rows):
        """The rows with these numbers: array (n, ...) or CSR.

        The file is memory-mapped for this call only, so pages that were read do not stay in the
        memory of this process.
        """
        if not len(rows):
            return np.zeros((0, *self.shape[1:]), self.dtype)
        if not self.sparse:
            return np.memmap(f"{self.path}.rows", self.dtype, "r", shape=self.shape)[rows]
        starts, lengths = self._ends[:-1][rows], self._ends[1:][rows] - self._ends[:-1][rows]
        ends = np.concatenate([[0], np.cumsum(lengths)])
        positions = np.arange(ends[-1]) + np.repeat(starts - ends[:-1], lengths)
        if not len(positions):
            return sp.csr_matrix((len(rows), self.shape[1]), dtype=np.float32)
        values, columns = (
            np.memmap(f"{self.path}.{suffix}", dtype, "r")[positions]
            for suffix, dtype in (("values", np.float32), ("columns", np.int32))
        )
        return sp.csr_matrix((values, columns, ends), shape=(len(rows), self.shape[1]))


def _uniform_blocks(blocks):
    """The blocks, all dense or all CSR: among sparse ones, a block of zeros may be dense."""
    zeros, convert = [], None
    for block in blocks:
        if convert is None and not (block.nnz if sp.issparse(block) else block.any()):
            zeros.append(block)
            continue
        if convert is None:
            convert = sp.csr_matrix if sp.issparse(block) else np.asarray
            yield from map(convert, zeros)
        yield convert(block)
    if convert is None:
        yield from zeros


def prepare_folder(folder):
    """The folder for a stream's files, created if needed; files of an older stream are deleted.

    Raises:
        FileExistsError: the folder holds anything else.
    """
    folder = Path(folder)
    marker = folder / "stream.json"
    if folder.exists() and any(folder.iterdir()) and not marker.is_file():
        raise FileExistsError(f"{folder} exists and does not hold a stream. Choose another folder.")
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.iterdir():
        if file.suffix == ".part":
            shutil.rmtree(file)
        elif file.suffix in (".rows", ".values", ".columns"):
            file.unlink()
    write_json(marker, {"format": "mm_keras stream", "version": 1})
    return folder
