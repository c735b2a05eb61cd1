"""Training in several processes, on one machine or many: the same script, started by one command, with one line changed.

    python -m mm_keras distribute --processes 2 train.py                                     # two processes here
    python -m mm_keras distribute --processes 4 --index 0 --address 10.0.0.1:8476 train.py   # on each machine, index 0, 1, 2, 3

In train.py, `model.fit(shard_batches(arrays, labels, batch_size=64), ...)` takes the place of `model.fit(arrays, labels,
batch_size=64, ...)`. Every process then computes the gradient on its part of each batch, the parts are averaged, and all
processes keep the same weights, those that one process would have found. Without the command, `shard_batches` gives whole batches.
Every process extracts the features by itself: do that once before, with `Features(cache=...)`. Save in process 0, see
`process_index` and `mm_keras.saving.network.single_process`.

What does the work is `keras.distribution.DataParallel` with Keras's `fit` on the JAX backend: of the routes that Keras offers
it is the one that works across processes. On TensorFlow, `MultiWorkerMirroredStrategy` fails inside `fit`
(https://github.com/keras-team/keras/issues/20585); Keras's `fit` on torch has no such route. Needs `pip install mm-keras[jax]`.
"""

import os
import sys
import threading
import time

import keras
import numpy as np

from mm_keras.features.streaming import Batches


def shard_batches(x, y=None, batch_size=64, shuffle=True, seed=0):
    """Batches for `model.fit`, of which every process gets its part; the parts together are the batches of one process.

    Args:
        x: dict of arrays (n, ...), or a keras.utils.PyDataset such as `Features.fit_stream` returns (then y, batch_size,
            shuffle and seed are its own).
        y: array (n, ...), the targets.
        batch_size: int, samples per step in all processes together.
        shuffle: bool, another order in each epoch, the same one in all processes.
        seed: int, of that order.

    Returns:
        keras.utils.PyDataset. Samples that cannot be shared out evenly, fewer than there are processes, are left out of the
        last batch of an epoch.

    Raises:
        ValueError: fewer samples per batch than processes; a process that `distribute` did not start.

    Example:
        >>> batches = shard_batches({"text": np.arange(5.0)[:, None]}, np.arange(5), batch_size=2, shuffle=False)
        >>> [labels.tolist() for _, labels in (batches[k] for k in range(len(batches)))]
        [[0, 1], [2, 3], [4]]
    """
    count = process_count()
    if count > 1 and keras.distribution.distribution() is None:
        raise ValueError(
            f"This is process {process_index()} of {count}, but it is not joined with the others: start the script with "
            "`python -m mm_keras distribute`."
        )
    batches = (
        x if isinstance(x, keras.utils.PyDataset) else ArrayBatches(x, y, batch_size, shuffle, seed)
    )
    return Shard(batches, process_index(), count) if count > 1 else batches


def process_index():
    """Which process this is: 0, 1, ...; 0 without `distribute`. Print and save in process 0."""
    return int(os.environ.get("KERAS_DISTRIBUTION_PROCESS_ID", 0))


def process_count():
    """How many processes there are; 1 without `distribute`."""
    return int(os.environ.get("KERAS_DISTRIBUTION_NUM_PROCESSES", 1))


class ArrayBatches(Batches):
    """Batches of arrays in memory: x is a dict of arrays (n, ...)."""

    def __init__(self, x, y, batch_size, shuffle, seed):
        super().__init__(np.arange(len(next(iter(x.values())))), y, batch_size, shuffle, seed)
        self.x = x

    def arrays(self, rows):
        return {name: values[rows] for name, values in self.x.items()}


class Shard(keras.utils.PyDataset):
    """The part of every batch that belongs to process `index` of `count`: equally many samples in each process."""

    def __init__(self, batches, index, count):
        super().__init__()
        self.batches, self.index, self.count = batches, index, count
        if not self._size(0):
            raise ValueError(
                f"A batch needs a sample for each of the {count} processes. Received batches of "
                f"{_length(batches[0])}: pass a larger batch_size."
            )
        self._length = len(batches) - (not self._size(len(batches) - 1))

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
    """Join the other processes, as the environment that `run` sets says (the names are Keras's own)."""
    import jax

    jax.config.update(
        "jax_cpu_collectives_implementation", "gloo"
    )  # for processes without accelerators
    keras.distribution.initialize()
    keras.distribution.set_distribution(keras.distribution.DataParallel(auto_shard_dataset=False))
    keras.config.disable_interactive_logging()


def end_with_parent(seconds=1):
    """Watch, in a thread, whether the command that started this process is still there, and end with it, even if it was killed."""
    parent = os.getppid()

    def watch():
        while os.getppid() == parent:
            time.sleep(seconds)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()


def _run_script(arguments):
    """Run the script as `python script` would; when it fails, leave at once: JAX would wait for the other processes."""
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
