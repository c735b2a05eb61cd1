"""Reading the estimators of a saved classifier, and what of it would have to be trusted."""

import os
import re
from collections import Counter
from pathlib import Path

from mm_keras.saving import folder
from mm_keras.saving.arrays import read_arrays
from mm_keras.saving.estimators import build, parse
from mm_keras.saving.known import MAX_VALUES, Untrusted, check
from mm_keras.saving.layers import checked_config
from mm_keras.saving.rules import Node, is_integer, number
from mm_keras.saving.values import CLASS_PATH

SCALER = "mm_keras.features:BlockScaler"
SCALES = ("auto", "block", "standardize", "normalize")
SEQUENCE = "mm_keras.text:Sequence"
MODALITY = re.compile(r"\w[\w -]{0,99}")  # part of names of files and layers


def get_untrusted_types(path: str | os.PathLike) -> list[str]:
    """The classes that a saved classifier needs besides the known ones: list of "module:Class".

    Nothing is imported or created. Look at each of them before you pass the list to
    `Classifier.load(path, trusted=...)`: code of these classes will run.

    Args:
        path: the folder.

    Raises:
        FileNotFoundError: no such folder.
        ValueError: not a classifier, or a damaged file.
    """
    from mm_keras.saving.network import read_config

    path, found = Path(path), []
    manifest = folder.read_manifest(path)
    with folder.reading(path / folder.NETWORK):
        config = read_config(path / folder.NETWORK)
    _collect(found, path / folder.MANIFEST, lambda: read_estimators(path, manifest, found))
    _collect(found, path / folder.NETWORK, lambda: checked_config(config, found))
    return sorted(found)


def _collect(found, file, read):
    """Add to `found` what `read()` does not trust, until it trusts everything."""
    while True:
        try:
            with folder.reading(file):
                read()
            return
        except Untrusted as error:
            if error.path in found:
                raise
            found.append(error.path)


def check_trusted(trusted):
    """The paths that the user trusts, as a list.

    Raises:
        TypeError: a str instead of a list.
        ValueError: anything but "package.module:Class".
    """
    if isinstance(trusted, str):
        raise TypeError(f"trusted must be a list of str. Received: {trusted!r}. Use [{trusted!r}].")
    trusted = list(trusted)
    wrong = [path for path in trusted if not CLASS_PATH.fullmatch(str(path))]
    if wrong:
        raise ValueError(
            f"trusted needs paths of classes, 'package.module:Class'. Received: {wrong[0]!r}. "
            "mm_keras.saving.get_untrusted_types(folder) lists those that a folder needs."
        )
    return trusted


def read_estimators(path, manifest, trusted=()):
    """Dict, modality -> dict of its "shape", "num_ids" and checked nodes "extractor", "scaler".

    Raises:
        Untrusted: an estimator that is neither known nor trusted.
        ValueError: a damaged file; other exceptions where an entry is missing or of another type.
    """
    with folder.reading(path / folder.ARRAYS):
        arrays = read_arrays(path / folder.ARRAYS)
    _check_manifest(manifest)
    modalities = {
        name: _modality(state, arrays, trusted) for name, state in manifest["modalities"].items()
    }
    if not modalities or not all(MODALITY.fullmatch(name) for name in modalities):
        raise ValueError(f"it has the modalities {', '.join(map(ascii, modalities))[:100]}")
    return modalities


def estimators(modality):
    """The extractor and the scaler of a modality of `read_estimators`."""
    return build(modality["extractor"]), build(modality["scaler"])


def check_saved_names(names):
    """Raise ValueError if a class name is empty, or equals another one."""
    wrong = [name for name, count in Counter(names).items() if count > 1 or not name.strip()]
    if wrong:
        raise ValueError(f"A class name is empty or occurs twice: {wrong[0][:50]!r}.")


def _check_manifest(manifest):
    names, threshold = manifest["class_names"], manifest["threshold"]
    if not isinstance(names, list) or not names or not all(type(name) is str for name in names):
        raise ValueError("the class names are not a list of str")
    check_saved_names(names)
    if threshold is not None and not number(0, 1)(threshold, {}):
        raise ValueError("the threshold is not a number in [0, 1]")
    scale = manifest["scale"]
    choices = list(scale.values()) if isinstance(scale, dict) else [scale]
    if not all(choice is None or choice in SCALES for choice in choices):
        raise ValueError("the scale is none of the known ones")


def _modality(state, arrays, trusted):
    shape, num_ids = tuple(state["shape"]), state["num_ids"]
    if not 1 <= len(shape) <= 3 or not all(is_integer(length, 1, MAX_VALUES) for length in shape):
        raise ValueError("the shape of a modality is not that of an array")
    if num_ids is not None and not (is_integer(num_ids, 2) and len(shape) == 1):
        raise ValueError("the number of token ids is out of range")
    extractor, scaler = (parse(state[key], arrays) for key in ("extractor", "scaler"))
    if not isinstance(extractor, Node) or getattr(scaler, "path", None) != SCALER:
        raise ValueError("a modality has no extractor or scaler")
    check(scaler, trusted)
    check(extractor, trusted)
    if not (scaler.is_fitted and extractor.is_fitted):
        raise ValueError("a modality has an extractor that is not fitted")
    if extractor.shape not in (None, shape):
        raise ValueError(f"an extractor gives {extractor.shape} instead of {shape}")
    if scaler.sizes.get("k", shape[-1]) != shape[-1]:
        raise ValueError("the length of the scaler is not that of the features")
    if extractor.path == SEQUENCE and num_ids != extractor.attributes["num_ids_"]:
        raise ValueError("the number of token ids is not that of the vocabulary")
    return {"shape": shape, "num_ids": num_ids, "extractor": extractor, "scaler": scaler}
