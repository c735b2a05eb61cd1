"""The model of one combination of level, operator and head."""

from mm_keras.fusion.data_level import data_level_model
from mm_keras.fusion.decision.level import decision_level_model
from mm_keras.fusion.feature_level import feature_level_model
from mm_keras.fusion.unimodal import unimodal_model

BUILDERS = {"data": data_level_model, "feature": feature_level_model}


def build(level, shapes, num_classes, operator, head, **options):
    """The uncompiled model of one cell of level x operator x head.

    At the decision level its members are untrained models.

    Args:
        level: "data", "feature" or "decision"; or the name of a modality in `shapes`, for that
            modality alone.
        shapes, num_classes, operator, head, **options: see the builder of the level.
    """
    if level in shapes:
        return unimodal_model({level: shapes[level]}, num_classes, head, **options)
    if level == "decision":
        models = {
            name: unimodal_model({name: shape}, num_classes, head) for name, shape in shapes.items()
        }
        return decision_level_model(models, operator, **options)
    return BUILDERS[level](shapes, num_classes, operator, head, **options)
