"""What the manifest of a saved folder describes, checked before anything is created."""

import re
from collections import Counter

from mm_keras.saving import folder
from mm_keras.saving.arrays import read_arrays
from mm_keras.saving.estimators import parse
from mm_keras.saving.kinds import ARRAYS
from mm_keras.saving.known import MAX_VALUES, check
from mm_keras.saving.known_retrieval import RETRIEVAL
from mm_keras.saving.rules import Node, array, is_integer, number

SCALER = "mm_keras.features:BlockScaler"
SCALES = ("auto", "block", "standardize", "normalize")
SEQUENCE = "mm_keras.text:Sequence"
PIPELINE = "sklearn.pipeline:Pipeline"
MODALITY = re.compile(r"\w[\w -]{0,99}")  # part of names of files and layers


def read_contents(path, manifest, kind, trusted=()):
    """Dict of what a manifest describes, once it has been checked; estimators are nodes.

    "scale" and "modalities" are those of the features: modality -> dict of its "shape", "num_ids"
    and the nodes "extractor" and "scaler". The other entries depend on the kind: "class_names" and
    "threshold" of a classifier; "embedding" (None for a network), "vectors" and "ids" of a
    retriever; "target" of a generator.

    Raises:
        Untrusted: an estimator that is neither known nor trusted.
        ValueError: a damaged file; other exceptions where an entry is missing or of another type.
    """
    with folder.reading(path / ARRAYS):
        arrays = read_arrays(path / ARRAYS)
    contents = CONTENTS[kind.name](manifest, arrays, trusted)
    _check_scale(manifest["scale"])
    modalities = {
        name: _modality(state, arrays, trusted) for name, state in manifest["modalities"].items()
    }
    if not modalities or not all(MODALITY.fullmatch(name) for name in modalities):
        raise ValueError(f"it has the modalities {', '.join(map(ascii, modalities))[:100]}")
    return {**contents, "scale": manifest["scale"], "modalities": modalities}


def check_saved_names(names):
    """Raise ValueError if a class name is empty, or equals another one."""
    wrong = [name for name, count in Counter(names).items() if count > 1 or not name.strip()]
    if wrong:
        raise ValueError(f"A class name is empty or occurs twice: {wrong[0][:50]!r}.")


def _classifier(manifest, arrays, trusted):
    names, threshold = manifest["class_names"], manifest["threshold"]
    if not isinstance(names, list) or not names or not all(type(name) is str for name in names):
        raise ValueError("the class names are not a list of str")
    check_saved_names(names)
    if threshold is not None and not number(0, 1)(threshold, {}):
        raise ValueError("the threshold is not a number in [0, 1]")
    return {"class_names": names, "threshold": threshold}


def _retriever(manifest, arrays, trusted):
    embedding = manifest["embedding"]
    if embedding is not None:
        embedding = _fitted(parse(embedding, arrays), "embedding", trusted)
        if not _is_embedding(embedding, trusted):
            raise ValueError(f"{embedding.path} is no embedding")
    vectors, ids, sizes = parse(manifest["vectors"], arrays), manifest["ids"], {}
    if not isinstance(ids, list) or not all(type(item) in (int, str) for item in ids):
        raise ValueError("the ids of the index are not a list of int and str")
    if not isinstance(vectors, dict) or not vectors.keys() <= manifest["modalities"].keys():
        raise ValueError("the index has other modalities than the features")
    for rows in vectors.values():
        if not array("items", "width")(rows, sizes) or rows.dtype != "float32":
            raise ValueError("the vectors of the index are no numbers, or not all of one size")
    if sizes.get("items", 0) != len(ids):
        raise ValueError("the index has not as many ids as vectors")
    return {"embedding": embedding, "vectors": vectors, "ids": ids}


def _is_embedding(node, trusted):
    """Whether an estimator is one of mm_keras.retrieval or trusted, or a pipeline of such ones."""
    if node.path == PIPELINE:
        steps = [step for _, step in node.parameters["steps"] if isinstance(step, Node)]
        return all(_is_embedding(step, trusted) for step in steps)
    return node.path in RETRIEVAL or node.path in trusted


def _generator(manifest, arrays, trusted):
    target = _fitted(parse(manifest["target"], arrays), "target", trusted)
    if target.path != SEQUENCE and target.path not in trusted:
        raise ValueError(f"the target is a {target.path} and no Sequence")
    return {"target": target}


def _fitted(node, role, trusted):
    """A checked node, which must be a fitted estimator."""
    if not isinstance(node, Node):
        raise ValueError(f"the {role} is no estimator")
    check(node, trusted)
    if not node.is_fitted:
        raise ValueError(f"the {role} is not fitted")
    return node


def _check_scale(scale):
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


CONTENTS = {"classifier": _classifier, "retriever": _retriever, "generator": _generator}
