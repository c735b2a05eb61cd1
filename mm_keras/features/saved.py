"""Fitted features in the manifest and the arrays of a saved folder."""

import inspect
from pathlib import Path

from mm_keras.features.features import Features
from mm_keras.saving.estimators import NOT_SAVED, build, encode
from mm_keras.saving.folder import reading
from mm_keras.saving.loading import load_contents
from mm_keras.utils.shapes import TokenIds, num_ids_of


def encode_features(features, arrays):
    """The entries "scale" and "modalities" of a manifest; arrays are added to the dict `arrays`.

    Raises:
        TypeError: an extractor that cannot be saved without pickle.
    """
    modalities = {
        name: {
            "shape": state["shape"],
            "num_ids": num_ids_of(state["shape"]),
            **{
                key: encode(state[key], arrays, without=NOT_SAVED)
                for key in ("extractor", "scaler")
            },
        }
        for name, state in features.state().items()
    }
    return {"scale": features.scale, "modalities": modalities}


def build_features(contents):
    """The fitted features in the contents of a folder, see `saving.contents.read_contents`."""
    reserved = set(inspect.signature(Features).parameters) & set(contents["modalities"])
    if reserved:
        raise ValueError(f"it has a modality with the name {min(reserved)}")
    state = {}
    for name, part in contents["modalities"].items():
        shape, num_ids = part["shape"], part["num_ids"]
        state[name] = {
            "shape": TokenIds(*shape, num_ids) if num_ids else shape,
            "extractor": build(part["extractor"]),
            "scaler": build(part["scaler"]),
        }
    return Features.from_state(contents["scale"], state)


def load_features(path, kind, trusted=()):
    """The fitted features of a saved folder, without its network and so without Keras.

    Args:
        path, trusted: see `Classifier.load`.
        kind: one of `saving.kinds.KINDS`.

    Raises:
        FileNotFoundError, ValueError: see `saving.loading.load`.
    """
    contents = load_contents(path, kind, trusted)
    with reading(Path(path) / kind.manifest):
        return build_features(contents)
