"""Metrics: accuracy, F1, ROC-AUC, confusion, calibration, intervals; `evaluate` for all at once.

Retrieval: R@k, median rank, P@k and mAP of similarities. Sentences: BLEU, exact matches, CIDEr-D
and slot accuracy.

Labels are class indices (n,) or, for multi-label targets, zeros and ones (n, K). Predictions are
classes, or probabilities (n, K), of which the most likely class is taken (multi-label: every label
with a probability of at least 0.5).
"""

from mm_keras.evaluation.metrics.calibration import (
    brier,
    ece,
    ece_null,
    log_loss,
    reliability_curve,
)
from mm_keras.evaluation.metrics.classification import (
    accuracy,
    confusion_matrix,
    evaluate,
    macro_f1,
    micro_f1,
    per_class,
)
from mm_keras.evaluation.metrics.further import (
    average_precision,
    balanced_accuracy,
    mcc,
    roc_auc,
    top_k_accuracy,
)
from mm_keras.evaluation.metrics.intervals import bootstrap_interval, fold_interval, wilson_interval
from mm_keras.evaluation.metrics.retrieval import retrieval_scores
from mm_keras.evaluation.metrics.sentences import cider_d, sentence_scores, slot_accuracy

__all__ = [
    "accuracy",
    "average_precision",
    "balanced_accuracy",
    "bootstrap_interval",
    "brier",
    "cider_d",
    "confusion_matrix",
    "ece",
    "ece_null",
    "evaluate",
    "fold_interval",
    "log_loss",
    "macro_f1",
    "mcc",
    "micro_f1",
    "per_class",
    "reliability_curve",
    "retrieval_scores",
    "roc_auc",
    "sentence_scores",
    "slot_accuracy",
    "top_k_accuracy",
    "wilson_interval",
]
