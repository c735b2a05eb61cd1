"""Robustness: scores over the severity of a corruption, and over the share of missing samples."""

from mm_keras.evaluation.robustness.corruptions import (
    CORRUPTIONS,
    blur,
    contrast,
    noise,
    occlusion,
    typos,
    word_drop,
)
from mm_keras.evaluation.robustness.curves import severity_curve
from mm_keras.evaluation.robustness.missing import MECHANISMS, missing_curves

__all__ = [
    "CORRUPTIONS",
    "MECHANISMS",
    "blur",
    "contrast",
    "missing_curves",
    "noise",
    "occlusion",
    "severity_curve",
    "typos",
    "word_drop",
]
