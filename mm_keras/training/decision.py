"""The decision level with the default choices: trained networks, their temperatures, and what a rule has to learn."""

from functools import cached_property

import numpy as np

from mm_keras.training.cell import build_network, train_network
from mm_keras.training.fit import BATCH_SIZE, TRAINING, class_weights, compile_for, fit, head_for, hold_out, one_hot

CALIBRATION_SHARE = 0.15  # of the training samples, to fit a temperature on, where no share has chosen the epoch
FEWEST = 40  # a temperature of fewer samples would be chance


class DecisionParts:
    """One trained model per modality; `model(rule)` joins them. What a rule has to learn, it learns out of fold.

    Before the rule, each modality's probabilities are brought to its temperature (`fusion.decision.fit_temperature`, Guo et al. 2017): a
    network that knows little, and is sure of it, would outshout one that knows much.

    Args:
        own: dict, modality -> options of `fit` that differ for it.
        known: dict of `Part`s that were trained on the same data, which are used again; new ones are added to it.

    Attributes:
        models, history: dict, modality -> trained model, its history.
    """

    def __init__(self, shapes, arrays, data, head, seed=0, own=None, known=None, **options):
        self.data, self.parts = data, {}
        for name in shapes:
            key = (name, head_for(shapes[name], head), tuple(shapes[name]))
            if known is None or key not in known:
                part = Part(name, shapes[name], arrays[name], data, key[1], seed, **{**options, **(own or {}).get(name, {})})
                self.parts[name] = part if known is None else known.setdefault(key, part)
            else:
                self.parts[name] = known[key]
        self.models = {name: part.model for name, part in self.parts.items()}
        self.history = {name: part.history for name, part in self.parts.items()}

    def head_of(self, name):
        """The head of this modality's own model."""
        return self.parts[name].head

    def model(self, operator, calibrated=True):
        """The decision-level Keras model with this rule, or with a combiner or weights fitted out of fold."""
        from mm_keras import fusion
        from mm_keras.fusion.decision.level import COMBINERS
        from mm_keras.fusion.decision.rules import WEIGHTED

        settings = {"priors": one_hot(self.data).mean(axis=0), "multi_label": self.data.is_multi_label}
        temperatures = self.temperatures if calibrated else None
        if operator in WEIGHTED:
            settings["weights"] = fusion.decision.choose_weights(self.out_of_fold, self.data.labels, operator, temperatures)
        model = fusion.decision_level_model(self.models, operator, temperatures=temperatures, **settings)
        return fusion.decision.fit_combiner(model, self.out_of_fold, self.data.labels) if operator in COMBINERS else model

    @property
    def temperatures(self):
        """dict, modality -> float, see `Part.temperature`."""
        return {name: part.temperature for name, part in self.parts.items()}

    @property
    def out_of_fold(self):
        """dict, modality -> (n, classes), see `Part.out_of_fold`."""
        return {name: part.out_of_fold for name, part in self.parts.items()}


class Part:
    """A trained model of one modality, and what models of its kind say of samples that they were not trained on.

    Attributes:
        model, history: the trained Keras model, its history.
    """

    def __init__(self, name, shape, array, data, head, seed=0, **options):
        self.name, self.shape, self.array, self.data, self.head, self.seed = name, shape, array, data, head, seed
        self.learning_rate, self.balanced = options.get("learning_rate"), options.get("balanced", False)
        self.model, self.history = train_network({name: shape}, {name: array}, data, name, None, head, seed=seed, **options)
        self.has_held_out = "val_loss" in self.history and options.get("validation") is None
        self.epochs = int(np.argmin(self.history.get("val_loss", self.history["loss"]))) + 1  # to its best

    @cached_property
    def temperature(self):
        """T > 0, above 1 for a network that is too sure. Fitted on a share of the samples that it was not trained on: those that
        chose its epoch; where none did, on what a second network of its kind says, which is trained on the others. With fewer
        than 40 such samples: 1."""
        import keras

        targets = one_hot(self.data)
        train, held = hold_out(targets, TRAINING[self.head][3] or CALIBRATION_SHARE, self.seed)
        if len(held) < FEWEST:
            return 1.0
        model = self.model
        if not self.has_held_out:
            keras.utils.set_random_seed(self.seed)
            model = build_network({self.name: self.shape}, self.data, self.name, None, self.head)
            fit(model, {self.name: self.array[train]}, targets[train], self.head, self.data.is_multi_label, epochs=self.epochs,
                seed=self.seed, balanced=self.balanced, learning_rate=self.learning_rate, validation=False)
        array = self.array[held]
        return temperature_of(model.predict({self.name: array}, verbose=0), array, self.data.labels[held])

    @cached_property
    def out_of_fold(self):
        """(n, classes): probabilities out of fold, of models trained for as many epochs as this one took to its best."""
        import keras

        from mm_keras import fusion

        def build(name):
            model = build_network({name: self.shape}, self.data, name, None, self.head)
            return compile_for(model, self.head, self.data.is_multi_label, self.learning_rate)

        keras.utils.set_random_seed(self.seed)
        targets = one_hot(self.data)
        weights = class_weights(targets, self.data.is_multi_label) if self.balanced else None
        return fusion.decision.out_of_fold_probabilities(build, {self.name: self.array}, targets, seed=self.seed, fit={
            "epochs": self.epochs, "batch_size": BATCH_SIZE, "class_weight": weights})[self.name]


def temperature_of(probabilities, array, labels):
    """The temperature of a network that says `probabilities` of an array that it was not trained on; 1 for fewer than 40 samples.

    Rows of the array that are all zero, where the modality is absent, do not count.
    """
    from mm_keras.fusion.decision import fit_temperature

    present = array.reshape(len(array), -1).any(axis=1)
    return fit_temperature(probabilities[present], labels[present]) if present.sum() >= FEWEST else 1.0
