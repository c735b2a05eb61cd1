"""Joint tables of label, text symbol and image symbol, with exactly known best accuracies."""

from mm_keras.datasets.joint_tables.families import (
    factorial,
    match,
    mixture,
    neutral_mixture,
    two_part,
)
from mm_keras.datasets.joint_tables.joint_table import JointTable

__all__ = ["JointTable", "factorial", "match", "mixture", "neutral_mixture", "two_part"]
