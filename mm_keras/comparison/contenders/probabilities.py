"""Class probabilities of fitted scikit-learn classifiers, in agreement with their own `predict`."""

import numpy as np

from mm_keras.utils.formatting import shorten
from mm_keras.utils.messages import some_of

TOLERANCE = 1e-9  # two values that differ by less are a tie


class ClassProbabilities:
    """Class probabilities (n, num_classes) of a fitted classifier; 0 for unknown classes.

    They are those of `predict_proba`, or a softmax (multi-label: a sigmoid) of the values of
    `decision_function`. Neither must agree with `predict`: the values of a classifier may not be
    one per class, or ties of votes may be broken in another way. `reconcile` finds out.

    Args:
        model: fitted classifier.
        num_classes: int.
        multi_label: bool, whether there are 0/1 targets (n, num_classes).
        known_classes: int array, the classes of the training samples, for a classifier without
            `classes_`.
    """

    def __init__(self, model, num_classes, multi_label, known_classes=()):
        self.model = model
        self.num_classes = num_classes
        self.multi_label = multi_label
        self.classes = np.arange(num_classes)
        if not multi_label:
            self.classes = _checked_classes(model, num_classes, known_classes)
        self.follows_predict = False  # whether `predict` decides which class is the most likely one

    def __call__(self, rows, temperature=1.0):
        from scipy.special import expit, softmax

        values = self._values(rows, temperature)
        if self.follows_predict:
            values = _with_highest(values, self._predicted_columns(rows))
        if not hasattr(self.model, "predict_proba"):
            values = expit(values) if self.multi_label else softmax(values, axis=1)
        if self.multi_label:
            return values
        full = np.zeros((len(rows), self.num_classes))
        full[:, self.classes] = values
        return full

    def reconcile(self, rows):
        """The number of samples whose most likely class is not the one that `predict` returns.

        If there are any, `predict` decides from now on: its class and the most likely one exchange
        their values.
        """
        if self.multi_label or not hasattr(self.model, "predict") or self._predicts_highest():
            return 0
        values, columns = self._values(rows), self._predicted_columns(rows)
        predicted = values[np.arange(len(rows)), columns]
        count = int((predicted < values.max(axis=1) - TOLERANCE).sum())
        self.follows_predict = count > 0
        return count

    def _predicts_highest(self):
        """Whether `predict` takes the class with the highest value of `decision_function`."""
        from sklearn.linear_model._base import LinearClassifierMixin

        is_linear = type(self.model).predict is LinearClassifierMixin.predict
        return is_linear and not hasattr(self.model, "predict_proba")

    def _values(self, rows, temperature=1.0):
        """The values of `predict_proba` or `decision_function`, (n, number of known classes)."""
        name = type(self.model).__name__
        if hasattr(self.model, "predict_proba"):
            method, values = "predict_proba", _as_array(self.model.predict_proba(rows), float)
        elif hasattr(self.model, "decision_function"):
            method, values = "decision_function", _as_array(self.model.decision_function(rows))
            values = values / temperature
            if values.ndim == 1 and len(self.classes) == 2:
                values = np.stack([-values / 2, values / 2], axis=1)
        else:
            raise ValueError(
                f"{name} has neither predict_proba nor decision_function, so no class "
                "probabilities can be computed."
            )
        expected = (len(rows), len(self.classes))
        if values.shape != expected:
            raise ValueError(
                f"{method} must return one value per sample and class, {expected}. {name} "
                f"returned {values.shape}."
            )
        return values

    def _predicted_columns(self, rows):
        """The column of the class that `predict` returns for each sample."""
        predicted = np.asarray(self.model.predict(rows))
        if predicted.size != len(rows) or not np.isin(predicted, self.classes).all():
            raise ValueError(
                f"predict must return one of the classes {some_of(self.classes)} per sample, "
                f"({len(rows)},). {type(self.model).__name__} returned {predicted.shape}: "
                f"{shorten(predicted.ravel()[:9], 100)}."
            )
        order = np.argsort(self.classes)
        return order[np.searchsorted(self.classes, predicted.ravel(), sorter=order)]


def _checked_classes(model, num_classes, known_classes):
    """The class of each column: int array."""
    given = getattr(model, "classes_", known_classes)
    classes = _as_array(given)
    if (
        classes.ndim != 1
        or classes.dtype.kind not in "iubf"
        or len(np.unique(classes)) != len(classes)
        or not np.isin(classes, np.arange(num_classes)).all()
    ):
        raise ValueError(
            f"classes_ must hold the classes of the training samples, from 0 to {num_classes - 1}. "
            f"{type(model).__name__} has: {shorten(given, 100)}."
        )
    return classes.astype(int)


def _as_array(values, dtype=None):
    """The values as an array; arrays of different shapes, one per output, become an array (n,)."""
    try:
        return np.asarray(values, dtype=dtype)
    except ValueError:
        return np.fromiter(values, dtype=object)


def _with_highest(values, columns):
    """The values with the highest one of each row exchanged with the one in a given column."""
    values, rows = values.copy(), np.arange(len(values))
    highest = values.argmax(axis=1)
    top, own = values[rows, highest], values[rows, columns]
    values[rows, highest], values[rows, columns] = own, top
    return values
