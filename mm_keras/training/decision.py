"""Decision-level training: a model per modality, its temperature, and weights or combiners."""

import numpy as np

from mm_keras.fusion.decision.combine import weighted_rules
from mm_keras.fusion.decision.level import decision_level_model
from mm_keras.fusion.decision.stacking import fit_combiner, out_of_fold_probabilities
from mm_keras.fusion.decision.weights import choose_weights, fit_temperature
from mm_keras.fusion.registry import COMBINERS
from mm_keras.training.fit import (
    BATCH_SIZE,
    class_weights,
    compiled_for,
    fit,
    head_for,
    hold_out,
    targets_of,
    training_data,
    training_defaults,
)
from mm_keras.training.networks import build_network, train_network
from mm_keras.utils.keras_tools import without_retracing_notes
from mm_keras.utils.random_state import seeded

# Fraction of the training samples on which a temperature is fitted if there is no validation split.
CALIBRATION_SPLIT = 0.15
COMPILE_OPTIONS = ("rate_factor", "optimizer", "learning_rate")
MIN_SAMPLES = 40  # a temperature fitted on fewer samples would be unreliable


class UnimodalModels:
    """One trained model per modality, to be fused by a rule or a combiner.

    Weights and combiners are fitted on out-of-fold probabilities. Before the rule, the temperature
    of each modality is applied to its probabilities (`fit_temperature`, Guo et al. 2017): otherwise
    an overconfident network of low accuracy would outweigh a better one.

    Args:
        shapes, arrays, data, head, seed: see `train_network`.
        own_options: dict, modality -> options of `fit` for this modality.
        cache: dict that stores each `UnimodalModel`: with the same dict and the same data, no model
            is trained twice.
        **options: options of `fit`.

    Attributes:
        members: dict, modality -> UnimodalModel.
        models, history: dict, modality -> trained Keras model, and its history.
    """

    def __init__(self, shapes, arrays, data, head, seed=0, own_options=None, cache=None, **options):
        self.data, self.members = data, {}
        cache = {} if cache is None else cache
        for name, shape in shapes.items():
            unimodal_head = head_for(shape, head)
            key = (name, unimodal_head, tuple(shape))
            if key not in cache:
                cache[key] = UnimodalModel(
                    name,
                    shape,
                    arrays[name],
                    data,
                    unimodal_head,
                    seed,
                    **{**options, **(own_options or {}).get(name, {})},
                )
            self.members[name] = cache[key]
        self.models = {name: member.model for name, member in self.members.items()}
        self.history = {name: member.history for name, member in self.members.items()}

    def head_of(self, name):
        """The head of the model of this modality."""
        return self.members[name].head

    def fuse(self, operator, calibrated=True):
        """Decision-level model with this rule or combiner, fitted out of fold if needed."""
        options = {
            "priors": targets_of(self.data).mean(axis=0),
            "multi_label": self.data.is_multi_label,
        }
        temperatures = self.fit_temperatures() if calibrated else None
        if operator in weighted_rules():
            options["weights"] = choose_weights(
                self.fit_out_of_fold(), self.data.labels, operator, temperatures
            )
        model = decision_level_model(self.models, operator, temperatures=temperatures, **options)
        if operator in COMBINERS:
            return fit_combiner(model, self.fit_out_of_fold(), self.data.labels)
        return model

    def fit_temperatures(self):
        """dict, modality -> temperature, see `UnimodalModel.fit_temperature`."""
        return {name: member.fit_temperature() for name, member in self.members.items()}

    def fit_out_of_fold(self):
        """dict, modality -> probabilities (n, classes), see `UnimodalModel.fit_out_of_fold`."""
        return {name: member.fit_out_of_fold() for name, member in self.members.items()}


