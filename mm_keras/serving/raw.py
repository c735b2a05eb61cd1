"""A classifier as one Keras model: texts and pixels in, class probabilities out."""

from contextlib import contextmanager
from typing import TYPE_CHECKING

import keras
import numpy as np

from mm_keras.serving.array_layers import (
    ClassNames,
    FirstRows,
    KeepWherePresent,
    SameLength,
    ScaleColumns,
)
from mm_keras.serving.converters import (
    ALTERNATIVE,
    base_extractors,
    convert,
    uses_color,
    with_weights,
)
from mm_keras.serving.probes import check_features
from mm_keras.serving.text_layers import CodePoints

if TYPE_CHECKING:
    from mm_keras.classifier import Classifier


def raw_model(classifier: "Classifier", strings: bool | None = None) -> keras.Model:
    """A Keras model that maps raw samples to the classifier's probabilities, within 1e-5.

    Its inputs are a dict: "text", strings (n,) or code points int32 (n, length) padded with 0 (see
    `code_points`); "image", uint8 pixels of the image extractor's size, (n, rows, columns) gray or
    (n, rows, columns, 3) if an extractor uses color. An empty text and an all-black image count as
    missing, since there is no other way to leave one out; for `ColorHistogram` the classifier tells
    a black image from a missing one (None), the model does not. The last layer, "classes", holds
    `class_names`.

    Strings are normalized and split as by `mm_keras.text.tokenize`, whatever characters they
    contain. Images of another size must be resized first, e.g. by
    `mm_keras.image.read_image(path, size)`.

    Args:
        classifier: Classifier.
        strings: bool, whether texts are strings (requires the TensorFlow backend) or code points.
            Default: strings on TensorFlow.

    Returns:
        keras.Model, whose layers are registered: `keras.saving.load_model` finds them after
        `import mm_keras`.

    Raises:
        ValueError: an extractor, or one of its parameters, is not supported; the message says what
            is. Also if the layers that replace an extractor do not compute what it does, for
            example because one of its methods was changed.
    """
    _check_classifier(classifier)
    strings = keras.backend.backend() == "tensorflow" if strings is None else strings
    features = classifier.features
    with _float32():
        inputs = {
            name: _input(name, features.extractors[name], strings) for name in features.shapes
        }
        samples = SameLength(name="same_length")(inputs)
        arrays = {
            name: _features(name, samples[name], features.extractors[name], features.scalers[name])
            for name in inputs
        }
        check_features(keras.Model(inputs, arrays), features)
        return _classifying(classifier, inputs, arrays)


def network_model(classifier: "Classifier") -> keras.Model:
    """The classifier's network alone, with the layer "classes" at its end."""
    _check_classifier(classifier)
    network, inputs = classifier.model, classifier.model.input
    named = inputs if isinstance(inputs, dict) else {i.name: i for i in network.inputs}
    with _float32():
        return _classifying(
            classifier, inputs, SameLength(name=_free("same_length", network))(named)
        )


def _check_classifier(classifier):
    if not hasattr(classifier, "class_names"):
        name = type(classifier).__name__
        raise TypeError(
            f"Only a Classifier can be exported. Received: a {name}. Use its method save, and "
            f"{name}.load in Python."
        )


def _classifying(classifier, inputs, arrays):
    """The model from inputs to class probabilities, given the arrays that the network reads."""
    network = classifier.model
    outputs = _renamed(network)(_arranged(network, arrays))
    outputs = FirstRows()([outputs, keras.tree.flatten(inputs)[0]])
    layer = ClassNames(classifier.class_names, classifier.threshold, name=_free("classes", network))
    return keras.Model(inputs, layer(outputs), name="classifier")


@contextmanager
def _float32():
    """A context in which new layers compute in float32, as the extractors do.

    The network keeps its own dtype policies.
    """
    policy = keras.config.dtype_policy()
    keras.config.set_dtype_policy("float32")
    try:
        yield
    finally:
        keras.config.set_dtype_policy(policy)


# --- inputs and outputs ---------------------------------------------------------------------------


def _input(name, extractor, strings):
    """The input for the raw samples of a modality."""
    if name == "text":
        return (
            keras.Input((), dtype="string", name=name)
            if strings
            else keras.Input((None,), dtype="int32", name=name)
        )
    if name != "image":
        raise ValueError(
            f"A model of raw samples takes text and image only. Received: {name!r}. {ALTERNATIVE}"
        )
    extractors = base_extractors(extractor)
    sizes = {tuple(base.size_) for base in extractors}
    if len(sizes) != 1:
        raise ValueError(
            f"All image extractors need images of one size. Received: {sorted(sizes)}. Pass the "
            f"same size=... to each. {ALTERNATIVE}"
        )
    channels = [3] if any(map(uses_color, extractors)) else []
    return keras.Input((*sizes.pop(), *channels), dtype="uint8", name=name)


def _features(name, samples, extractor, scaler):
    """The scaled features of a modality's raw samples."""
    if name == "image":
        rows = _scaled(convert(extractor, samples), scaler, name)
        return KeepWherePresent(name="image_present")([rows, samples])
    lowercase = {base.lowercase for base in base_extractors(extractor)}
    if len(lowercase) != 1:
        raise ValueError(
            "All text extractors need the same lowercase=... in a model that takes raw samples. "
            f"{ALTERNATIVE}"
        )
    if samples.dtype == "string":
        samples = CodePoints(lowercase.pop(), name="code_points")(samples)
    return _scaled(convert(extractor, samples), scaler, name)


def _scaled(rows, scaler, name):
    if scaler.method is None or rows.dtype == "int32":
        return rows
    weights = [np.broadcast_to(value, rows.shape[-1:]) for value in (scaler.mean_, scaler.scale_)]
    layer = ScaleColumns(scaler.method == "normalize", name=f"{name}_scale")
    return with_weights(layer, rows, weights)(rows)


def _arranged(network, arrays):
    """The arrays, keyed by modality, in the structure of the network's inputs."""
    inputs = network.input
    if isinstance(inputs, dict):
        return {name: arrays[name] for name in inputs}
    if len(arrays) == 1:
        (array,) = arrays.values()
        return [array] if isinstance(inputs, (list, tuple)) else array
    return [arrays[tensor.name] for tensor in inputs]


def _renamed(network):
    """The network, under a name that no input has; it keeps its layers and weights."""
    renamed = keras.Model(network.input, network.output, name=_free("network", network))
    # a subclass may compute something else than its layers do
    return renamed if type(network) is type(renamed) else network


def _free(name, network):
    """The name, changed if it is that of an input of the network."""
    while name in [tensor.name for tensor in network.inputs]:
        name += "_"
    return name
