"""Robustness: corruptions of texts and images, and the score over the severity of a corruption."""

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

__all__ = [
    "CORRUPTIONS",
    "blur",
    "contrast",
    "noise",
    "occlusion",
    "severity_curve",
    "typos",
    "word_drop",
]
