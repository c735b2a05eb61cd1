"""Keras networks as contenders: unimodal, data-level and feature-level ones, and your own."""

from collections.abc import Callable, Sequence
from dataclasses import replace
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
from mm_keras.utils.hashing import sha256
from mm_keras.utils.keras_tools import import_keras, predict_padded
from mm_keras.utils.random_state import seeded

if TYPE_CHECKING:
    import keras

    from mm_keras.features import Features

BATCH_SIZE = 256


class KerasContender(Contender):
    """Base class of the Keras contenders; `_trained` returns a trained model and its history.

    The learning rate is the default of the head times the setting's `rate_factor`. Each setting is
    trained with early stopping on the log loss of the inner validation split, and dropped if it is
    clearly behind an earlier one (`StopWhenBehind`). The best setting is then trained on all
    training samples for its best number of epochs. A setting may also contain weights of
    modalities, see `base.weighted`.
    """

    needs_validation = races = True

    def score_setting(
        self, train: TrainingSet, validation: TrainingSet, setting: dict[str, Any], seed: int
    ) -> tuple[np.ndarray, dict[str, Any]]:
        return self.score_in_race(train, validation, setting, seed, [])

    def score_in_race(
        self,
        train: TrainingSet,
        validation: TrainingSet,
        setting: dict[str, Any],
        seed: int,
        race: list,
    ) -> tuple[np.ndarray, dict[str, Any]] | None:
        def score():
            from mm_keras.comparison.contenders.racing import StopWhenBehind
            from mm_keras.training.fit import PATIENCE_AFTER_PLATEAU, targets_of

            arrays = weighted(validation.arrays, setting)
            stop = StopWhenBehind(race)
            model, history = self._trained_with(
                train,
                setting,
                seed,
                validation=(arrays, targets_of(validation)),
                patience_after_plateau=PATIENCE_AFTER_PLATEAU,
                callbacks=[stop],
            )
            losses = history["val_loss"]
            return None if stop.is_behind else predict_in_batches(model, arrays), losses

        key = self._key("inner", [train, validation], setting, seed, race)
        probabilities, losses = train.cache.compute(key, score) if key else score()
        race.append(losses)
        if probabilities is None:
            return None
        return probabilities, {"epochs": int(np.argmin(losses)) + 1}

    def train_finally(
        self, train: TrainingSet, setting: dict[str, Any], seed: int
    ) -> "tuple[keras.Model, dict[str, list[float]]]":
        """The model trained on all samples, and its history."""

        def fit():
            return self._trained_with(train, setting, seed, validation=False)

        key = self._key("final", [train], setting, seed)
        return train.cache.compute(key, fit) if key else fit()

    def fit(self, train: TrainingSet, setting: dict[str, Any], seed: int) -> Fitted:
        model, _ = self.train_finally(train, setting, seed)
        return Fitted(
            lambda arrays: predict_in_batches(model, weighted(arrays, setting)),
            model.count_params(),
        )

    def _key(self, what, samples, *others):
        """The cache key of a training that other contenders may need too; None: none does."""
        return None

    def _trained_with(self, train, setting, seed, **options):
        train = replace(train, arrays=weighted(train.arrays, setting))
        return self._trained(train, seed, **without_weights(setting, train.arrays), **options)


