"""Honest measurement: metrics, significance, modality use, robustness, leaks, explanations."""

from mm_keras._lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, {
    "comparison": ["compare"],
    "contenders": [],
    "metrics": [],
    "significance": [],
    "modality_use": [],
    "robustness": [],
    "leaks": [],
    "explanation": ["explain"],
})
