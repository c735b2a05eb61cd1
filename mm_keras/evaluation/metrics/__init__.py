"""Metrics: accuracy, F1, confusion matrix, calibration and intervals; `evaluate` for all at once.

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
from mm_keras.evaluation.metrics.intervals import bootstrap_interval, fold_interval, wilson_interval

__all__ = [
    "accuracy",
    "bootstrap_interval",
    "brier",
    "confusion_matrix",
    "ece",
    "ece_null",
    "evaluate",
    "fold_interval",
    "log_loss",
    "macro_f1",
    "micro_f1",
    "per_class",
    "reliability_curve",
    "wilson_interval",
]
