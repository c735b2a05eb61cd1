"""scikit-learn classifiers as contenders."""

import numpy as np

from mm_keras.comparison.contenders.base import (
    Contender,
    Fitted,
    describe_modalities,
    weighted,
    without_weights,
)


class Estimator(Contender):
    """A scikit-learn classifier on the features of its modalities, scaled and put side by side.

    One without `predict_proba`, such as the linear SVM, gives margins; they become probabilities by softmax(margin / T),
    with the temperature T that has the lowest log loss on the inner validation split.

    Args:
        estimator: an unfitted classifier. For multi-label data it is wrapped in `OneVsRestClassifier`.
        modalities: sequence of str; None (default): all that the data has.
        param_candidates: list of dicts of its parameters to choose from; default: nothing is tuned. "image_weight" and the like are
            no parameters but what the features of this modality are multiplied with.
        features: which features it sees, see `Contender`.
        name: str, what the estimator is called in words; head: its short name. Default: the class's name.

    Example:
        >>> from sklearn.ensemble import RandomForestClassifier
        >>> forest = Estimator(RandomForestClassifier(), ["text"], param_candidates=[{"max_depth": 5}, {"max_depth": None}])
        >>> forest.title
        'text alone, RandomForestClassifier'
    """

    library = "scikit-learn"

    def __init__(
        self,
        estimator,
        modalities=None,
        param_candidates=({},),
        features="vector",
        name=None,
        head=None,
    ):
        self.estimator, self.param_candidates, self.features = (
            estimator,
            tuple(param_candidates),
            features,
        )
        self.modalities = None if modalities is None else tuple(modalities)
        self.head = head or type(estimator).__name__
        self.name = name or self.head
        self.needs_validation = not hasattr(estimator, "predict_proba")

    @property
    def level(self):
        return self.modalities[0] if len(self.modalities) == 1 else "feature"

    @property
    def operator(self):
        return None if len(self.modalities) == 1 else "concat"

    @property
    def title(self):
        return f"{describe_modalities(self.modalities)}, {self.name}"

    @property
    def description(self):
        return f"{self.title}. scikit-learn: {' '.join(repr(self.estimator).split())}." + (
            " Its margins become probabilities by a softmax with a fitted temperature."
            if self.needs_validation
            else ""
        )

    def score_setting(self, train, validation, setting, seed):
        fitted = self.fit(train, setting, seed)
        probabilities = fitted.predict(validation.arrays)
        if not self.needs_validation:
            return probabilities, {}
        from mm_keras.fusion.decision import fit_temperature

        # a class that was not among the training samples has probability 0, and no temperature can change that
        known = (
            np.ones(len(validation), bool)
            if train.is_multi_label
            else np.isin(validation.labels, train.labels)
        )
        if not known.any():
            return probabilities, {"temperature": 1.0}
        seen_classes = slice(None) if train.is_multi_label else np.unique(train.labels)
        labels = (
            validation.labels[known]
            if train.is_multi_label
            else np.searchsorted(seen_classes, validation.labels[known])
        )
        found = {"temperature": fit_temperature(probabilities[known][:, seen_classes], labels)}
        return fitted.predict(validation.arrays, **found), found

    def fit(self, train, setting, seed):
        parameters = without_weights(setting, train.arrays)
        usual = parameters.pop("temperature", 1.0)
        model = self._unfitted(parameters, seed, train.is_multi_label)
        model.fit(side_by_side(weighted(train.arrays, setting)), train.labels)
        num_classes, multi_label = train.num_classes, train.is_multi_label

        def predict(arrays, temperature=usual):
            return probabilities_of(
                model,
                side_by_side(weighted(arrays, setting)),
                num_classes,
                multi_label,
                temperature,
            )

        return Fitted(predict, num_learned(model))

    def _unfitted(self, setting, seed, multi_label):
        from sklearn.base import clone
        from sklearn.multiclass import OneVsRestClassifier

        model = clone(self.estimator).set_params(**setting)
        seeds = {
            name: seed
            for name, value in model.get_params().items()
            if name.endswith("random_state") and value is None
        }
        model.set_params(**seeds)
        return OneVsRestClassifier(model) if multi_label else model


def side_by_side(arrays):
    """All features of a sample in one row: (n, sum of sizes)."""
    return np.hstack([array.reshape(len(array), -1) for array in arrays.values()])


def probabilities_of(model, rows, num_classes, multi_label, temperature=1.0):
    """Class probabilities (n, num_classes) of a fitted classifier; a class that it has never seen has probability 0."""
    from scipy.special import expit, softmax

    if hasattr(model, "predict_proba"):
        probabilities = np.asarray(model.predict_proba(rows), dtype=float)
    else:
        if not hasattr(model, "decision_function"):
            raise ValueError(
                f"{type(model).__name__} has neither predict_proba nor decision_function: without probabilities it "
                "cannot compete. sklearn.calibration.CalibratedClassifierCV gives them."
            )
        margins = model.decision_function(rows) / temperature
        margins = np.stack([-margins / 2, margins / 2], axis=1) if margins.ndim == 1 else margins
        probabilities = expit(margins) if multi_label else softmax(margins, axis=1)
    if multi_label:
        return probabilities
    full = np.zeros((len(rows), num_classes))
    full[:, np.asarray(model.classes_, dtype=int)] = probabilities
    return full


def num_learned(model):
    """How many coefficients a fitted linear model has; None for other kinds."""
    parts = model.estimators_ if isinstance(getattr(model, "estimators_", None), list) else [model]
    sizes = [
        np.size(getattr(part, name))
        for part in parts
        for name in ("coef_", "intercept_")
        if hasattr(part, name)
    ]
    return int(sum(sizes)) if sizes else None
