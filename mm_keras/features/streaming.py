"""Stream: batches of features from disk, for data that does not fit in memory."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

if TYPE_CHECKING:
    from mm_keras.features.row_files import RowFile
    from mm_keras.features.scaling import BlockScaler


class Batches(keras.utils.PyDataset):
    """Batches (arrays, targets) for `model.fit`, in an order given by seed and epoch only.

    A subclass implements `arrays(rows)`, which returns the arrays of some samples. `model.predict`
    reads the samples in their own order, also with `shuffle`.

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

    @keras.utils.PyDataset.workers.getter
    def workers(self):
        # Keras reads this first in `fit`, `evaluate` and `predict`. Then `fit` and `evaluate` call
        # `on_epoch_end`, which shuffles; `predict` does not.
        self._order = self.rows
        return keras.utils.PyDataset.workers.fget(self)

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
    scaled on demand, and equals the rows of `Features.transform` bit for bit; a row that is not
    what was written raises ValueError. Only the labels, a checksum per sample and the batches in
    the queue are in memory.

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
