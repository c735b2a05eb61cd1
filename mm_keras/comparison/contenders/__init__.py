"""Contenders of a comparison: built-in ones by name, and your scikit-learn and Keras models."""

from mm_keras.comparison.contenders.base import Contender, Fitted, Majority, TrainingSet
from mm_keras.comparison.contenders.catalog import (
    as_contenders,
    catalog,
    default_names,
    make_contender,
    read_contenders,
)
from mm_keras.comparison.contenders.decision import Decision
from mm_keras.comparison.contenders.estimators import Estimator
from mm_keras.comparison.contenders.networks import Builder, Network

__all__ = [
    "TrainingSet",
    "Builder",
    "Contender",
    "Decision",
    "Estimator",
    "Fitted",
    "Majority",
    "Network",
    "as_contenders",
    "catalog",
    "default_names",
    "make_contender",
    "read_contenders",
]
