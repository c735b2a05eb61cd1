"""The default features for a level and a head."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from mm_keras.features.defaults import features_of_kind
from mm_keras.fusion.inputs import head_reads, resolve
from mm_keras.fusion.registry import OPERATORS
from mm_keras.heads.registry import HEADS

if TYPE_CHECKING:
    from mm_keras.datasets import MultimodalData
    from mm_keras.features.features import Features


def feature_kind(level, head, operator=None):
    """The kind of default features: "data", "grid" (one histogram per cell) or "vector".

    Args:
        level: str.
        head: str or function.
        operator: str, function or None.
    """
    if level == "data":
        return "data"
    needs_positions = level == "feature" and getattr(
        OPERATORS.get(operator, operator), "needs_positions", False
    )
    if needs_positions or head_reads(resolve(head, HEADS, "head"), 2) != "vector":
        return "grid"
    return "vector"


def default_features(
    data: "MultimodalData",
    level: str = "feature",
    head: str | Callable = "cnn",
    modalities: Sequence[str] | None = None,
    operator: str | Callable | None = None,
) -> "Features":
    """Unfitted `Features` suited to a level and a head, for images given as arrays or as files.

    Data level: words in a strip of pixels, and 24 x 24 gray pixels. Feature and decision level:
    TF-IDF of the words, and HOG. For heads that read positions and the operator attention, HOG is a
    grid with one histogram per cell. For heads that read vectors, it is one vector of blocks of
    2 x 2 cells, with a color histogram when the images have color.

    Args:
        data: MultimodalData.
        level: "data", "feature" or "decision"; or the name of a modality.
        head: str, one of HEADS (default "cnn"), or a function with the same signature.
        modalities: sequence of str; default None: all modalities of the data.
        operator: str or function, the operator at the feature level; default None.
    """
    return features_of_kind(
        data, feature_kind(level, head, operator), modalities or data.modalities
    )