class UnimodalModel:
    """A trained model of one modality, its temperature and its out-of-fold probabilities.

    Args:
        trained: (model, history) from `train_network` with the same options; None to train it.
        The others: see `train_network`.

    Attributes:
        model, history: the trained Keras model, and its history.
        temperature: float, or None before `fit_temperature`; may also be set.
        out_of_fold: float32 (n, classes), or None before `fit_out_of_fold`.
    """

    def __init__(self, name, shape, array, data, head, seed=0, trained=None, **options):
        self.name = name
        self.shape = shape
        self.array = array
        self.data = data
        self.head = head
        self.seed = seed
        # Of the options of `fit`, those that also apply to the other models trained here.
        self.compile_options = {key: options[key] for key in COMPILE_OPTIONS if key in options}
        self.batch_size = options.get("batch_size") or BATCH_SIZE
        self.balanced = options.get("balanced", False)
        self.model, self.history = trained or train_network(
            {name: shape}, {name: array}, data, name, None, head, seed=seed, **options
        )
        self.has_validation_split = "val_loss" in self.history and options.get("validation") is None
        # The number of epochs to the best one.
        self.epochs = int(np.argmin(self.history.get("val_loss", self.history["loss"]))) + 1
        self.temperature = self.out_of_fold = None

    def fit_temperature(self):
        """T > 0, above 1 for an overconfident network; fitted on the first call.

        It is fitted on samples that the network was not trained on: the validation split if there
        is one, else samples held out from a second network like it, which is trained on the others.
        With fewer than 40 such samples: 1.
        """
        if self.temperature is None:
            targets = targets_of(self.data)
            train, held_out = hold_out(
                targets,
                training_defaults(self.head).validation_split or CALIBRATION_SPLIT,
                self.seed,
            )
            if len(held_out) < MIN_SAMPLES:
                self.temperature = 1.0
            else:
                if self.has_validation_split:
                    model = self.model
                else:
                    model = self._train_on(train, targets)
                array = self.array[held_out]
                probabilities = model.predict({self.name: array}, verbose=0)
                self.temperature = temperature_of(probabilities, array, self.data.labels[held_out])
        return self.temperature

    def _train_on(self, rows, targets):
        with seeded(self.seed, keep_compiled=not callable(self.head)):
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
                batch_size=self.batch_size,
                validation=False,
                **self.compile_options,
            )
        return model

    def fit_out_of_fold(self):
        """Out-of-fold probabilities (n, classes), computed on the first call.

        Their models are trained for as many epochs as this one needed to its best epoch.
        """
        if self.out_of_fold is None:

            def build(name):
                model = build_network({name: self.shape}, self.data, name, None, self.head)
                return _FoldModel(
                    model,
                    lambda: compiled_for(
                        model,
                        self.head,
                        self.data.is_multi_label,
                        len(targets),
                        self.batch_size,
                        **self.compile_options,
                    ),
                )

            targets = targets_of(self.data)
            weights = class_weights(targets, self.data.is_multi_label) if self.balanced else None
            options = {
                "epochs": self.epochs,
                "batch_size": self.batch_size,
                "class_weight": weights,
            }
            seeding = seeded(self.seed, keep_compiled=not callable(self.head))
            with seeding, without_retracing_notes():
                probabilities = out_of_fold_probabilities(
                    build, {self.name: self.array}, targets, seed=self.seed, fit=options
                )
            self.out_of_fold = probabilities[self.name]
        return self.out_of_fold


class _FoldModel:
    """The model of one fold, as `out_of_fold_probabilities` needs it.

    Args:
        model: keras.Model; compiled: function that returns `compiled_for(model, ...)`.
    """

    compiled = True

    def __init__(self, model, compiled):
        self.input = model.input
        self._compiled_for = compiled
        self._trained = None

    def fit(self, arrays, targets, batch_size, class_weight, **options):
        with self._compiled_for() as self._trained:
            samples = training_data(arrays, targets, batch_size, class_weight)
            self._trained.fit(**samples, **options)

    def predict(self, arrays, verbose):
        """To be called right after `fit`: another model may use the compiled one later."""
        return self._trained.predict(arrays, verbose=verbose)


def temperature_of(probabilities, array, labels):
    """The temperature of a network, from its probabilities of an array that it was not trained on.

    Rows of the array that are all zero (the modality is missing) do not count. With fewer than 40
    samples the temperature is 1.
    """
    present = array.reshape(len(array), -1).any(axis=1)
    if present.sum() < MIN_SAMPLES:
        return 1.0
    return fit_temperature(probabilities[present], labels[present])
