"""The decision level: one trained model per modality, and a rule or a trained combiner on their probabilities."""

from mm_keras.fusion.decision.combine import combine
from mm_keras.fusion.decision.level import COMBINERS, decision_level_model
from mm_keras.fusion.decision.rules import RULES
from mm_keras.fusion.decision.stacking import fit_combiner, out_of_fold_probabilities
from mm_keras.fusion.decision.weights import choose_weights, fit_temperature

__all__ = ["COMBINERS", "RULES", "choose_weights", "combine", "decision_level_model", "fit_combiner", "fit_temperature",
           "out_of_fold_probabilities"]
