"""How fast does the score fall when the inputs get worse? Corruptions of texts and images, and the curves over them."""

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
