"""The decision level as a contender: a network per modality, each tuned and calibrated alone, and a rule or a combiner."""

import copy

from mm_keras.comparison.contenders.base import Contender, Fitted
from mm_keras.comparison.contenders.networks import GRID_HEADS, Network, ask


class Calibrated(Network):
    """A network that also finds its temperature on the inner validation split: part of a decision-level contender."""

    def tune(self, train, validation, setting, seed):
        from mm_keras.training.decision import temperature_of

        probabilities, found = super().tune(train, validation, setting, seed)
        return probabilities, {**found, "temperature": temperature_of(probabilities, validation.arrays[self.level], validation.labels)}


class Decision(Contender):
    """The decision level: one network per modality, each tuned as if it stood alone, and a rule or a combiner.

    Args:
        operator: a rule, or "concat" for stacking, ...
        head: of the networks. A vector of words gets the linear head where "cnn" or "rnn" was asked for.
        modalities, settings: as in `Network`; the settings are those of each network.
    """

    level, chooses_more = "decision", True

    def __init__(self, operator="product", head="dense", modalities=("text", "image"), settings=({"rate_factor": 1.0},)):
        self.operator, self.head, self.modalities, self.settings = operator, head, tuple(modalities), tuple(settings)
        self.own = {}  # modality -> settings, where they are not the same for all
        self.features = "grid" if head in GRID_HEADS else "vector"

    @property
    def title(self):
        return f"decision level, {self.operator}, {self.head} heads"

    @property
    def description(self):
        return (f"{self.title}. One Keras network for {' and one for '.join(self.modalities)}, each tuned alone and "
                f"calibrated by its temperature, joined by {self.operator!r}; what that has to learn, it learns out of fold.")

    def choose(self, batch, seed):
        def choose_each():
            parts = {name: Calibrated(name, None, self.head, (name,), self.own.get(name, self.settings)) for name in self.modalities}
            return {name: part.choose(batch.only([name]), seed) for name, part in parts.items()}

        return batch.once(self._key("chosen", seed), choose_each)

    def narrowed(self, chosen):
        other = copy.copy(self)
        other.own = {name: ({"rate_factor": setting["rate_factor"]},) for name, setting in chosen.items()}
        return other

    def fit(self, train, setting, seed):
        import keras

        parts = train.once(self._key("parts", seed), lambda: self._parts(train, setting, seed))
        if self._learns():
            train.once(self._key("out of fold", seed), lambda: parts.out_of_fold)
        keras.utils.set_random_seed(seed)
        model = parts.model(self.operator)
        return Fitted(lambda arrays: ask(model, arrays), model.count_params())

    def _key(self, what, seed):
        """All rules on the same networks share them."""
        return what, self.head, self.modalities, repr(self.settings), repr(self.own), seed

    def _parts(self, train, setting, seed):
        from mm_keras.training.decision import DecisionParts
        from mm_keras.training.fit import TRAINING, head_for

        own = {}
        for name, chosen in setting.items():
            rate = TRAINING[head_for(train.shapes[name], self.head)][1]
            own[name] = {"learning_rate": rate * chosen["rate_factor"], "epochs": chosen["epochs"]}
        parts = DecisionParts(train.shapes, train.arrays, train, self.head, seed=seed, own=own, validation=False)
        for name, part in parts.parts.items():
            part.temperature = setting[name]["temperature"]
        return parts

    def _learns(self):
        from mm_keras.fusion.decision.level import COMBINERS
        from mm_keras.fusion.decision.rules import WEIGHTED

        return self.operator in (*COMBINERS, *WEIGHTED)
