"""One epoch of the article's CNN on every installed backend of Keras, on one core.

CPU time of the fastest of three epochs in a separate process, after a first one that compiles.
"""

from importlib.util import find_spec

from tests.benchmarks._measure import Row, in_process

CODE = """
import os, sys, time
backend, pixels, count = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
os.environ["KERAS_BACKEND"] = backend
if backend == "torch":
    import torch
    torch.set_num_threads(1)
if backend == "jax":
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
import keras
import numpy as np
from mm_keras.heads import cnn_head

random = np.random.default_rng(0)
x, y = random.random((count, pixels, pixels, 1), dtype="float32"), random.integers(0, 6, count)
image = keras.Input((pixels, pixels, 1))
model = keras.Model(image, cnn_head(image, 6))
model.compile("adam", "sparse_categorical_crossentropy")
ends = [time.process_time()]
timer = keras.callbacks.LambdaCallback(
    on_epoch_end=lambda epoch, logs: ends.append(time.process_time())
)
model.fit(x, y, batch_size=64, epochs=4, verbose=0, callbacks=[timer])
print(min(np.diff(ends)[1:]))
"""


def rows(full=False):
    count = 2_000 if full else 640
    installed = [name for name in ("jax", "torch") if find_spec(name)]
    for pixels in (28, 64):
        first = seconds("tensorflow", pixels, count)
        if not installed:
            yield Row(
                f"cnn, {pixels} px, {count:,} images: an epoch on TensorFlow",
                first,
                "(jax and torch are not installed)",
            )
        for name in installed:
            yield Row(
                f"cnn, {pixels} px, {count:,} images: an epoch on TensorFlow",
                first,
                f"on {name}",
                seconds(name, pixels, count),
            )


def seconds(backend, pixels, count):
    return float(in_process("-c", CODE, backend, pixels, count).printed.splitlines()[-1])
