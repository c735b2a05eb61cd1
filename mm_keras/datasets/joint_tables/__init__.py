"""Joint tables of label, text symbol and image symbol, of which every best possible accuracy is known exactly."""

from mm_keras.datasets.joint_tables.families import (
    factorial,
    match,
    mixture,
    neutral_mixture,
    two_part,
)
from mm_keras.datasets.joint_tables.joint_table import JointTable

__all__ = ["JointTable", "factorial", "match", "mixture", "neutral_mixture", "two_part"]
