"""All levels, operators and heads by name."""

from mm_keras.fusion.decision.rules import RULES
from mm_keras.fusion.operators import OPERATORS

__all__ = ["OPERATORS", "RULES"]
