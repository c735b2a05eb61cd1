"""The layers and functions of the user in a saved network."""

import importlib

import keras

from mm_keras.saving.estimators import imported
from mm_keras.saving.known import Unsupported
from mm_keras.saving.layers import is_known, object_path

ADVICE = (
    "Replace it by a layer of your own, a subclass of keras.layers.Layer at the top level of a "
    "module, and save again."
)


def own_objects(config, trusted):
    """Dict, name -> class or function, of the trusted ones in a config that are not known.

    Raises:
        Unsupported: Python code in the config, or a name that its module does not define.
    """
    found = {}
    for value in _objects(config):
        path, name = object_path(value), value["class_name"]
        if is_known(value) or path not in trusted:
            continue
        if name.startswith("__"):
            raise Unsupported(f"The network contains a lambda function or the like. {ADVICE}")
        registered = value["config"] if name == "function" else value.get("registered_name")
        target = keras.saving.get_registered_object(registered) if registered else None
        if target is None and path.startswith("builtins:"):
            raise Unsupported(
                f"The network contains the function {registered[:100]!r}, of which Keras saved "
                f"only the name. {ADVICE} If it is registered with Keras, import it first."
            )
        if target is None:
            importlib.import_module(path.partition(":")[0])  # which may register it
            target = keras.saving.get_registered_object(registered) if registered else None
        if target is None:
            target = imported(path)
        found[registered or name] = target
    return found


def _objects(value):
    """The dicts with a `class_name` in a config."""
    pending = [value]
    while pending:
        value = pending.pop()
        if isinstance(value, list):
            pending += value
        elif isinstance(value, dict):
            pending += value.values()
            if "class_name" in value:
                yield value
