"""The decision level: a trained model per modality, its temperature, and what a rule has to learn."""

import numpy as np

from mm_keras.fusion.decision.combine import weighted_rules
from mm_keras.fusion.decision.level import decision_level_model
from mm_keras.fusion.decision.stacking import fit_combiner, out_of_fold_probabilities
from mm_keras.fusion.decision.weights import choose_weights, fit_temperature
from mm_keras.fusion.registry import COMBINERS
from mm_keras.training.fit import (
    BATCH_SIZE,
    class_weights,
    compile_for,
    fit,
    head_for,
    hold_out,
    targets_of,
    training_defaults,
)
from mm_keras.training.networks import build_network, train_network
from mm_keras.utils.random_state import seeded

CALIBRATION_SHARE = (
    0.15  # of the training samples, to fit a temperature on, where no share has chosen the epoch
)
MIN_SAMPLES = 40  # a temperature of fewer samples would be chance


class UnimodalModels:
    """One trained model per modality; `fuse(rule)` joins them. What a rule has to learn, it learns out of fold.

    Before the rule, each modality's probabilities are brought to its temperature (`fit_temperature`, Guo et al. 2017): a
    network that knows little and is overconfident would outweigh one that knows much.

    Args:
        shapes, arrays, data, head, seed: see `train_network`.
        own_options: dict, modality -> options of `fit` that differ for it.
        cache: dict that keeps the `UnimodalModel`s: pass one dict again, with the same data, and none is trained twice.
        **options: of `fit`.

    Attributes:
        members: dict, modality -> UnimodalModel.
        models, history: dict, modality -> trained model, its history.
    """

    def __init__(self, shapes, arrays, data, head, seed=0, own_options=None, cache=None, **options):
        self.data, self.members = data, {}
        cache = {} if cache is None else cache
        for name, shape in shapes.items():
            key = (name, head_for(shape, head), tuple(shape))
            if key not in cache:
                cache[key] = UnimodalModel(
                    name,
                    shape,
                    arrays[name],
                    data,
                    key[1],
                    seed,
                    **{**options, **(own_options or {}).get(name, {})},
                )
            self.members[name] = cache[key]
        self.models = {name: member.model for name, member in self.members.items()}
        self.history = {name: member.history for name, member in self.members.items()}

    def head_of(self, name):
        """The head of this modality's own model."""
        return self.members[name].head

    def fuse(self, operator, calibrated=True):
        """The decision-level Keras model with this rule, or with a combiner or weights fitted out of fold."""
        settings = {
            "priors": targets_of(self.data).mean(axis=0),
            "multi_label": self.data.is_multi_label,
        }
        temperatures = self.fit_temperatures() if calibrated else None
        if operator in weighted_rules():
            settings["weights"] = choose_weights(
                self.fit_out_of_fold(), self.data.labels, operator, temperatures
            )
        model = decision_level_model(self.models, operator, temperatures=temperatures, **settings)
        return (
            fit_combiner(model, self.fit_out_of_fold(), self.data.labels)
            if operator in COMBINERS
            else model
        )

    def fit_temperatures(self):
        """dict, modality -> temperature, see `UnimodalModel.fit_temperature`."""
        return {name: member.fit_temperature() for name, member in self.members.items()}

    def fit_out_of_fold(self):
        """dict, modality -> probabilities (n, classes), see `UnimodalModel.fit_out_of_fold`."""
        return {name: member.fit_out_of_fold() for name, member in self.members.items()}


class UnimodalModel:
    """A trained model of one modality, and what models of its kind say of samples that they were not trained on.

    Attributes:
        model, history: the trained Keras model, its history.
        temperature: float, or None before `fit_temperature`; may also be set.
        out_of_fold: float32 (n, classes), or None before `fit_out_of_fold`.
    """

    def __init__(self, name, shape, array, data, head, seed=0, **options):
        self.name, self.shape, self.array, self.data, self.head, self.seed = (
            name,
            shape,
            array,
            data,
            head,
            seed,
        )
        self.rate_factor, self.balanced = (
            options.get("rate_factor", 1.0),
            options.get("balanced", False),
        )
        self.model, self.history = train_network(
            {name: shape}, {name: array}, data, name, None, head, seed=seed, **options
        )
        self.has_validation_share = "val_loss" in self.history and options.get("validation") is None
        self.epochs = (
            int(np.argmin(self.history.get("val_loss", self.history["loss"]))) + 1
        )  # to its best
        self.temperature = self.out_of_fold = None

    def fit_temperature(self):
        """T > 0, above 1 for an overconfident network; fitted once.

        It is fitted on a share of the samples that the network was not trained on: those that chose its epoch; where none
        did, on the probabilities of a second network of its kind, which is trained on the others. With fewer than 40 such
        samples: 1.
        """
        if self.temperature is None:
            targets = targets_of(self.data)
            train, held_out = hold_out(
                targets,
                training_defaults(self.head).validation_split or CALIBRATION_SHARE,
                self.seed,
            )
            if len(held_out) < MIN_SAMPLES:
                self.temperature = 1.0
            else:
                model = (
                    self.model if self.has_validation_share else self._trained_on(train, targets)
                )
                array = self.array[held_out]
                probabilities = model.predict({self.name: array}, verbose=0)
                self.temperature = temperature_of(probabilities, array, self.data.labels[held_out])
        return self.temperature

    def _trained_on(self, rows, targets):
        with seeded(self.seed):
            model = build_network({self.name: self.shape}, self.data, self.name, None, self.head)
            fit(
                model,
                {self.name: self.array[rows]},
                targets[rows],
                self.head,
                self.data.is_multi_label,
                epochs=self.epochs,
                seed=self.seed,
                balanced=self.balanced,
                rate_factor=self.rate_factor,
                validation=False,
            )
        return model

    def fit_out_of_fold(self):
        """(n, classes): probabilities out of fold, of models trained for as many epochs as this one took to its best; once."""
        if self.out_of_fold is None:

            def build(name):
                model = build_network({name: self.shape}, self.data, name, None, self.head)
                return compile_for(model, self.head, self.data.is_multi_label, self.rate_factor)

            targets = targets_of(self.data)
            weights = class_weights(targets, self.data.is_multi_label) if self.balanced else None
            options = {"epochs": self.epochs, "batch_size": BATCH_SIZE, "class_weight": weights}
            with seeded(self.seed):
                found = out_of_fold_probabilities(
                    build, {self.name: self.array}, targets, seed=self.seed, fit=options
                )
            self.out_of_fold = found[self.name]
        return self.out_of_fold


def temperature_of(probabilities, array, labels):
    """The temperature of a network with these probabilities of an array that it was not trained on; 1 for fewer than 40 samples.

    Rows of the array that are all zero, where the modality is absent, do not count.
    """
    present = array.reshape(len(array), -1).any(axis=1)
    return (
        fit_temperature(probabilities[present], labels[present])
        if present.sum() >= MIN_SAMPLES
        else 1.0
    )
