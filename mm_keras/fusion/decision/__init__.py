"""Decision-level fusion: a rule or a trained combiner on the probabilities of unimodal models."""

from mm_keras.fusion.decision.combine import combine, weighted_rules
from mm_keras.fusion.decision.level import decision_level_model
from mm_keras.fusion.decision.stacking import fit_combiner, out_of_fold_probabilities
from mm_keras.fusion.decision.weights import choose_weights, fit_temperature

__all__ = [
    "choose_weights",
    "combine",
    "decision_level_model",
    "fit_combiner",
    "fit_temperature",
    "out_of_fold_probabilities",
    "weighted_rules",
]
