"""The default features for a level and a head."""

from mm_keras.features.defaults import features_of_kind
from mm_keras.fusion.inputs import head_reads, resolve
from mm_keras.fusion.registry import OPERATORS
from mm_keras.heads.registry import HEADS


def feature_kind(level, head, operator=None):
    """Which of the default features suit: "data", "grid" (one histogram per cell) or "vector".

    Args:
        level: str; head: str or function; operator: str, function or None.
    """
    if level == "data":
        return "data"
    needs_positions = level == "feature" and getattr(
        OPERATORS.get(operator, operator), "needs_positions", False
    )
    return (
        "grid"
        if needs_positions or head_reads(resolve(head, HEADS, "head"), 2) != "vector"
        else "vector"
    )


def default_features(data, level="feature", head="cnn", modalities=None, operator=None):
    """Unfitted `Features` that suit a level and a head, for images given as arrays or as files.

    Data level: words in a strip of pixels beside 24 x 24 gray pixels. Feature and decision level: TF-IDF of the words,
    and HOG: one histogram per cell, on a grid, for heads that read positions and the operator attention; blocks of 2 x 2
    cells in one vector, beside a color histogram when the images have color, for heads that read vectors.
    """
    return features_of_kind(
        data, feature_kind(level, head, operator), modalities or data.modalities
    )
