"""Keras networks as contenders: one modality alone, the data and the feature level, and what you build yourself."""

from dataclasses import replace

import numpy as np

from mm_keras.comparison.contenders.base import (
    Contender,
    Fitted,
    describe_modalities,
    weighted,
    without_weights,
)
from mm_keras.utils.keras_tools import import_keras, predict_padded
from mm_keras.utils.random_state import seeded

BATCH_SIZE = 256


class KerasContender(Contender):
    """What the Keras contenders have in common: `_trained` makes a trained model and its history.

    The learning rate is the head's own times the setting's `rate_factor`. Each setting is trained until the log loss of
    the inner validation split has not fallen for some epochs; the best one is then trained on all training samples, for as
    many epochs as were best. A setting may also hold weights, see `contender.weighted`.
    """

    needs_validation = True

    def score_setting(self, train, validation, setting, seed):
        from mm_keras.training.fit import targets_of

        arrays = weighted(validation.arrays, setting)
        model, history = self._trained_with(
            train, setting, seed, validation=(arrays, targets_of(validation))
        )
        return predict_in_batches(model, arrays), {
            "epochs": int(np.argmin(history["val_loss"])) + 1
        }

    def fit(self, train, setting, seed):
        model, _ = self._trained_with(train, setting, seed, validation=False)
        return Fitted(
            lambda arrays: predict_in_batches(model, weighted(arrays, setting)),
            model.count_params(),
        )

    def _trained_with(self, train, setting, seed, validation):
        train = replace(train, arrays=weighted(train.arrays, setting))
        return self._trained(
            train, seed, validation=validation, **without_weights(setting, train.arrays)
        )


class Network(KerasContender):
    """A modality alone, the data level or the feature level, trained as its head says.

    Args:
        level: "data", "feature", or the name of a modality.
        operator: str, not for one modality.
        head: "linear", "dense", "cnn" or "rnn".
        modalities: sequence of str.
        param_candidates: list of dicts with "rate_factor" and weights such as "image_weight"; default: the head's own learning
            rate, and weights of 1.
    """

    def __init__(
        self,
        level,
        operator=None,
        head="dense",
        modalities=("text", "image"),
        param_candidates=({"rate_factor": 1.0},),
    ):
        self.level, self.operator, self.head, self.param_candidates = (
            level,
            operator,
            head,
            tuple(param_candidates),
        )
        self.modalities = (level,) if level in modalities else tuple(modalities)

    @property
    def features(self):
        import_keras()
        from mm_keras.training.defaults import feature_kind

        return feature_kind(self.level, self.head, self.operator)

    @property
    def title(self):
        if self.level in self.modalities:
            return f"{describe_modalities(self.modalities)}, {self.head} head"
        return f"{self.level} level, {self.operator}, {self.head} head"

    @property
    def description(self):
        from mm_keras.training.fit import training_defaults

        defaults = training_defaults(self.head)
        return (
            f"{self.title}. A Keras network, trained by {defaults.optimizer} at learning rate {defaults.learning_rate:g} times the factor, for the "
            f"number of epochs, at most {defaults.epochs}, that was best on the inner validation split."
        )

    def _trained(self, train, seed, **options):
        from mm_keras.training.cell import train_on_arrays

        found = train_on_arrays(
            train.shapes, train.arrays, train, self.level, self.operator, self.head, seed, **options
        )
        (history,) = found.history.values()
        return found.model, history


class Builder(KerasContender):
    """Your own Keras network: a function `(shapes, num_classes)` -> keras.Model, not compiled.

    Its inputs are a dict keyed by modality and its output is (n, num_classes) probabilities, as for all our builders. It is
    trained as the dense head is (`TrainingDefaults`), with the learning rate and the epochs chosen like everybody's.

    Args:
        build: the function.
        modalities: sequence of str; None (default): all that the data has.
        features: which features it sees, see `Contender`; shapes are of one sample: (d,) for "vector", and (rows, columns,
            channels) for images in "grid" and "data".
        param_candidates: as in `Network`.
    """

    library, operator = "yours", None

    def __init__(
        self, build, modalities=None, features="vector", param_candidates=({"rate_factor": 1.0},)
    ):
        self.build, self.features, self.param_candidates = build, features, tuple(param_candidates)
        self.modalities = None if modalities is None else tuple(modalities)
        self.head = getattr(build, "__name__", type(build).__name__)

    @property
    def level(self):
        return self.modalities[0] if len(self.modalities) == 1 else "feature"

    @property
    def title(self):
        return f"{' and '.join(self.modalities)}, {self.head}"

    @property
    def description(self):
        return f"{self.title}. A Keras network of your own, trained by Adam at the chosen learning rate for the chosen epochs."

    def _trained(self, train, seed, **options):
        from mm_keras.training.fit import fit, targets_of

        with seeded(seed):
            model = self.build(dict(train.shapes), train.num_classes)
            inputs = model.input if isinstance(model.input, dict) else {}
            if set(inputs) != set(train.shapes):
                raise ValueError(
                    "The inputs of a network of your own must be a dict with the keys "
                    f"{', '.join(train.shapes)}. Received: {', '.join(inputs) or 'no dict'}. For one that needs fewer: "
                    "Builder(build, modalities=[...])."
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
    """The probabilities of a Keras model, of the modalities that it has as inputs; every batch is filled up to the same size."""
    arrays = {name: arrays[name] for name in model.input}
    num_samples = len(next(iter(arrays.values())))
    parts = [
        predict_padded(
            model,
            {name: array[start : start + BATCH_SIZE] for name, array in arrays.items()},
            BATCH_SIZE,
        )
        for start in range(0, num_samples, BATCH_SIZE)
    ]
    return np.concatenate(parts).astype(np.float64)
