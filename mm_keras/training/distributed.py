"""Data-parallel training in several processes, on one machine or many.

The script needs one changed line and is started by one command:

    # Two processes on this machine:
    python -m mm_keras distribute --processes 2 train.py
    # On each of four machines, with index 0, 1, 2, 3:
    python -m mm_keras distribute --processes 4 --index 0 --address 10.0.0.1:8476 train.py

In train.py, `model.fit(shard_batches(arrays, labels, batch_size=64), ...)` replaces
`model.fit(arrays, labels, batch_size=64, ...)`. Each process then computes the gradient on its
shard of each batch, the gradients are averaged, and all processes keep the same weights, those that
a single process would find. Without the command, `shard_batches` returns whole batches. Each
process extracts the features itself: do that once beforehand, with `Features(cache=...)`. Save in
process 0, see `process_index` and `mm_keras.saving.network.single_process`.

It uses `keras.distribution.DataParallel` with Keras's `fit` on the JAX backend, the only option in
Keras that works across processes. On TensorFlow, `MultiWorkerMirroredStrategy` fails inside `fit`
(https://github.com/keras-team/keras/issues/20585); on torch, Keras's `fit` has no such option.
Needs `pip install jax`.
"""

import os
import sys
import threading
import time

import keras
import numpy as np
from numpy.typing import ArrayLike

from mm_keras.features.streaming import Batches


def shard_batches(
    x: dict[str, np.ndarray] | keras.utils.PyDataset,
    y: ArrayLike | None = None,
    batch_size: int = 64,
    shuffle: bool = True,
    seed: int = 0,
) -> keras.utils.PyDataset:
    """Batches for `model.fit`, sharded over the processes.

    The shards of all processes together are the batches of a single process.

    Args:
        x: dict of arrays (n, ...), or a keras.utils.PyDataset such as `Features.fit_stream` returns
            (which has its own y, batch_size, shuffle and seed).
        y: array (n, ...), the targets.
        batch_size: int, samples per step in all processes together.
        shuffle: bool, use another order in each epoch, the same one in all processes.
        seed: int, determines that order.

    Returns:
        keras.utils.PyDataset. Samples that cannot be divided evenly, fewer than there are
        processes, are left out of the last batch of an epoch.

    Raises:
        ValueError: fewer samples per batch than processes, or a process that was not started by
            `distribute`.

    Example:
        >>> x, y = {"text": np.arange(5.0)[:, None]}, np.arange(5)
        >>> batches = shard_batches(x, y, batch_size=2, shuffle=False)
        >>> [labels.tolist() for _, labels in (batches[k] for k in range(len(batches)))]
        [[0, 1], [2, 3], [4]]
    """
    count = process_count()
    if count > 1 and keras.distribution.distribution() is None:
        raise ValueError(
            f"This is process {process_index()} of {count}, but it is not connected to the others: "
            "start the script with `python -m mm_keras distribute`."
        )
    batches = (
        x if isinstance(x, keras.utils.PyDataset) else ArrayBatches(x, y, batch_size, shuffle, seed)
    )
    return Shard(batches, process_index(), count) if count > 1 else batches


def process_index() -> int:
    """The index of this process: 0, 1, ...; 0 without `distribute`. Print and save in process 0."""
    return int(os.environ.get("KERAS_DISTRIBUTION_PROCESS_ID", 0))


def process_count() -> int:
    """The number of processes; 1 without `distribute`."""
    return int(os.environ.get("KERAS_DISTRIBUTION_NUM_PROCESSES", 1))


class ArrayBatches(Batches):
    """Batches of arrays in memory: x is a dict of arrays (n, ...)."""

    def __init__(self, x, y, batch_size, shuffle, seed):
        super().__init__(np.arange(len(next(iter(x.values())))), y, batch_size, shuffle, seed)
        self.x = x

    def arrays(self, rows):
        return {name: values[rows] for name, values in self.x.items()}


class Shard(keras.utils.PyDataset):
    """The shard of each batch for process `index` of `count`, of equal size in all processes."""

    def __init__(self, batches, index, count):
        super().__init__()
        self.batches = batches
        self.index = index
        self.count = count
        if not self._size(0):
            raise ValueError(
                f"A batch needs at least one sample for each of the {count} processes. Received "
                f"batches of {_length(batches[0])}: pass a larger batch_size."
            )
        self._length = len(batches)
        if not self._size(len(batches) - 1):
            self._length -= 1

    def __len__(self):
        return self._length

    def __getitem__(self, number):
        batch = self.batches[number]
        size = _length(batch) // self.count
        return keras.tree.map_structure(
            lambda array: array[self.index * size : (self.index + 1) * size], batch
        )

    def on_epoch_end(self):
        self.batches.on_epoch_end()

    def _size(self, number):
        return _length(self.batches[number]) // self.count


def _length(batch):
    return len(keras.tree.flatten(batch)[0])


def start():
    """Connect to the other processes, using the environment variables set by `distribute`."""
    import jax

    # For processes without accelerators.
    jax.config.update("jax_cpu_collectives_implementation", "gloo")
    keras.distribution.initialize()
    keras.distribution.set_distribution(keras.distribution.DataParallel(auto_shard_dataset=False))
    keras.config.disable_interactive_logging()


def end_with_parent(seconds=1):
    """End this process when the command that started it ends, even if that was killed.

    A thread checks for it at intervals of `seconds`.
    """
    parent = os.getppid()

    def watch():
        while os.getppid() == parent:
            time.sleep(seconds)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _run_script(arguments):
    """Run the script as `python script` would.

    If it fails, exit at once: JAX would wait for the other processes.
    """
    import runpy
    import traceback

    end_with_parent()
    start()
    sys.argv = arguments
    try:
        runpy.run_path(arguments[0], run_name="__main__")
    except BaseException as error:
        code = error.code if isinstance(error, SystemExit) else 1
        if not isinstance(error, SystemExit):
            traceback.print_exc()
        if code:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code if isinstance(code, int) else 1)


if __name__ == "__main__":
    _run_script(sys.argv[1:])
