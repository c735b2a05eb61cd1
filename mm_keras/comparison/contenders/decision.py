"""Decision-level contenders: a calibrated network per modality, then a rule or combiner."""

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np

from mm_keras.comparison.contenders.base import Contender, Fitted, TrainingSet
from mm_keras.comparison.contenders.networks import Network, predict_in_batches
from mm_keras.fusion.registry import COMBINERS
from mm_keras.utils.keras_tools import import_keras
from mm_keras.utils.random_state import seeded


class Calibrated(Network):
    """A unimodal network whose temperature is fitted on the inner validation split.

    It is a member of a decision-level contender.
    """

    def score_in_race(
        self,
        train: TrainingSet,
        validation: TrainingSet,
        setting: dict[str, Any],
        seed: int,
        race: list,
    ) -> tuple[np.ndarray, dict[str, Any]] | None:
        from mm_keras.training.decision import temperature_of

        result = super().score_in_race(train, validation, setting, seed, race)
        if result is None:
            return None
        probabilities, found = result
        arrays = validation.arrays[self.level]
        temperature = temperature_of(probabilities, arrays, validation.labels)
        return probabilities, {**found, "temperature": temperature}


class Decision(Contender):
    """Decision-level fusion: one separately tuned network per modality, then a rule or combiner.

    Args:
        operator: str, a rule or a combiner, e.g. "product" or "concat" (stacking).
        head: str, the head of the networks. For text vectors, "cnn" and "rnn" are replaced by the
            linear head.
        modalities, param_candidates: as in `Network`; each network tries the candidates.
    """

    level = "decision"
    needs_validation = races = True

    def __init__(
        self,
        operator: str = "product",
        head: str = "dense",
        modalities: Sequence[str] = ("text", "image"),
        param_candidates: Sequence[dict[str, Any]] = ({"rate_factor": 1.0},),
    ):
        self.operator = operator
        self.head = head
        self.modalities = tuple(modalities)
        self.param_candidates = tuple(param_candidates)
        self.candidates_by_modality = {}  # where they are not `param_candidates`

    @property
    def features(self) -> str:
        import_keras()
        from mm_keras.training.feature_kinds import feature_kind

        return feature_kind(self.level, self.head)

    @property
    def title(self) -> str:
        return f"decision level, {self.operator}, {self.head} heads"

    @property
    def description(self) -> str:
        return (
            f"{self.title}. One Keras network for {' and one for '.join(self.modalities)}, each "
            f"tuned alone and calibrated by its temperature, combined by {self.operator!r}; any "
            "parameters of the combination are learned from out-of-fold predictions."
        )

    def choose_with_failures(
        self, train: TrainingSet, seed: int
    ) -> tuple[dict[str, Any], list[str]]:
        def choose_each():
            chosen, failures = {}, []
            for name in self.modalities:
                candidates = self.candidates_by_modality.get(name, self.param_candidates)
                network = Calibrated(name, None, self.head, (name,), candidates)
                chosen[name], failed = network.choose_with_failures(train.only([name]), seed)
                failures += [f"{name}: {failure}" for failure in failed]
            return chosen, failures

        return train.cached(self._key("chosen", seed), choose_each)

    def with_setting(self, chosen: dict[str, Any]) -> "Decision":
        other = copy.copy(self)
        other.candidates_by_modality = {
            name: ({"rate_factor": setting["rate_factor"]},) for name, setting in chosen.items()
        }
        return other

    def fit(self, train: TrainingSet, setting: dict[str, Any], seed: int) -> Fitted:
        from mm_keras.fusion.decision import weighted_rules

        unimodal = train.cached(
            self._key("networks", seed), lambda: self._networks(train, setting, seed)
        )
        if self.operator in (*COMBINERS, *weighted_rules()):
            train.cached(self._key("out of fold", seed), unimodal.fit_out_of_fold)
        with seeded(seed, keep_compiled=True):
            model = unimodal.fuse(self.operator)
        return Fitted(lambda arrays: predict_in_batches(model, arrays), model.count_params())

    def _key(self, what, seed):
        """The cache key of something that all operators on the same networks share."""
        candidates = repr(self.param_candidates), repr(self.candidates_by_modality)
        return what, self.head, self.modalities, *candidates, seed

    def _networks(self, train, setting, seed):
        from mm_keras.training.decision import UnimodalModels

        options = {}
        for name, chosen in setting.items():
            network = Network(name, None, self.head, (name,))
            kept = {"rate_factor": chosen["rate_factor"], "epochs": chosen["epochs"]}
            trained = network.train_finally(train.only([name]), kept, seed)
            options[name] = {**kept, "trained": trained}
        unimodal = UnimodalModels(
            train.shapes, train.arrays, train, self.head, seed, options, validation=False
        )
        for name, member in unimodal.members.items():
            member.temperature = setting[name]["temperature"]
        return unimodal
