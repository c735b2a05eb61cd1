"""Classifier: features + model + class names; raw samples in, class names out; saved as one folder without pickle."""

from pathlib import Path

import numpy as np

from mm_keras.evaluation import metrics
from mm_keras.features.features import Features
from mm_keras.saving import estimators as saving
from mm_keras.saving import folder as saved_folder
from mm_keras.serving import export
from mm_keras.utils.keras_tools import predict_padded
from mm_keras.utils.shapes import TokenIds, num_ids_of


class Classifier:
    """From raw samples to class names: fitted features, a trained Keras model and the names of the classes.

    Args:
        features: a fitted `Features`.
        model: a keras.Model whose inputs are a dict with the features' modalities and whose output is (n, classes).
        class_names: sequence of str, one per output of the model.
        threshold: None when the classes exclude each other (softmax); for multi-label models the probability from which
            a label is given, e.g. 0.5.

    Raises:
        ValueError: a number of class names that is not the number of the model's outputs, or a modality the features lack.
    """

    def __init__(self, features, model, class_names, threshold=None):
        self.features, self.model, self.threshold = features, model, threshold
        self.class_names = tuple(map(str, class_names))
        if model.output_shape[-1] != len(self.class_names):
            raise ValueError(
                f"The model has {model.output_shape[-1]} outputs, but {len(self.class_names)} class names were given: "
                f"{', '.join(self.class_names)}."
            )
        needed = set(model.input if isinstance(model.input, dict) else [])
        if needed - set(features.shapes):
            raise ValueError(
                f"The model needs the modalities {sorted(needed)}. The features make {sorted(features.shapes)}."
            )

    def predict_proba(self, data=None, texts=None, images=None, batch_size=256):
        """Class probabilities, float32 (n, classes).

        Args:
            data: MultimodalData or a dict of sequences keyed by modality; or leave it out and pass
            texts: list of str, and / or
            images: list of paths, arrays or None, or an array (n, H, W[, 3]). A modality that is not given counts as missing.
            batch_size: int, how many samples are extracted and predicted at a time.
        """
        samples = self._samples(data, texts, images)
        num_samples = len(next(iter(samples.values())))
        parts = [np.zeros((0, len(self.class_names)), np.float32)]
        for start in range(0, num_samples, batch_size):
            arrays = self.features.transform(
                {name: values[start : start + batch_size] for name, values in samples.items()}
            )
            parts.append(
                predict_padded(
                    self.model, arrays, batch_size if start else min(batch_size, num_samples)
                )
            )
        return np.concatenate(parts)

    def predict(self, data=None, texts=None, images=None):
        """Class names, a list of n str; for multi-label models a list of n tuples of str. Arguments as `predict_proba`."""
        return self.names(self.predict_proba(data, texts, images))

    def names(self, probabilities):
        """The class names that belong to an array of class probabilities (n, classes)."""
        if self.threshold is None:
            return [self.class_names[k] for k in probabilities.argmax(axis=1)]
        return [
            tuple(np.array(self.class_names)[row >= self.threshold].tolist())
            for row in probabilities
        ]

    def evaluate(self, data):
        """Accuracy, macro-F1, log loss and the scores per class on labeled data; see `evaluation.metrics.evaluate`."""
        if data.labels is None:
            raise ValueError("evaluate needs labels. Received data without labels: use predict.")
        if data.class_names != self.class_names:
            raise ValueError(
                f"The data's classes are {data.class_names}, the classifier's are {self.class_names}."
            )
        return metrics.evaluate(data.labels, self.predict_proba(data), self.class_names)

    def save(self, path):
        """Write one folder: classifier.json, arrays.npz and model.keras. Nothing half-written is left behind.

        Raises:
            FileExistsError: `path` exists and is not a classifier saved before, or holds further files.
            TypeError: an extractor that cannot be saved without pickle.
        """
        with saved_folder.replaced(path) as folder:
            self._write(folder)

    def export(self, path, format="savedmodel", raw=True):
        """Write one model for other programs: "savedmodel", "onnx" or "keras"; see `mm_keras.serving.export`."""
        export(self, path, format, raw)

    def _write(self, folder):
        import keras
        import sklearn

        from mm_keras.saving.network import save_network

        arrays = {}
        modalities = {
            name: {
                "shape": part["shape"],
                "num_ids": num_ids_of(part["shape"]),
                **{key: saving.encode(part[key], arrays) for key in ("extractor", "scaler")},
            }
            for name, part in self.features.state().items()
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
                "made_with": {"keras": keras.__version__, "scikit-learn": sklearn.__version__},
            },
        )

    @classmethod
    def load(cls, path, trusted=saving.TRUSTED):
        """Read a classifier that `save` wrote; it predicts exactly what the saved one predicted.

        Args:
            path: the folder.
            trusted: packages whose scikit-learn estimators may be made; add your own when you wrote an extractor yourself.

        Raises:
            FileNotFoundError: no such folder.
            ValueError: not a classifier, a damaged file, a newer version, or an estimator from a package not in `trusted`.
        """
        path = Path(path)
        manifest = saved_folder.read_manifest(path)
        from mm_keras.saving.network import load_network

        with np.load(path / "arrays.npz", allow_pickle=False) as file:
            arrays = dict(file)
        model = load_network(path / "model.keras")
        try:
            return cls(
                _features(manifest, arrays, trusted),
                model,
                manifest["class_names"],
                manifest["threshold"],
            )
        except (KeyError, TypeError, AttributeError, IndexError) as error:
            raise ValueError(
                f"{path / saved_folder.MANIFEST} is damaged ({type(error).__name__}: {error})."
            ) from error

    def _samples(self, data, texts, images):
        """The samples of every modality that the features need; None where a modality is not given."""
        given = (
            {"text": texts, "image": images}
            if data is None
            else {name: data[name] for name in getattr(data, "modalities", data)}
        )
        given = {
            name: values
            for name, values in given.items()
            if values is not None and name in self.features.shapes
        }
        if not given:
            raise ValueError(
                f"predict needs samples of {' or '.join(self.features.shapes)}. Received none: pass data, "
                "or texts=[...] and images=[...]."
            )
        for name, values in given.items():
            if isinstance(values, (str, bytes, Path)) or not hasattr(values, "__len__"):
                raise TypeError(
                    f"The {name} samples must be a list. Received one {type(values).__name__}: put it in a list."
                )
        lengths = {name: len(values) for name, values in given.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(
                f"All modalities need the same number of samples. Received: {lengths}."
            )
        missing = [None] * next(iter(lengths.values()))
        return {name: given.get(name, missing) for name in self.features.shapes}


def _features(manifest, arrays, trusted):
    """The fitted features that a manifest describes."""
    return Features.from_state(
        manifest["scale"],
        {
            name: {
                "shape": TokenIds(*part["shape"], part["num_ids"])
                if part["num_ids"]
                else tuple(part["shape"]),
                **{
                    key: saving.decode(part[key], arrays, trusted)
                    for key in ("extractor", "scaler")
                },
            }
            for name, part in manifest["modalities"].items()
        },
    )