class Network(KerasContender):
    """A unimodal, data-level or feature-level network, trained with the defaults of its head.

    Args:
        level: "data", "feature", or the name of a modality.
        operator: str, not for one modality.
        head: "linear", "dense", "cnn" or "rnn".
        modalities: sequence of str.
        param_candidates: list of dicts with "rate_factor" and weights such as "image_weight";
            default: the head's default learning rate, and weights of 1.
    """

    def __init__(
        self,
        level: str,
        operator: str | None = None,
        head: str = "dense",
        modalities: Sequence[str] = ("text", "image"),
        param_candidates: Sequence[dict[str, Any]] = ({"rate_factor": 1.0},),
    ):
        self.level = level
        self.operator = operator
        self.head = head
        self.param_candidates = tuple(param_candidates)
        self.modalities = (level,) if level in modalities else tuple(modalities)

    @property
    def features(self) -> str:
        import_keras()
        from mm_keras.training.feature_kinds import feature_kind

        return feature_kind(self.level, self.head, self.operator)

    @property
    def title(self) -> str:
        if self.level in self.modalities:
            return f"{describe_modalities(self.modalities)}, {self.head} head"
        return f"{self.level} level, {self.operator}, {self.head} head"

    @property
    def description(self) -> str:
        from mm_keras.training.fit import training_defaults

        defaults = training_defaults(self.head)
        return (
            f"{self.title}. A Keras network, trained with {defaults.optimizer} at a learning rate "
            f"of {defaults.learning_rate:g} times the factor, for the best number of epochs on the "
            f"inner validation split (at most {defaults.epochs})."
        )

    def _key(self, what, samples, *others):
        """For one modality alone: the decision level uses the same networks."""
        if self.level not in self.modalities or not type(self).__module__.startswith("mm_keras."):
            return None
        from mm_keras.training.fit import head_for

        arrays = [array for one in samples for array in (one.arrays[self.level], one.labels)]
        head = head_for(arrays[0].shape[1:], self.head)
        digest = sha256(*(np.ascontiguousarray(array).view(np.uint8) for array in arrays))
        return what, self.level, head, digest, repr(others)

    def _trained(self, train, seed, **options):
        from mm_keras.training.networks import train_network

        return train_network(
            train.shapes, train.arrays, train, self.level, self.operator, self.head, seed, **options
        )


class Builder(KerasContender):
    """Your own Keras network: a function `(shapes, num_classes)` -> keras.Model, not compiled.

    The inputs of the model are a dict keyed by modality, and its output is (n, num_classes)
    probabilities, as for all our builders. It is trained like the dense head (`TrainingDefaults`);
    learning rate and number of epochs are chosen as for all contenders.

    Args:
        build: the function.
        modalities: sequence of str; None (default): all modalities of the data.
        features: the kind of features, see `Contender`. `shapes` holds the shape of one sample:
            (d,) for "vector", (rows, columns, channels) for images in "grid" and "data".
        param_candidates: as in `Network`.
    """

    library, operator = "yours", None

    def __init__(
        self,
        build: "Callable[[dict[str, tuple[int, ...]], int], keras.Model]",
        modalities: Sequence[str] | None = None,
        features: "str | Features" = "vector",
        param_candidates: Sequence[dict[str, Any]] = ({"rate_factor": 1.0},),
    ):
        self.build = build
        self.features = features
        self.param_candidates = tuple(param_candidates)
        self.modalities = None if modalities is None else tuple(modalities)
        self.head = getattr(build, "__name__", type(build).__name__)

    @property
    def level(self) -> str:
        return self.modalities[0] if len(self.modalities) == 1 else "feature"

    @property
    def title(self) -> str:
        return f"{' and '.join(self.modalities)}, {self.head}"

    @property
    def description(self) -> str:
        return (
            f"{self.title}. Your own Keras network, trained with Adam at the chosen learning rate "
            "for the chosen number of epochs."
        )

    def _trained(self, train, seed, **options):
        from mm_keras.training.fit import fit, targets_of

        with seeded(seed):
            model = self.build(dict(train.shapes), train.num_classes)
            inputs = model.input if isinstance(model.input, dict) else {}
            if set(inputs) != set(train.shapes):
                raise ValueError(
                    "The inputs of your own network must be a dict with the keys "
                    f"{', '.join(train.shapes)}. Received: {', '.join(inputs) or 'no dict'}. If it "
                    "needs fewer modalities, use Builder(build, modalities=[...])."
                )
            return model, fit(
                model,
                train.arrays,
                targets_of(train),
                "dense",
                train.is_multi_label,
                seed=seed,
                **options,
            )


def predict_in_batches(model, arrays):
    """Class probabilities that a Keras model predicts; all batches are padded to the same size.

    The layers are called one by one: TensorFlow would take longer to compile them to one function
    than they take for some thousand samples.
    """
    arrays = {name: arrays[name] for name in model.input}
    num_samples = len(next(iter(arrays.values())))
    batches = [
        predict_padded(
            model,
            {name: array[start : start + BATCH_SIZE] for name, array in arrays.items()},
            BATCH_SIZE,
            compiled=False,
        )
        for start in range(0, num_samples, BATCH_SIZE)
    ]
    return np.concatenate(batches).astype(np.float64)
