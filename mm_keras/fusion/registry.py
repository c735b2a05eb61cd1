"""All levels and operators by name.

A new operator is one file and one line here; its input layout is an attribute of the function.
Importing this file does not import Keras: a function is imported when it is looked up.
"""

from mm_keras.utils.registry import Registry

# At the feature level; file, function and name are the same.
OPERATORS = Registry(
    {
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
# At the data level.
CANVASES = Registry({name: f"mm_keras.fusion.data_level:{name}" for name in ("concat", "product")})
# At the decision level, without training.
RULES = Registry(
    {
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
# At the decision level, trained on the probabilities.
COMBINERS = ("concat", "outer")

LEVELS = {"data": tuple(CANVASES), "feature": tuple(OPERATORS), "decision": (*RULES, *COMBINERS)}
DEFAULT_OPERATORS = {"data": "concat", "feature": "concat", "decision": "product"}
