"""Classifier: from raw samples to class names; saved as one folder without pickle."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mm_keras.evaluation import metrics
from mm_keras.features.features import Features
from mm_keras.saving import estimators as saving
from mm_keras.saving import folder as saved_folder
from mm_keras.serving import export
from mm_keras.utils.keras_tools import predict_padded
from mm_keras.utils.shapes import TokenIds, num_ids_of

if TYPE_CHECKING:
    import keras

    from mm_keras.datasets import MultimodalData


class Classifier:
    """Fitted features, a trained Keras model and class names: from raw samples to class names.

    Args:
        features: a fitted `Features`.
        model: a keras.Model whose inputs are a dict with the features' modalities and whose output
            is (n, classes).
        class_names: sequence of str, one per output of the model.
        threshold: None for mutually exclusive classes (softmax); for multi-label models the minimum
            probability of a predicted label, e.g. 0.5.

    Raises:
        ValueError: the number of class names differs from that of the model's outputs, or the
            features lack a modality of the model.
    """

    def __init__(
        self,
        features: Features,
        model: "keras.Model",
        class_names: Sequence[str],
        threshold: float | None = None,
    ):
        self.features = features
        self.model = model
        self.threshold = threshold
        self.class_names = tuple(map(str, class_names))
        if model.output_shape[-1] != len(self.class_names):
            raise ValueError(
                f"The model has {model.output_shape[-1]} outputs, but {len(self.class_names)} "
                f"class names were passed: {', '.join(self.class_names)}."
            )
        needed = set(model.input if isinstance(model.input, dict) else [])
        if needed - set(features.shapes):
            raise ValueError(
                f"The model needs the modalities {sorted(needed)}. The features have "
                f"{sorted(features.shapes)}."
            )

    def predict_proba(
        self,
        data: "MultimodalData | dict[str, Sequence] | None" = None,
        texts: Sequence[str | None] | None = None,
        images: Sequence | np.ndarray | None = None,
        batch_size: int = 256,
    ) -> np.ndarray:
        """Class probabilities, float32 (n, classes).

        Pass either `data`, or `texts` or `images` or both. A modality that is not passed counts as
        missing.

        Args:
            data: MultimodalData, or a dict of sequences keyed by modality.
            texts: list of str.
            images: list of paths, arrays or None, or an array (n, H, W[, 3]).
            batch_size: int, the number of samples extracted and predicted at a time.
        """
        samples = self._samples(data, texts, images)
        num_samples = len(next(iter(samples.values())))
        batches = [np.zeros((0, len(self.class_names)), np.float32)]
        for start in range(0, num_samples, batch_size):
            arrays = self.features.transform(
                {name: values[start : start + batch_size] for name, values in samples.items()}
            )
            batches.append(
                predict_padded(
                    self.model, arrays, batch_size if start else min(batch_size, num_samples)
                )
            )
        return np.concatenate(batches)

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

        See `evaluation.metrics.evaluate`.
        """
        if data.labels is None:
            raise ValueError("evaluate needs labels. Received data without labels: use predict.")
        if data.class_names != self.class_names:
            raise ValueError(
                f"The data's classes are {data.class_names}, the classifier's are "
                f"{self.class_names}."
            )
        return metrics.evaluate(data.labels, self.predict_proba(data), self.class_names)

    def save(self, path: str | os.PathLike) -> None:
        """Write one folder: classifier.json, arrays.npz and model.keras.

        If writing fails, no incomplete folder is left behind.

        Raises:
            FileExistsError: `path` exists and is not a saved classifier, or has further files.
            TypeError: an extractor that cannot be saved without pickle.
        """
        with saved_folder.replaced(path) as folder:
            self._write(folder)

    def export(self, path: str | os.PathLike, format: str = "savedmodel", raw: bool = True) -> None:
        """Write one model for other programs: "savedmodel", "onnx" or "keras".

        See `mm_keras.serving.export`.
        """
        export(self, path, format, raw)

    def _write(self, folder):
        import keras
        import sklearn

        from mm_keras.saving.network import save_network

        arrays = {}
        modalities = {
            name: {
                "shape": state["shape"],
                "num_ids": num_ids_of(state["shape"]),
                **{key: saving.encode(state[key], arrays) for key in ("extractor", "scaler")},
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
                "made_with": {"keras": keras.__version__, "scikit-learn": sklearn.__version__},
            },
        )

    @classmethod
    def load(cls, path: str | os.PathLike, trusted: Sequence[str] = saving.TRUSTED) -> "Classifier":
        """Load a classifier written by `save`; its predictions are identical.

        Args:
            path: the folder.
            trusted: packages whose scikit-learn estimators may be created; add your package if it
                has extractors of your own.

        Raises:
            FileNotFoundError: no such folder.
            ValueError: not a classifier, a damaged file, a newer version, or an estimator from a
                package not in `trusted`.
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
        """The samples of every modality of the features; None where a modality is not passed."""
        if data is None:
            samples = {"text": texts, "image": images}
        else:
            samples = {name: data[name] for name in getattr(data, "modalities", data)}
        samples = {
            name: values
            for name, values in samples.items()
            if values is not None and name in self.features.shapes
        }
        if not samples:
            raise ValueError(
                f"predict needs samples of {' or '.join(self.features.shapes)}. Received none: "
                "pass data, or texts=[...] and images=[...]."
            )
        for name, values in samples.items():
            if isinstance(values, (str, bytes, Path)) or not hasattr(values, "__len__"):
                raise TypeError(
                    f"The {name} samples must be a list. Received one {type(values).__name__}: "
                    "put it in a list."
                )
        lengths = {name: len(values) for name, values in samples.items()}
        if len(set(lengths.values())) > 1:
            raise ValueError(
                f"All modalities need the same number of samples. Received: {lengths}."
            )
        missing = [None] * next(iter(lengths.values()))
        return {name: samples.get(name, missing) for name in self.features.shapes}


def _features(manifest, arrays, trusted):
    """The fitted features described by a manifest."""
    return Features.from_state(
        manifest["scale"],
        {
            name: {
                "shape": TokenIds(*state["shape"], state["num_ids"])
                if state["num_ids"]
                else tuple(state["shape"]),
                **{
                    key: saving.decode(state[key], arrays, trusted)
                    for key in ("extractor", "scaler")
                },
            }
            for name, state in manifest["modalities"].items()
        },
    )
