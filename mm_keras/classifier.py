"""Classifier: from raw samples to class names; saved as one folder without pickle."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.utils import estimator_html_repr

from mm_keras.evaluation import metrics
from mm_keras.features.features import Features
from mm_keras.features.samples import sample_id, samples_of, transformed
from mm_keras.features.saved import build_features, encode_features
from mm_keras.saving import loading
from mm_keras.saving.contents import check_saved_names
from mm_keras.saving.folder import reading
from mm_keras.saving.kinds import CLASSIFIER
from mm_keras.utils.keras_tools import predict_padded
from mm_keras.utils.labels import check_class_names, relabel
from mm_keras.utils.markup import escape
from mm_keras.utils.messages import report_bad, some_of
from mm_keras.utils.shapes import has_values

if TYPE_CHECKING:
    import keras

    from mm_keras.datasets import MultimodalData

NOTHING_KNOWN = (
    "contained nothing that the classifier knows (no known word, no readable image)",
    "Their predictions do not depend on the sample.",
)


class Classifier:
    """Fitted features, a trained Keras model and class names: from raw samples to class names.

    Args:
        features: a fitted `Features`.
        model: a keras.Model whose inputs are named after modalities of the features (those that it
            does not use are not extracted), and whose output is (n, classes).
        class_names: sequence of str, one per output of the model.
        threshold: None for mutually exclusive classes (softmax); for multi-label models the minimum
            probability of a predicted label, e.g. 0.5.

    Raises:
        ValueError: the number of class names differs from that of the model's outputs, or the
            features lack a modality of the model or have it in another shape.
    """

    def __init__(
        self,
        features: Features,
        model: "keras.Model",
        class_names: Sequence[str],
        threshold: float | None = None,
    ):
        self.model = model = _with_named_inputs(model, features.shapes)
        self.threshold = threshold
        self.class_names = check_class_names(class_names)
        if threshold is not None and not 0 < threshold < 1:
            raise ValueError(f"threshold must be between 0 and 1. Received: {threshold}.")
        if model.output_shape[-1] != len(self.class_names):
            raise ValueError(
                f"The model has {model.output_shape[-1]} outputs, but {len(self.class_names)} "
                f"class names were passed: {', '.join(self.class_names)}."
            )
        self.features = features.only(*_modalities_of(model, features.shapes))

    def predict_proba(
        self,
        data: "MultimodalData | dict[str, Sequence] | None" = None,
        texts: Sequence[str | None] | None = None,
        images: Sequence | np.ndarray | None = None,
        batch_size: int = 256,
        return_known: bool = False,
    ) -> "np.ndarray | tuple[np.ndarray, dict[str, np.ndarray]]":
        """Class probabilities, float32 (n, classes).

        Pass either `data`, or `texts` or `images` or both; one of the two that is not passed counts
        as missing. Samples in which nothing is known (no known word, no readable image) still get
        probabilities, with a DataWarning that names them.

        Args:
            data: MultimodalData, or a dict of sequences keyed by modality, with every modality of
                the features. For features of one modality, also a list of its samples.
            texts: list of str.
            images: list of paths, arrays or None, or an array (n, H, W[, 3]).
            batch_size: int, the number of samples extracted and predicted at a time.
            return_known: bool, whether to return also what was known of each sample.

        Returns:
            The probabilities; with `return_known` a tuple of them and a dict, modality -> bool
            array (n,): whether the sample has it, with something that the features know.
        """
        if batch_size < 1:
            raise ValueError(f"batch_size must be at least 1. Received: {batch_size}.")
        samples = samples_of(list(self.features.shapes), data, texts, images)
        num_samples = len(next(iter(samples.values())))
        probabilities = np.zeros((num_samples, len(self.class_names)), np.float32)
        known = {name: np.zeros(num_samples, bool) for name in samples}
        for rows, arrays in transformed(self.features, samples, batch_size):
            width = batch_size if rows.start else min(batch_size, num_samples)
            probabilities[rows] = predict_padded(self.model, arrays, width)
            for name, array in arrays.items():
                known[name][rows] = has_values(array, self.features.shapes[name])
        probabilities = self._checked(probabilities)
        nothing = np.flatnonzero(~np.any(list(known.values()), axis=0)).tolist()
        report_bad([sample_id(data, row) for row in nothing], *NOTHING_KNOWN)
        return (probabilities, known) if return_known else probabilities

    def __repr__(self):
        shapes = ", ".join(f"{name} {tuple(shape)}" for name, shape in self.features.shapes.items())
        noun = "classes" if self.threshold is None else "labels"
        return (
            f"Classifier: {shapes} -> {len(self.class_names)} {noun} "
            f"({some_of(self.class_names, 8)}), {self.model.count_params():,} parameters"
        )

    def _repr_html_(self):
        return f"<p>{escape(repr(self))}</p>{estimator_html_repr(self.features)}"

    def _checked(self, probabilities):
        """The outputs of the model, which must be probabilities; half-precision rows sum to 1."""
        if not len(probabilities):
            return probabilities
        low, high = probabilities.min(), probabilities.max()
        is_half = self.model.outputs[0].dtype in ("float16", "bfloat16")
        if not (low >= -1e-6 and high <= (1.01 if is_half else 1 + 1e-3)):
            raise ValueError(
                "The outputs of the model must be probabilities. "
                f"Received: {low:.3g} to {high:.3g}. End the model with a softmax, or with a "
                "sigmoid for any number of labels per sample."
            )
        if is_half and self.threshold is None:
            return probabilities / np.maximum(probabilities.sum(axis=1, keepdims=True), 1e-6)
        return probabilities

    def predict(
        self,
        data: "MultimodalData | dict[str, Sequence] | None" = None,
        texts: Sequence[str | None] | None = None,
        images: Sequence | np.ndarray | None = None,
    ) -> list[str] | list[tuple[str, ...]]:
        """Predicted class names: n str, or n tuples of str for multi-label models.

        Arguments as in `predict_proba`.
        """
        return self.names(self.predict_proba(data, texts, images))

    def names(self, probabilities: np.ndarray) -> list[str] | list[tuple[str, ...]]:
        """The predicted class names for an array of class probabilities (n, classes)."""
        if self.threshold is None:
            return [self.class_names[k] for k in probabilities.argmax(axis=1)]
        return [
            tuple(np.array(self.class_names)[row >= self.threshold].tolist())
            for row in probabilities
        ]

    def evaluate(self, data: "MultimodalData") -> dict[str, Any]:
        """Accuracy, macro-F1, log loss and scores per class on labeled data.

        Classes are matched by name; the data may lack some of the classifier's classes.
        See `evaluation.metrics.evaluate`.

        Raises:
            ValueError: no labels, or samples of a class that the classifier does not have.
        """
        if getattr(data, "labels", None) is None:
            raise ValueError(
                "evaluate needs MultimodalData with labels. "
                f"Received: a {type(data).__name__} without labels. Use predict."
            )
        if data.is_multi_label != (self.threshold is not None):
            kinds = {True: "any number of labels per sample", False: "one class per sample"}
            raise ValueError(
                f"The classifier was trained for {kinds[self.threshold is not None]}. "
                f"Received data with {kinds[data.is_multi_label]}."
            )
        labels = relabel(data.labels, data.class_names, self.class_names)
        return metrics.evaluate(labels, self.predict_proba(data), self.class_names)

    def save(self, path: str | os.PathLike) -> None:
        """Write one folder: classifier.json, arrays.npz and model.keras.

        If writing fails, no incomplete folder is left behind.

        Raises:
            FileExistsError: `path` exists and is not a saved classifier, or has further files.
            TypeError: an extractor that cannot be saved without pickle.
            ValueError: a class name is empty or occurs twice.
        """
        check_saved_names(self.class_names)
        arrays = {}
        content = {
            "class_names": self.class_names,
            "threshold": self.threshold,
            **encode_features(self.features, arrays),
        }
        loading.save(path, CLASSIFIER, content, arrays, self.model)

    def export(self, path: str | os.PathLike, format: str = "savedmodel", raw: bool = True) -> None:
        """Write one model for other programs: "savedmodel", "onnx" or "keras".

        See `mm_keras.serving.export`.
        """
        from mm_keras.serving import export

        export(self, path, format, raw)

    @classmethod
    def load(cls, path: str | os.PathLike, trusted: Sequence[str] = ()) -> "Classifier":
        """Load a classifier written by `save`; its predictions are identical.

        A saved classifier can also come from a stranger: no code in it runs, and only known
        classes are created (extractors of mm_keras, transformers of scikit-learn that the
        documentation uses, and ordinary Keras layers). Its digest finds damage, not malice: whoever
        changes the file on purpose can write a new one.

        Args:
            path: the folder.
            trusted: further classes that may be created, "package.module:Class", such as your own
                extractors and layers. Their code runs;
                `mm_keras.saving.get_untrusted_types(path)` lists those that a folder needs.

        Raises:
            FileNotFoundError: no such folder.
            ValueError: not a classifier, a damaged file, further files, a newer version, or a class
                that is neither known nor trusted.
        """
        contents, model = loading.load(path, CLASSIFIER, trusted)
        with reading(Path(path) / CLASSIFIER.manifest):
            features = build_features(contents)
            classifier = cls(features, model, contents["class_names"], contents["threshold"])
        loading.check_network(path, model, classifier.features.shapes)
        return classifier


def _with_named_inputs(model, shapes):
    """The model; a `keras.Sequential`, whose input has no name, as one with a dict of inputs."""
    import keras

    if not isinstance(model, keras.Sequential):
        return model
    if not model.built or len(shapes) != 1:
        raise ValueError(
            "A Sequential model needs a keras.Input as its first layer, and features of one "
            f"modality. Received: {'a' if model.built else 'no'} keras.Input, and features of "
            f"{', '.join(shapes)}."
        )
    (name,), (tensor,) = shapes, model.inputs
    inputs = output = keras.Input(tensor.shape[1:], name=name, dtype=tensor.dtype)
    for layer in model.layers:
        output = layer(output)
    return keras.Model({name: inputs}, output)


def _modalities_of(model, shapes):
    """The names of the modalities that a model has as inputs, in the order of the features."""
    inputs = model.input if isinstance(model.input, dict) else {i.name: i for i in model.inputs}
    if len(inputs) == len(shapes) == 1 and not isinstance(model.input, dict):
        inputs = dict(zip(shapes, inputs.values()))  # one of each, whatever the name
    if set(inputs) - set(shapes):
        raise ValueError(
            f"The model needs the modalities {', '.join(sorted(inputs))}. The features have "
            f"{', '.join(sorted(shapes))}. Name the inputs of the model after the modalities."
        )
    for name, tensor in inputs.items():
        wanted = tuple(tensor.shape[1:])
        matches = len(wanted) == len(shapes[name]) and all(
            size in (None, known) for size, known in zip(wanted, shapes[name])
        )
        if not matches:
            raise ValueError(
                f"The model needs {name} features of shape {wanted}. "
                f"The features have {tuple(shapes[name])}."
            )
    return [name for name in shapes if name in inputs]
