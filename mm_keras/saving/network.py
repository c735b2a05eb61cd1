"""The network of a saved folder: a `.keras` file, written by one process only."""

import json
import tempfile
import zipfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import keras

from mm_keras.fusion.decision.layers import ModalityMask
from mm_keras.fusion.layers import MissingModalityEmbedding, PositionEmbedding
from mm_keras.saving.arrays import stored_members
from mm_keras.saving.layers import checked_config
from mm_keras.saving.limits import check_limits
from mm_keras.saving.own_layers import own_objects
from mm_keras.saving.weights import check_weights
from mm_keras.utils.shapes import num_ids_of

METADATA, CONFIG, WEIGHTS = MEMBERS = ("metadata.json", "config.json", "model.weights.h5")

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


def read_config(path):
    """The content of config.json in a `.keras` file with exactly the members that we write."""
    with zipfile.ZipFile(path) as archive:
        members = stored_members(archive, path)
        if set(members) != set(MEMBERS):
            raise ValueError(f"it has the members {', '.join(map(ascii, members))[:100]}")
        return json.loads(archive.read(CONFIG))


def load_network(path, trusted=()):
    """The uncompiled Keras model of a `.keras` file.

    Keras gets a copy of the file, whose config has been checked. It builds the model once without
    weights, to compare its shapes with those in the file before anything is allocated.

    Args:
        path: the file.
        trusted: paths "package.module:Class" of layers that may be created in addition to the known
            ones.

    Raises:
        Untrusted: a layer that is neither known nor trusted.
        ValueError: a damaged file.
    """
    config = checked_config(read_config(path), trusted)
    own = own_objects(config, trusted)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        _copy(path, copy, json.dumps(config))
        if not own:
            with ThreadPoolExecutor(1) as thread:  # a new thread has a new state of Keras
                thread.submit(_check_shapes, copy).result()
        return keras.saving.load_model(copy, own, compile=False)


def _copy(path, copy, config):
    with zipfile.ZipFile(path) as archive, zipfile.ZipFile(copy, "w") as target:
        target.writestr(METADATA, archive.read(METADATA))
        target.writestr(CONFIG, config)
        weights = archive.read(WEIGHTS)
        check_weights(weights)
        target.writestr(WEIGHTS, weights)


def _check_shapes(path):
    """Build a model without allocating its weights, whose shapes are compared with the stored ones.

    Raises:
        ValueError: weights of another shape, or a network that is too large.
    """
    with keras.StatelessScope(initialize_variables=False):
        model = keras.saving.load_model(path, compile=False)
    check_limits(model)


def check_output(model, shapes):
    """Raise an error if a network cannot predict from features of these shapes.

    Token ids are the largest ones, which need the last row of an embedding.
    """
    if keras.distribution.distribution() is not None:  # one sample cannot be distributed
        return
    arrays = {}
    for name, shape in shapes.items():
        largest = num_ids_of(shape)
        value, dtype = (largest - 1, "int32") if largest else (0, "float32")
        arrays[name] = keras.ops.full((1, *shape), value, dtype)
    named = isinstance(model.input, dict)
    model(arrays if named else list(arrays.values()), training=False)
