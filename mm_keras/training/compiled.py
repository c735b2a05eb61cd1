"""Keras models that stay compiled: TensorFlow traces each kind of network once, not per training.

Tracing takes 0.5 to 1 CPU second, as long as the training of many a network of a comparison, and
TensorFlow keeps every graph as long as its process lives.
"""

import json
from collections import OrderedDict
from contextlib import contextmanager
from contextvars import ContextVar

from mm_keras.utils.random_state import seeded

# The `CompiledModels` of `reusing_graphs`, or None.
_active = ContextVar("_active", default=None)


class CompiledModels:
    """The compiled models that were used last, by architecture and optimizer.

    Args:
        max_models: int, how many are kept.
    """

    def __init__(self, max_models: int = 24):
        self.max_models = max_models
        self._models = OrderedDict()

    @contextmanager
    def like(self, model, structure, steps, optimizer, **options):
        """A compiled model with the structure, the weights and the random state of `model`.

        Its optimizer starts afresh even if the model was used before, so a training does not depend
        on earlier ones. A model whose training fails is not used again.

        Args:
            model: keras.Model.
            structure: str, from `structure_of(model)`.
            steps: int, the batches in one call of TensorFlow.
            optimizer: keras.optimizers.Optimizer, new.
            **options: of `model.compile`.
        """
        import keras
        from keras.ops import convert_to_numpy

        key = structure, _settings(optimizer), repr(sorted(options.items()))
        kept = self._models.pop(key, None)
        if kept is None:
            with seeded(0, keep_compiled=True):  # the caller's random state does not change
                compiled = keras.Model.from_config(model.get_config())
            compiled.compile(optimizer, **options)
            optimizer.build(compiled.trainable_variables)
            kept = compiled, list(map(convert_to_numpy, optimizer.variables))
        compiled, start = kept
        for variable, value in zip(compiled.optimizer.variables, start, strict=True):
            variable.assign(value)
        compiled.optimizer.learning_rate = float(optimizer.learning_rate)
        copy_state(model, compiled)
        compiled.steps_per_execution = steps
        yield compiled
        compiled.steps_per_execution = 1  # of `predict`, which would take long to compile
        self._models[key] = kept
        while len(self._models) > self.max_models:
            self._models.popitem(last=False)


def structure_of(model):
    """The architecture of a model as a text; None if its configuration may not say everything.

    It does for models that `keras.Model(inputs, outputs)` returns, of layers of Keras and of this
    library. Layers are numbered: their names depend on earlier models.
    """
    if type(model).__name__ != "Functional":  # a user's subclass may train in another way
        return None
    numbers = {operation.name: f"layer {i}" for i, operation in enumerate(model.operations)}

    def renamed(value, is_name=False):
        if isinstance(value, dict):
            return {key: renamed(entry, is_name or key in NAMED) for key, entry in value.items()}
        if isinstance(value, (list, tuple)):
            return [renamed(entry, is_name) for entry in value]
        return numbers.get(value, value) if is_name and isinstance(value, str) else value

    try:
        config = model.get_config()
        if not _is_complete(config):
            return None
        return json.dumps(renamed({**config, "name": ""}), sort_keys=True)
    except Exception:  # a layer that cannot be described, or not as JSON
        return None


# Keys of a configuration under which there are names of layers.
NAMED = ("name", "keras_history", "input_layers", "output_layers")
LIBRARIES = ("keras", "mm_keras")


def _is_complete(config):
    """Whether all objects in a configuration are those of Keras or of this library."""
    if isinstance(config, (list, tuple)):
        return all(map(_is_complete, config))
    if not isinstance(config, dict):
        return True
    if config.get("class_name") == "Lambda" or "value" in config:  # the code of a function
        return False
    if "class_name" in config and "module" in config:
        if (config["module"] or "").split(".")[0] not in LIBRARIES:
            return False
    return all(map(_is_complete, config.values()))


def _settings(optimizer):
    config = optimizer.get_config()
    return json.dumps(
        {key: value for key, value in config.items() if key not in ("learning_rate", "name")},
        sort_keys=True,
        default=repr,
    )


def compiled_models():
    """The `CompiledModels` of the enclosing `reusing_graphs`; None outside and without TensorFlow.

    Other backends keep no graphs.
    """
    import keras

    return _active.get() if keras.config.backend() == "tensorflow" else None


def copy_state(source, target):
    """Copy all variables, also those of random generators, between models of one structure."""
    for variable, value in zip(target.variables, source.variables, strict=True):
        variable.assign(value)


@contextmanager
def reusing_graphs(models: CompiledModels):
    """A context in which `fit` and the out-of-fold models use these compiled models."""
    token = _active.set(models)
    try:
        yield
    finally:
        _active.reset(token)
