"""scikit-learn classifiers as contenders."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mm_keras.comparison.contenders.base import (
    Contender,
    Fitted,
    TrainingSet,
    describe_modalities,
    weighted,
    without_weights,
)
from mm_keras.comparison.contenders.probabilities import ClassProbabilities

if TYPE_CHECKING:
    from sklearn.base import BaseEstimator

    from mm_keras.features import Features


class Estimator(Contender):
    """A scikit-learn classifier on the scaled and concatenated features of its modalities.

    For an estimator without `predict_proba`, such as the linear SVM, probabilities are computed
    from the margins as softmax(margin / T), with the temperature T that has the lowest log loss on
    the inner validation split. The most likely class of a sample is always the one that the
    estimator's own `predict` returns.

    Args:
        estimator: an unfitted classifier. For multi-label data it is wrapped in
            `OneVsRestClassifier`.
        modalities: sequence of str; None (default): all modalities of the data.
        param_candidates: list of dicts of estimator parameters to choose from; default: no tuning.
            Keys such as "image_weight" are not parameters: the features of the modality are
            multiplied by the value.
        features: the kind of features, see `Contender`.
        name: str, the name of the estimator in words; head: its short name. Default: the name of
            the class.

    Example:
        >>> from sklearn.ensemble import RandomForestClassifier
        >>> candidates = [{"max_depth": 5}, {"max_depth": None}]
        >>> forest = Estimator(RandomForestClassifier(), ["text"], param_candidates=candidates)
        >>> forest.title
        'text alone, RandomForestClassifier'
    """

    library = "scikit-learn"

    def __init__(
        self,
        estimator: "BaseEstimator",
        modalities: Sequence[str] | None = None,
        param_candidates: Sequence[dict[str, Any]] = ({},),
        features: "str | Features" = "vector",
        name: str | None = None,
        head: str | None = None,
    ):
        self.estimator = estimator
        self.param_candidates = tuple(param_candidates)
        if not self.param_candidates or not all(
            isinstance(candidate, Mapping) for candidate in self.param_candidates
        ):
            raise ValueError(
                "param_candidates must be a list of at least one dict of parameters. Received: "
                f"{param_candidates!r}. Omit it to use the estimator as it is."
            )
        self.features = features
        self.modalities = None if modalities is None else tuple(modalities)
        self.head = head or type(estimator).__name__
        self.name = name or self.head
        self.needs_validation = not hasattr(estimator, "predict_proba")

    @property
    def level(self) -> str:
        return self.modalities[0] if len(self.modalities) == 1 else "feature"

    @property
    def operator(self) -> str | None:
        return None if len(self.modalities) == 1 else "concat"

    @property
    def title(self) -> str:
        return f"{describe_modalities(self.modalities)}, {self.name}"

    @property
    def description(self) -> str:
        text = f"{self.title}. scikit-learn: {' '.join(repr(self.estimator).split())}."
        if self.needs_validation:
            text += " Probabilities are a softmax of its margins with a fitted temperature."
        return text

    def score_setting(
        self, train: TrainingSet, validation: TrainingSet, setting: dict[str, Any], seed: int
    ) -> tuple[np.ndarray, dict[str, Any]]:
        fitted = self.fit(train, setting, seed)
        fitted.reconcile(validation.arrays)
        probabilities = fitted.predict(validation.arrays)
        if not self.needs_validation:
            return probabilities, {}
        from mm_keras.fusion.decision import fit_temperature

        if train.is_multi_label:
            known, known_classes = np.ones(len(validation), bool), slice(None)
            labels = validation.labels
        else:
            # A class without training samples has probability 0 at any temperature.
            known = np.isin(validation.labels, train.labels)
            if not known.any():
                return probabilities, {"temperature": 1.0}
            known_classes = np.unique(train.labels)
            labels = np.searchsorted(known_classes, validation.labels[known])
        temperature = fit_temperature(probabilities[known][:, known_classes], labels)
        probabilities = fitted.predict(validation.arrays, temperature=temperature)
        return probabilities, {"temperature": temperature}

    def fit(self, train: TrainingSet, setting: dict[str, Any], seed: int) -> Fitted:
        parameters = without_weights(setting, train.arrays)
        default_temperature = parameters.pop("temperature", 1.0)
        model = self._unfitted(parameters, seed, train.is_multi_label)
        model.fit(concatenate(weighted(train.arrays, setting)), train.labels.copy())
        known_classes = () if train.is_multi_label else np.unique(train.labels)
        probabilities = ClassProbabilities(
            model, train.num_classes, train.is_multi_label, known_classes
        )

        def predict(arrays, temperature=default_temperature):
            return probabilities(concatenate(weighted(arrays, setting)), temperature)

        def reconcile(arrays):
            return probabilities.reconcile(concatenate(weighted(arrays, setting)))

        return Fitted(predict, num_learned(model), reconcile)

    def _unfitted(self, setting, seed, multi_label):
        from sklearn.base import clone
        from sklearn.multiclass import OneVsRestClassifier

        model = clone(self.estimator).set_params(**setting)
        changes = {}
        for name, value in model.get_params().items():
            if name.endswith("random_state") and value is None:
                changes[name] = seed
            # The values of pairs of classes; what is learned and predicted does not depend on it.
            if name.endswith("decision_function_shape") and value == "ovo":
                changes[name] = "ovr"
        model.set_params(**changes)
        return OneVsRestClassifier(model) if multi_label else model


def concatenate(arrays):
    """All features of a sample in one row: (n, total number of features)."""
    return np.hstack([array.reshape(len(array), -1) for array in arrays.values()])


def num_learned(model):
    """Number of coefficients of a fitted linear model; None for other models."""
    members = (
        model.estimators_ if isinstance(getattr(model, "estimators_", None), list) else [model]
    )
    sizes = [
        np.size(getattr(member, name))
        for member in members
        for name in ("coef_", "intercept_")
        if hasattr(member, name)
    ]
    return int(sum(sizes)) if sizes else None
