"""Classifier: from raw samples to class names; saved as one folder without pickle."""

import inspect
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mm_keras.evaluation import metrics
from mm_keras.features.features import Features
from mm_keras.saving import folder as saved_folder
from mm_keras.saving.estimators import NOT_SAVED, encode
from mm_keras.saving.known import Untrusted
from mm_keras.saving.loading import (
    check_saved_names,
    check_trusted,
    estimators,
    get_untrusted_types,
    read_estimators,
)
from mm_keras.serving import export
from mm_keras.utils.files import clean_leftovers
from mm_keras.utils.keras_tools import predict_padded
from mm_keras.utils.labels import check_class_names, relabel
from mm_keras.utils.messages import collected, report_bad, report_merged
from mm_keras.utils.sequences import as_sequence, check_lengths, columns_of
from mm_keras.utils.shapes import TokenIds, has_values, num_ids_of

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
                the features.
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
        samples = self._samples(data, texts, images)
        num_samples = len(next(iter(samples.values())))
        probabilities = np.zeros((num_samples, len(self.class_names)), np.float32)
        known = {name: np.zeros(num_samples, bool) for name in samples}
        notes = []
        for start in range(0, num_samples, batch_size):
            rows = slice(start, start + batch_size)
            with collected() as new_notes:
                arrays = self.features.transform({name: samples[name][rows] for name in samples})
            notes += [(range(start, num_samples), note) for note in new_notes]
            width = batch_size if start else min(batch_size, num_samples)
            probabilities[rows] = predict_padded(self.model, arrays, width)
            for name, array in arrays.items():
                known[name][rows] = has_values(array, self.features.shapes[name])
        report_merged(notes)
        probabilities = self._checked(probabilities)
        nothing = np.flatnonzero(~np.any(list(known.values()), axis=0)).tolist()
        report_bad([_sample_id(data, row) for row in nothing], *NOTHING_KNOWN)
        return (probabilities, known) if return_known else probabilities

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
        with saved_folder.replaced(path) as folder:
            self._write(folder)

    def export(self, path: str | os.PathLike, format: str = "savedmodel", raw: bool = True) -> None:
        """Write one model for other programs: "savedmodel", "onnx" or "keras".

        See `mm_keras.serving.export`.
        """
        export(self, path, format, raw)

    def _write(self, folder):
        from mm_keras.saving.network import save_network

        arrays = {}
        modalities = {
            name: {
                "shape": state["shape"],
                "num_ids": num_ids_of(state["shape"]),
                **{
                    key: encode(state[key], arrays, without=NOT_SAVED)
                    for key in ("extractor", "scaler")
                },
            }
            for name, state in self.features.state().items()
        }
        np.savez(folder / "arrays.npz", **arrays)
        save_network(self.model, folder / "model.keras")
        saved_folder.write_manifest(
            folder,
            {
                "class_names": self.class_names,
                "threshold": self.threshold,
                "scale": self.features.scale,
                "modalities": modalities,
                "made_with": saved_folder.versions(),
            },
        )

    @classmethod
    def load(cls, path: str | os.PathLike, trusted: Sequence[str] = ()) -> "Classifier":
        """Load a classifier written by `save`; its predictions are identical.

        A saved classifier can also come from somebody else: no code in it runs, and only known
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
        path, trusted = Path(path), check_trusted(trusted)
        clean_leftovers(path.absolute().parent)  # of a killed save
        manifest = saved_folder.read_manifest(path)
        from mm_keras.saving.network import check_output, load_network

        try:
            with saved_folder.reading(path / saved_folder.MANIFEST):
                features = _features(manifest, read_estimators(path, manifest, trusted))
            with saved_folder.reading(path / saved_folder.NETWORK):
                model = load_network(path / saved_folder.NETWORK, trusted)
        except Untrusted as error:
            types = sorted({error.path, *get_untrusted_types(path)} - set(trusted))
            raise ValueError(
                f"{path} needs {error}. "
                f"If you made this classifier or trust its author, pass trusted={types}."
            ) from None
        with saved_folder.reading(path / saved_folder.MANIFEST):
            classifier = cls(features, model, manifest["class_names"], manifest["threshold"])
        with saved_folder.reading(path / saved_folder.NETWORK):
            check_output(model, classifier.features.shapes)
        saved_folder.note_versions(path, manifest.get("made_with"))
        return classifier

    def _samples(self, data, texts, images):
        """The samples of every modality of the features; None where a modality is not passed."""
        names = list(self.features.shapes)
        if data is None:
            samples = {"text": texts, "image": images}
        else:
            samples = columns_of(data)
            missing = [name for name in names if name not in samples]
            if missing:
                raise ValueError(
                    f"predict needs the modalities {', '.join(names)}. Received: "
                    f"{', '.join(map(str, samples))}. Missing: {', '.join(missing)}. "
                    "If no sample has a modality, pass a list of None."
                )
        samples = {
            name: as_sequence(values, f"{name} samples")
            for name, values in samples.items()
            if values is not None and name in names
        }
        if not samples:
            raise ValueError(
                f"predict needs samples of {' or '.join(names)}. Received none: "
                "pass data, or texts=[...] and images=[...]."
            )
        lengths = {f"{name} samples": len(values) for name, values in samples.items()}
        check_lengths(lengths)
        missing = [None] * next(iter(lengths.values()))
        return {name: samples.get(name, missing) for name in names}


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


def _sample_id(data, row):
    """The id of a sample of MultimodalData, otherwise its row number."""
    return data.ids[row] if hasattr(data, "ids") else row


def _features(manifest, modalities):
    """The fitted features described by a manifest and its modalities."""
    reserved = set(inspect.signature(Features).parameters) & set(modalities)
    if reserved:
        raise ValueError(f"it has a modality with the name {min(reserved)}")
    state = {}
    for name, part in modalities.items():
        extractor, scaler = estimators(part)
        shape, num_ids = part["shape"], part["num_ids"]
        shape = TokenIds(*shape, num_ids) if num_ids else shape
        state[name] = {"shape": shape, "extractor": extractor, "scaler": scaler}
    return Features.from_state(manifest["scale"], state)
