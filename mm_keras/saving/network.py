"""The network of a saved classifier: a `.keras` file, written by one process only."""

from contextlib import contextmanager

import keras

from mm_keras.fusion.decision.layers import ModalityMask
from mm_keras.fusion.layers import MissingModalityEmbedding, PositionEmbedding

# Names of these layers in version 0.1.0. Its files store the weights under the class name as well,
# so each former name is registered as a class of that name.
FORMER_LAYERS = {
    "AbsentFallback": MissingModalityEmbedding,
    "AddWhere": PositionEmbedding,
    "Present": ModalityMask,
}
for former, layer in FORMER_LAYERS.items():
    keras.saving.register_keras_serializable("mm_keras", former)(type(former, (layer,), {}))


@contextmanager
def single_process():
    """A context in which this process acts alone, e.g. `with single_process(): model.save(...)`.

    Use it in process 0 of a distributed run, where Keras would otherwise wait for the other
    processes. `Classifier.save` does so.
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
