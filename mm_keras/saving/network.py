"""The network of a saved classifier: one `.keras` file, written by one process and read with our layers known to Keras."""

from contextlib import contextmanager

import keras

from mm_keras.fusion.decision.layers import ModalityMask
from mm_keras.fusion.layers import MissingModalityEmbedding, PositionEmbedding

# Version 0.1.0 called these layers otherwise. In its files the weights, too, lie under the name of the class: so each former
# name stands for a class of that name.
FORMER_LAYERS = {
    "AbsentFallback": MissingModalityEmbedding,
    "AddWhere": PositionEmbedding,
    "Present": ModalityMask,
}
for former, layer in FORMER_LAYERS.items():
    keras.saving.register_keras_serializable("mm_keras", former)(type(former, (layer,), {}))


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
