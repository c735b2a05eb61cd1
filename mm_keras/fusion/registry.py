"""All levels and operators by name. A new operator is one file and one line here; what it reads stands beside it.

Importing this file imports no part of Keras: a part is imported when it is looked up.
"""

from mm_keras.utils.registry import Registry

OPERATORS = Registry(
    {  # at the feature level; file, function and name are the same
        name: f"mm_keras.fusion.operators.{name}:{name}"
        for name in (
            "concat",
            "sum",
            "mean",
            "max",
            "product",
            "outer",
            "bilinear",
            "gated",
            "film",
            "attention",
        )
    }
)
CANVASES = Registry(
    {  # at the data level
        name: f"mm_keras.fusion.data_level:{name}" for name in ("concat", "product")
    }
)
RULES = Registry(
    {  # at the decision level, without training
        name: f"mm_keras.fusion.decision.rules:{name}"
        for name in (
            "mean",
            "product",
            "max",
            "min",
            "median",
            "vote",
            "weighted_mean",
            "log_linear",
        )
    }
)
COMBINERS = ("concat", "outer")  # at the decision level, trained on the probabilities

LEVELS = {"data": tuple(CANVASES), "feature": tuple(OPERATORS), "decision": (*RULES, *COMBINERS)}
DEFAULT_OPERATORS = {"data": "concat", "feature": "concat", "decision": "product"}
