"""The decision level as a contender: a network per modality, each tuned and calibrated alone, and a rule or a combiner."""

import copy

from mm_keras.comparison.contenders.base import Contender, Fitted
from mm_keras.comparison.contenders.networks import Network, predict_in_batches
from mm_keras.fusion.registry import COMBINERS
from mm_keras.utils.keras_tools import import_keras
from mm_keras.utils.random_state import seeded


class Calibrated(Network):
    """A network that also finds its temperature on the inner validation split: part of a decision-level contender."""

    def score_setting(self, train, validation, setting, seed):
        from mm_keras.training.decision import temperature_of

        probabilities, found = super().score_setting(train, validation, setting, seed)
        return probabilities, {
            **found,
            "temperature": temperature_of(
                probabilities, validation.arrays[self.level], validation.labels
            ),
        }


class Decision(Contender):
    """The decision level: one network per modality, each tuned as if it stood alone, and a rule or a combiner.

    Args:
        operator: a rule, or "concat" for stacking, ...
        head: of the networks. A vector of words gets the linear head where "cnn" or "rnn" was asked for.
        modalities, param_candidates: as in `Network`; the candidates are those of each network.
    """

    level, needs_validation = "decision", True

    def __init__(
        self,
        operator="product",
        head="dense",
        modalities=("text", "image"),
        param_candidates=({"rate_factor": 1.0},),
    ):
        self.operator, self.head, self.modalities, self.param_candidates = (
            operator,
            head,
            tuple(modalities),
            tuple(param_candidates),
        )
        self.own = {}  # modality -> settings, where they are not the same for all

    @property
    def features(self):
        import_keras()
        from mm_keras.training.defaults import feature_kind

        return feature_kind(self.level, self.head)

    @property
    def title(self):
        return f"decision level, {self.operator}, {self.head} heads"

    @property
    def description(self):
        return (
            f"{self.title}. One Keras network for {' and one for '.join(self.modalities)}, each tuned alone and "
            f"calibrated by its temperature, joined by {self.operator!r}; what that has to learn, it learns out of fold."
        )

    def choose(self, train, seed):
        def choose_each():
            parts = {
                name: Calibrated(
                    name, None, self.head, (name,), self.own.get(name, self.param_candidates)
                )
                for name in self.modalities
            }
            return {name: part.choose(train.only([name]), seed) for name, part in parts.items()}

        return train.cached(self._key("chosen", seed), choose_each)

    def with_setting(self, chosen):
        other = copy.copy(self)
        other.own = {
            name: ({"rate_factor": setting["rate_factor"]},) for name, setting in chosen.items()
        }
        return other

    def fit(self, train, setting, seed):
        from mm_keras.fusion.decision import weighted_rules

        unimodal = train.cached(
            self._key("networks", seed), lambda: self._networks(train, setting, seed)
        )
        if self.operator in (*COMBINERS, *weighted_rules()):
            train.cached(self._key("out of fold", seed), unimodal.fit_out_of_fold)
        with seeded(seed):
            model = unimodal.fuse(self.operator)
        return Fitted(lambda arrays: predict_in_batches(model, arrays), model.count_params())

    def _key(self, what, seed):
        """All rules on the same networks share them."""
        return what, self.head, self.modalities, repr(self.param_candidates), repr(self.own), seed

    def _networks(self, train, setting, seed):
        from mm_keras.training.decision import UnimodalModels

        own_options = {
            name: {"rate_factor": chosen["rate_factor"], "epochs": chosen["epochs"]}
            for name, chosen in setting.items()
        }
        unimodal = UnimodalModels(
            train.shapes, train.arrays, train, self.head, seed, own_options, validation=False
        )
        for name, member in unimodal.members.items():
            member.temperature = setting[name]["temperature"]
        return unimodal
