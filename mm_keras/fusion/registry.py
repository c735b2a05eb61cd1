"""All levels and operators by name. A new operator is one file and one line here; what it reads stands beside it.

Importing this file imports no part of Keras: a part is imported when it is looked up.
"""

from mm_keras.utils.registry import Registry

OPERATORS = Registry({  # at the feature level; file, function and name are the same
    name: f"mm_keras.fusion.operators.{name}:{name}"
    for name in ("concat", "sum", "mean", "max", "product", "outer", "bilinear", "gated", "film", "attention")})
CANVASES = Registry({  # at the data level
    name: f"mm_keras.fusion.data_level:{name}" for name in ("concat", "product")})
RULES = Registry({  # at the decision level, without training
    name: f"mm_keras.fusion.decision.rules:{name}"
    for name in ("mean", "product", "max", "min", "median", "vote", "weighted_mean", "log_linear")})
COMBINERS = ("concat", "outer")  # at the decision level, trained on the probabilities

LEVELS = {"data": tuple(CANVASES), "feature": tuple(OPERATORS), "decision": (*RULES, *COMBINERS)}
DEFAULT_OPERATORS = {"data": "concat", "feature": "concat", "decision": "product"}


def build(level, shapes, num_classes, operator, head, **options):
    """The model of one cell of level x operator x head, uncompiled and, at the decision level, of untrained models.

    Args:
        level: "data", "feature" or "decision"; or the name of a modality in `shapes`, for that modality alone.
        shapes, num_classes, operator, head, **options: see the level's builder.
    """
    from mm_keras.fusion import data_level_model, decision_level_model, feature_level_model, unimodal_model

    if level in shapes:
        return unimodal_model({level: shapes[level]}, num_classes, head, **options)
    if level == "decision":
        models = {name: unimodal_model({name: shape}, num_classes, head) for name, shape in shapes.items()}
        return decision_level_model(models, operator, **options)
    builder = {"data": data_level_model, "feature": feature_level_model}[level]
    return builder(shapes, num_classes, operator, head, **options)
