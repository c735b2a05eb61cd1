"""MultimodalClassifier: training and prediction as one scikit-learn classifier."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, clone
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_consistent_length, check_is_fitted, column_or_1d

from mm_keras.datasets.data import MultimodalData
from mm_keras.datasets.splits import check_training_classes
from mm_keras.utils.quiet import quiet_start

if TYPE_CHECKING:
    from mm_keras.features import Features


class MultimodalClassifier(ClassifierMixin, BaseEstimator):
    """A scikit-learn classifier of raw samples: features, one network and class names.

    `cross_val_score`, `GridSearchCV` and other tools of scikit-learn can use it. The samples `X`
    are a table (pandas, polars) with a row for each sample, MultimodalData, or a dict of sequences
    keyed by modality (which scikit-learn cannot split).

    Args:
        features: unfitted `Features`, which are cloned before `fit`; default (None): those of
            `mm.training.default_features`. Their parameters can be set by their short names, e.g.
            `text__min_df` for `features__text__min_df`.
        level, operator, head, epochs, seed, balanced, calibrated, modality_weights: see
            `mm.training.train_cell`.
        columns: dict, the columns of a table by role, as for `MultimodalData.from_dataframe`, e.g.
            {"text": "title", "numbers": ["age", "price"]}. Default: each modality of the features
            is the column of that name.

    Attributes:
        classifier_: the `Classifier`, for `save`, `export` and `explain`.
        classes_: array (classes,) of the labels, sorted.
        history_: dict, name of a network -> its history.

    Raises:
        ValueError: no labels, labels of another kind than one class per sample, one class only.
        sklearn.exceptions.NotFittedError: `predict` before `fit`.

    Example:
        features = mm.Features(text=mm.text.TFIDF(), image=mm.image.HOG())
        search = GridSearchCV(
            mm.MultimodalClassifier(features, head="linear"),
            {"text__min_df": [1, 2], "image__orientations": [6, 9]},
        ).fit(table, table["label"])
        search.best_estimator_.classifier_.save("my_classifier")
    """

    def __init__(
        self,
        features: "Features | None" = None,
        level: str = "feature",
        operator: str | Callable | None = "concat",
        head: str | Callable = "dense",
        epochs: int | None = None,
        seed: int = 0,
        balanced: bool = False,
        calibrated: bool = True,
        modality_weights: str | dict[str, float] | None = "auto",
        columns: dict[str, Any] | None = None,
    ):
        self.features = features
        self.level = level
        self.operator = operator
        self.head = head
        self.epochs = epochs
        self.seed = seed
        self.balanced = balanced
        self.calibrated = calibrated
        self.modality_weights = modality_weights
        self.columns = columns

    def fit(self, X: Any, y: Any = None) -> Self:
        """Learn from samples and their labels; returns self.

        Args:
            X: the samples, see above.
            y: labels (n,): str, int or bool; default: those of MultimodalData.
        """
        with quiet_start():
            from mm_keras.training.cell import train_cell

        data = self._data(X)
        data, classes = _labeled(data, y)
        check_training_classes(data)
        trained = train_cell(
            data,
            self.level,
            self.operator,
            self.head,
            None if self.features is None else clone(self.features),
            self.epochs,
            self.seed,
            balanced=self.balanced,
            calibrated=self.calibrated,
            modality_weights=self.modality_weights,
        )
        self.classifier_, self.history_ = trained.classifier, trained.history
        self.classes_ = classes
        return self

    def predict_proba(self, X: Any) -> np.ndarray:
        """Probabilities of the classes in the order of `classes_`, float32 (n, classes)."""
        check_is_fitted(self)
        return self.classifier_.predict_proba(self._data(X))

    def predict(self, X: Any) -> np.ndarray:
        """The most probable class of each sample, array (n,) of values of `classes_`."""
        best = self.predict_proba(X).argmax(axis=1)
        return self.classes_[best]

    def score(self, X: Any, y: Any = None, sample_weight: Any = None) -> float:
        """The accuracy; without `y` on the labels of MultimodalData, matched by their names.

        Raises:
            ValueError: neither `y` nor labels, or `sample_weight` without `y`.
        """
        if y is not None:
            return super().score(X, y, sample_weight)
        if sample_weight is not None:
            raise ValueError("sample_weight needs y. Received: sample_weight without y. Pass both.")
        check_is_fitted(self)
        return self.classifier_.evaluate(self._data(X))["accuracy"]

    def set_params(self, **params: Any) -> Self:
        """Set parameters; those of the features also by short names, see `Features.set_params`.

        Raises:
            ValueError: a name that is not a parameter.
        """
        own = self.get_params(deep=False)
        extractors = getattr(params.get("features", self.features), "extractors", {})
        names = {}
        for key in params:
            name = key.partition("__")[0]
            if "__" in key and not extractors and (name == "features" or name not in own):
                raise ValueError(
                    f"{key!r} is a parameter of features. Received: no features. "
                    "Pass features=mm.Features(...) first."
                )
            names[key] = f"features__{key}" if name in extractors and name not in own else key
        return super().set_params(**{names[key]: value for key, value in params.items()})

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.dict = tags.input_tags.string = tags.input_tags.allow_nan = True
        return tags

    def _data(self, X):
        """The samples as MultimodalData."""
        if isinstance(X, Sequence) and len(X) and all(hasattr(part, "modalities") for part in X):
            return _merged(X)  # by scikit-learn's splits, sample by sample
        if hasattr(X, "modalities"):
            return X
        names = list(self.features.extractors) if self.features is not None else []
        is_table = isinstance(X, Mapping) or getattr(X, "columns", None) is not None
        if not is_table:
            raise TypeError(
                "X must be a table (pandas, polars), MultimodalData, or a dict such as "
                f"{{'text': [...], 'image': [...]}}. Received: a {type(X).__name__}."
            )
        columns = X if isinstance(X, Mapping) else list(X.columns)
        if isinstance(X, Mapping) and not names and any(map(_is_no_column, X)):
            names = list(X)
        if self.columns is None and names and all(name in columns for name in names):
            return MultimodalData({name: X[name] for name in names})
        return MultimodalData.from_dataframe(X, label=None, **(self.columns or {}))


def _is_no_column(name):
    """Whether this modality comes from several columns of a table, or is one of several texts."""
    return name in ("numbers", "categories", "vectors") or str(name).startswith(("text_", "image_"))


def _labeled(data, y):
    """The data with the labels `y`, or its own ones, and the sorted array of the classes."""
    class_names = None
    if y is None:
        if data.labels is None or data.is_multi_label:
            raise ValueError(
                "fit needs one label per sample: pass y, or MultimodalData with labels. Received: "
                f"{'no labels' if data.labels is None else 'multi-label data'}."
            )
        y = np.array(data.class_names)[data.labels]
    y = column_or_1d(y, warn=True)
    check_classification_targets(y)
    check_consistent_length(data, y)
    classes, labels = np.unique(y, return_inverse=True)
    if data.labels is not None and np.array_equal(y, data.labels):  # numbers of known classes
        class_names = [data.class_names[number] for number in classes]
    return (
        MultimodalData(data.samples, labels, class_names or classes.tolist(), info=data.info),
        classes,
    )


def _merged(parts):
    """MultimodalData of one or more samples each, as one."""

    def join(values):
        if all(isinstance(value, np.ndarray) for value in values):
            if len({value.shape[1:] for value in values}) == 1:
                return np.concatenate(values)
        return [sample for value in values for sample in value]

    first = parts[0]
    return MultimodalData(
        {name: join([part[name] for part in parts]) for name in first.modalities},
        None if first.labels is None else np.concatenate([part.labels for part in parts]),
        first.class_names,
        info=first.info,
    )
