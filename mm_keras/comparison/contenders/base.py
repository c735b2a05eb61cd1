"""The base class of contenders, which are tuned and fitted on extracted features."""

import copy
import re
import time
import warnings
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from mm_keras.evaluation.metrics import accuracy, log_loss
from mm_keras.utils.formatting import shorten
from mm_keras.utils.image_files import is_machine_error
from mm_keras.utils.labels import one_hot

if TYPE_CHECKING:
    from mm_keras.features import Features


# Racing of the settings of a network, see `racing.StopWhenBehind`.
RACE_EPOCHS, RACE_MARGIN = 4, 0.1


class FailedSetting(UserWarning):
    """One of the settings tried failed; the message says which and why."""


class Cache(dict):
    """Values that are computed once, with the CPU seconds of computing them.

    Attributes:
        reused_seconds: float, the CPU seconds of values that were used again.
    """

    reused_seconds = 0.0

    def compute(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return `make()`, called at the first time only."""
        if key in self:
            value, seconds = self[key]
            self.reused_seconds += seconds
            return value
        start, reused_seconds = time.process_time(), self.reused_seconds
        value = make()
        seconds = time.process_time() - start + self.reused_seconds - reused_seconds
        self[key] = value, seconds
        return value


@dataclass
class TrainingSet:
    """Extracted training samples with labels.

    Attributes:
        shapes: dict, modality -> shape of one sample.
        arrays: dict, modality -> array (n, *shape).
        labels: int (n,), or 0/1 (n, num_classes) for multi-label data.
        num_classes: int.
        inner: (rows to train on, rows to validate on), two int arrays: the inner validation split.
        cache: `Cache` shared by all contenders on this split, for networks that several contenders
            use; see `cached`.
        scope: what distinguishes these samples from others with the same cache.
    """

    shapes: dict[str, tuple[int, ...]]
    arrays: dict[str, np.ndarray]
    labels: np.ndarray
    num_classes: int
    inner: tuple[np.ndarray, np.ndarray] | None
    cache: Cache = field(default_factory=Cache)
    scope: Hashable = None

    @property
    def is_multi_label(self) -> bool:
        return self.labels.ndim == 2

    def __len__(self) -> int:
        return len(self.labels)

    def copy(self) -> "TrainingSet":
        """The same samples in new arrays; the cache is shared."""
        arrays = {name: array.copy() for name, array in self.arrays.items()}
        return replace(self, arrays=arrays, labels=self.labels.copy())

    def rows(self, index: np.ndarray) -> "TrainingSet":
        """The samples at the positions in an index array."""
        return TrainingSet(
            self.shapes,
            {name: array[index] for name, array in self.arrays.items()},
            self.labels[index],
            self.num_classes,
            None,
            self.cache,
            object(),
        )

    def only(self, modalities: Sequence[str]) -> "TrainingSet":
        """The same samples with these modalities only; the cache is shared."""
        return TrainingSet(
            {name: self.shapes[name] for name in modalities},
            {name: self.arrays[name] for name in modalities},
            self.labels,
            self.num_classes,
            self.inner,
            self.cache,
            self.scope,
        )

    def cached(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return `make()`, computed once for all contenders on these samples.

        Its CPU seconds count for each contender that uses it.
        """
        return self.cache.compute((self.scope, key), make)


@dataclass
class Fitted:
    """A fitted contender.

    Attributes:
        predict: function, dict of arrays -> probabilities (n, num_classes).
        num_parameters: int, how many parameters were learned; None: unknown.
        reconcile: function, dict of arrays -> int, the number of these samples whose most likely
            class is not the one that the contender itself predicts; `predict` then takes the
            latter. None: it has no other way to predict a class.
    """

    predict: Callable[[dict[str, np.ndarray]], np.ndarray]
    num_parameters: int | None
    reconcile: Callable[[dict[str, np.ndarray]], int] | None = None


class Contender:
    """Base class of all contenders.

    A subclass implements `fit`, and `score_setting` if something is to be chosen on the validation
    samples in addition to the setting.

    Attributes:
        title, description: str, for the report; "" (default): the name of the class.
        level: "none", the name of a modality, "data", "feature" or "decision".
        operator, head: str or None.
        library: name of the library that implements it.
        modalities: tuple of str, the modalities it uses; None: all modalities of the data.
        features: "vector", "grid" or "data", a kind of default features; or unfitted `Features`.
        param_candidates: tuple of dicts, the settings to try; the first one is the default.
        needs_validation: bool, whether `score_setting` also chooses something else, such as the
            number of epochs.
        races: bool, whether settings that are clearly behind are dropped, see `score_in_race`.
    """

    title: str = ""
    description: str = ""
    level: str = "none"
    operator: str | None = None
    head: str | None = None
    library: str = "mm_keras"
    modalities: tuple[str, ...] | None = None
    features: "str | Features" = "vector"
    param_candidates: Sequence[dict[str, Any]] = ({},)
    needs_validation: bool = False
    races: bool = False

    def fit(self, train: TrainingSet, setting: dict[str, Any], seed: int) -> Fitted:
        """Fit on all samples of a `TrainingSet`."""
        raise NotImplementedError(
            f"{type(self).__name__} must implement fit(train, setting, seed)."
        )

    def score_setting(
        self, train: TrainingSet, validation: TrainingSet, setting: dict[str, Any], seed: int
    ) -> tuple[np.ndarray, dict[str, Any]]:
        """Fit on `train` and predict `validation`.

        Returns:
            `(probabilities, found)`: class probabilities of the validation samples, and a dict of
            what was chosen with their help, such as the number of epochs.
        """
        return self.fit(train, setting, seed).predict(validation.arrays), {}

    def score_in_race(
        self,
        train: TrainingSet,
        validation: TrainingSet,
        setting: dict[str, Any],
        seed: int,
        race: list,
    ) -> tuple[np.ndarray, dict[str, Any]] | None:
        """`score_setting`; or None for a setting that is clearly behind an earlier one.

        Args:
            race: list, shared by all settings, in which a contender keeps what it compares.
        """
        return self.score_setting(train, validation, setting, seed)

    def choose(self, train: TrainingSet, seed: int) -> dict[str, Any]:
        """The setting with the highest accuracy on the inner validation split.

        Ties are broken by the lowest log loss. A setting that is clearly behind an earlier one is
        dropped, see `score_in_race`. A setting that fails is left out, with a
        `FailedSetting` warning.

        Raises:
            The exception of the first setting, if all of them fail.
        """
        setting, failures = self.choose_with_failures(train, seed)
        for failure in failures:
            warnings.warn(failure, FailedSetting, stacklevel=2)
        return setting

    def choose_with_failures(
        self, train: TrainingSet, seed: int
    ) -> tuple[dict[str, Any], list[str]]:
        """What `choose` returns, and a description of each setting that failed."""
        if len(self.param_candidates) == 1 and not self.needs_validation:
            return dict(self.param_candidates[0]), []

        scored, errors, race = [], {}, []
        for position, setting in enumerate(self.param_candidates):
            inner_train, validation = (train.rows(rows) for rows in train.inner)
            try:
                result = self.score_in_race(inner_train, validation, dict(setting), seed, race)
                if result is None:
                    continue
                probabilities, found = result
                score = (
                    accuracy(validation.labels, probabilities),
                    -log_loss(validation.labels, probabilities),
                    -position,
                )
            except Exception as error:
                if _is_machine_error(error):  # it says nothing about the setting
                    raise
                errors[describe_setting(setting)] = error
                continue
            scored.append((score, {**setting, **found}))
        if not scored:
            raise next(iter(errors.values()))
        failures = [f"{setting} ({describe_error(error)})" for setting, error in errors.items()]
        return max(scored, key=lambda pair: pair[0])[1], failures

    def with_setting(self, chosen: dict[str, Any]) -> "Contender":
        """A copy that tries the chosen setting only.

        Whatever else `score_setting` chooses is chosen again.
        """
        other = copy.copy(self)
        other.param_candidates = ({name: chosen[name] for name in self.param_candidates[0]},)
        return other

    def describe(self) -> dict[str, Any]:
        """Describe the contender as a dict of JSON values, for the results."""
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
    """Baseline that predicts the class frequencies of the training set for every sample."""

    library, title, modalities = "scikit-learn", "majority class", ()
    description = "Predicts the class frequencies of the training set for every sample."

    def fit(self, train: TrainingSet, setting: dict[str, Any], seed: int) -> Fitted:
        shares = one_hot(train.labels, train.num_classes, float).mean(axis=0)
        return Fitted(lambda arrays: np.tile(shares, (len(next(iter(arrays.values()))), 1)), 0)


def weighted(arrays, setting):
    """The arrays multiplied by the weights in a setting, such as {"image_weight": 0.3}.

    Example:
        >>> arrays = {"text": np.ones(2), "image": np.ones(2)}
        >>> weighted(arrays, {"text_weight": 1.0, "image_weight": 0.5})
        {'text': array([1., 1.]), 'image': array([0.5, 0.5])}
    """
    weights = {name: setting.get(weight_key(name), 1) for name in arrays}
    return {
        name: array if weights[name] == 1 else array * array.dtype.type(weights[name])
        for name, array in arrays.items()
    }


def without_weights(setting, modalities):
    """A setting without the weights of these modalities."""
    keys = set(map(weight_key, modalities))
    return {key: value for key, value in setting.items() if key not in keys}


def weight_key(modality):
    """The key of a modality's weight in a setting."""
    return f"{modality}_weight"


def describe_modalities(modalities):
    """The inputs of a contender in words: "text alone", "text and image concatenated"."""
    if len(modalities) == 1:
        return f"{modalities[0]} alone"
    return f"{' and '.join(modalities)} concatenated"


def describe_setting(setting):
    """A setting in words.

    Example:
        >>> describe_setting({"C": 0.2, "image_weight": 1.0})
        'C = 0.2, image_weight = 1.0'
    """
    return ", ".join(f"{name} = {value}" for name, value in setting.items()) or "the defaults"


def describe_error(error, width=300):
    """An exception in one line of at most `width` columns, without terminal colors."""
    name = "" if type(error) is ValueError else f"{type(error).__name__}: "
    return name + shorten(re.sub("\x1b\\[[0-9;]*m", "", str(error)), width)


def _is_machine_error(error):
    """Whether memory, disk or file handles are lacking; the backends have their own exceptions."""
    is_resource_error = type(error).__name__ == "ResourceExhaustedError"
    return is_machine_error(error) or is_resource_error or "RESOURCE_EXHAUSTED" in str(error)
