"""The network of a saved classifier: one `.keras` file, written by one process and read with our layers known to Keras."""

from contextlib import contextmanager

import keras

from mm_keras.fusion import layers, operators  # noqa: F401  (registers the layers that a saved network may hold)
from mm_keras.fusion.decision import layers as decision_layers  # noqa: F401


@contextmanager
def single_process():
    """Within it this process acts without the others: `with single_process(): model.save(...)` in process 0.

    Without it, Keras would wait there for the other processes. `Classifier.save` does this by itself.
    """
    distribution = keras.distribution.distribution()
    keras.distribution.set_distribution(None)
    try:
        yield
    finally:
        keras.distribution.set_distribution(distribution)


def save_network(model, path):
    """Write a Keras model to a `.keras` file."""
    with single_process():
        model.save(path)


def load_network(path):
    """The uncompiled Keras model of a `.keras` file."""
    return keras.saving.load_model(path, compile=False)
