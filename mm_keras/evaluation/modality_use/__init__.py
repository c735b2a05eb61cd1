"""Modality use: how much a fused model relies on each modality, alone and in interaction.

A model is any callable `probabilities = predict({modality: samples})`; a score is any
`score(labels, probabilities)` where higher is better: `accuracy`, `macro_f1`, or `information_bits`
(which is additive, see `shapley`).
"""

from mm_keras.evaluation.modality_use.ablation import (
    conditional_utilization,
    missing_scores,
    permutation_scores,
    subset_scores,
)
from mm_keras.evaluation.modality_use.emap import (
    additive_projection,
    emap,
    interaction_share,
    pair_grid,
    to_logits,
)
from mm_keras.evaluation.modality_use.giveaways import giveaway_columns, giveaway_words
from mm_keras.evaluation.modality_use.partial_information import partial_information
from mm_keras.evaluation.modality_use.partial_information_estimate import (
    estimate_partial_information,
)
from mm_keras.evaluation.modality_use.shapley import information_bits, shapley

__all__ = [
    "additive_projection",
    "conditional_utilization",
    "emap",
    "estimate_partial_information",
    "giveaway_columns",
    "giveaway_words",
    "information_bits",
    "interaction_share",
    "missing_scores",
    "pair_grid",
    "partial_information",
    "permutation_scores",
    "shapley",
    "subset_scores",
    "to_logits",
]
