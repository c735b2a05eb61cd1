"""The line is crossed here: builders that take shapes and return ordinary, uncompiled Keras models."""

from mm_keras._lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, {
    "unimodal": ["unimodal_model"],
    "data_level": ["data_level_model"],
    "feature_level": ["feature_level_model"],
    "decision_level": ["decision_level_model"],
    "stacking": ["out_of_fold_probabilities", "fit_combiner"],
    "calibration": ["fit_temperature", "choose_weights"],
    "operators": ["OPERATORS"],
    "inputs": ["TokenIds"],
    "choices": ["cells"],
    "combining": ["combine"],
    "rules": ["RULES"],
})
