"""What a contender is: something that is tuned and fitted on extracted training samples, and then gives probabilities."""

import copy
import time
from dataclasses import dataclass, field

import numpy as np

from mm_keras.evaluation.metrics import accuracy, log_loss
from mm_keras.utils.labels import one_hot


@dataclass
class TrainingSet:
    """Extracted training samples with labels.

    Attributes:
        shapes: dict, modality -> shape of one sample.
        arrays: dict, modality -> array (n, *shape).
        labels: int (n,), or 0/1 (n, num_classes) for multi-label data.
        num_classes: int.
        inner: (rows to train on, rows to choose with), two int arrays: the inner validation split.
        cache: dict that all contenders on these samples share, for networks that are part of several; see `once`.
    """

    shapes: dict
    arrays: dict
    labels: np.ndarray
    num_classes: int
    inner: tuple
    cache: dict = field(default_factory=dict)

    @property
    def is_multi_label(self):
        return self.labels.ndim == 2

    def __len__(self):
        return len(self.labels)

    def rows(self, index):
        """The samples at an index array."""
        return TrainingSet(
            self.shapes,
            {name: array[index] for name, array in self.arrays.items()},
            self.labels[index],
            self.num_classes,
            None,
        )

    def only(self, modalities):
        """These modalities alone, with the same cache."""
        return TrainingSet(
            {name: self.shapes[name] for name in modalities},
            {name: self.arrays[name] for name in modalities},
            self.labels,
            self.num_classes,
            self.inner,
            self.cache,
        )

    def cached(self, key, make):
        """`make()`, computed once for all contenders on these samples. Its CPU seconds count for each that uses it."""
        if key in self.cache:
            value, seconds = self.cache[key]
            self.cache["shared_seconds"] = self.cache.get("shared_seconds", 0.0) + seconds
            return value
        start, shared_seconds = time.process_time(), self.cache.get("shared_seconds", 0.0)
        value = make()
        self.cache[key] = (
            value,
            time.process_time() - start + self.cache.get("shared_seconds", 0.0) - shared_seconds,
        )
        return value


@dataclass
class Fitted:
    """A fitted contender: `predict(arrays)` -> probabilities (n, K), and how many numbers it learned (None: unknown)."""

    predict: object
    num_parameters: int | None


class Contender:
    """What all contenders have in common. A new kind needs `fit`, and `tune` where something is to be chosen.

    Attributes:
        title, description: str, for people; "" (default): the name of the class.
        level: "none", a modality's name, "data", "feature" or "decision"; operator, head: str or None.
        library: whose code it is.
        modalities: tuple of str, what it sees; None: all that the data has.
        features: "vector", "grid" or "data": which of the default features; or your own unfitted `Features`.
        param_candidates: tuple of dicts, what is tried; the first one is the usual one.
        needs_validation: bool, whether `tune` finds something besides the setting, such as the number of epochs.
    """

    library, level, operator, head, features, param_candidates, needs_validation = (
        "mm_keras",
        "none",
        None,
        None,
        "vector",
        ({},),
        False,
    )
    title = description = ""
    modalities = None

    def fit(self, train, setting, seed):
        """Fit on all samples of a `TrainingSet`; returns a `Fitted`."""
        raise NotImplementedError(
            f"{type(self).__name__} needs a method fit(train, setting, seed)."
        )

    def score_setting(self, train, validation, setting, seed):
        """Fit on one part, and return the probabilities of the other part and a dict of what was found with its help."""
        return self.fit(train, setting, seed).predict(validation.arrays), {}

    def choose(self, train, seed):
        """The setting with the best accuracy on the inner validation split (equal ones: with the lowest log loss)."""
        if len(self.param_candidates) == 1 and not self.needs_validation:
            return dict(self.param_candidates[0])

        inner_train, validation = (train.rows(rows) for rows in train.inner)
        tried = []
        for place, setting in enumerate(self.param_candidates):
            probabilities, found = self.score_setting(inner_train, validation, setting, seed)
            score = (
                accuracy(validation.labels, probabilities),
                -log_loss(validation.labels, probabilities),
                -place,
            )
            tried.append((score, {**setting, **found}))
        return max(tried, key=lambda one: one[0])[1]

    def with_setting(self, chosen):
        """A copy that tries only the setting that was chosen; what `tune` finds besides is to be found anew."""
        other = copy.copy(self)
        other.param_candidates = ({name: chosen[name] for name in self.param_candidates[0]},)
        return other

    def describe(self):
        """dict of JSON values: what it is, for the results and to recognize it when a run goes on."""
        title = self.title or type(self).__name__
        return {
            "title": title,
            "level": self.level,
            "operator": self.operator,
            "head": self.head,
            "library": self.library,
            "modalities": list(self.modalities or ()),
            "description": self.description or f"{title}.",
            "param_candidates": [dict(setting) for setting in self.param_candidates],
        }


class Majority(Contender):
    """The classes' shares in the training set, for every sample: what one knows without looking."""

    library, title, modalities = "scikit-learn", "majority class", ()
    description = "Predicts the share of each class in the training samples, whatever the sample."

    def fit(self, train, setting, seed):
        shares = one_hot(train.labels, train.num_classes, float).mean(axis=0)
        return Fitted(lambda arrays: np.tile(shares, (len(next(iter(arrays.values()))), 1)), 0)


def weighted(arrays, setting):
    """The arrays times the weights of their modalities that a setting has, such as {"image_weight": 0.3}.

    Example:
        >>> weighted({"text": np.ones(2), "image": np.ones(2)}, {"text_weight": 1.0, "image_weight": 0.5})
        {'text': array([1., 1.]), 'image': array([0.5, 0.5])}
    """
    weights = {name: setting.get(weight_key(name), 1) for name in arrays}
    return {
        name: array if weights[name] == 1 else array * array.dtype.type(weights[name])
        for name, array in arrays.items()
    }


def without_weights(setting, modalities):
    """What a setting holds besides the weights of these modalities."""
    keys = set(map(weight_key, modalities))
    return {key: value for key, value in setting.items() if key not in keys}


def weight_key(modality):
    """Under which key a setting holds the weight of a modality."""
    return f"{modality}_weight"


def describe_modalities(modalities):
    """What a contender sees, in words: "text alone", "text and image side by side"."""
    return (
        f"{modalities[0]} alone"
        if len(modalities) == 1
        else f"{' and '.join(modalities)} side by side"
    )
