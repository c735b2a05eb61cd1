"""The table of all combinations of level, inputs, operator and head: model sizes or errors."""

from collections.abc import Sequence
from itertools import product
from typing import Any

from mm_keras.fusion.build import build
from mm_keras.fusion.registry import LEVELS
from mm_keras.heads.registry import HEADS
from mm_keras.utils.shapes import TokenIds

WORDS, TOKENS = (2000,), TokenIds(40, num_ids=2000)
# HOG of one image of 64 x 64 pixels: 8 x 8 cells, blocks of one cell.
HOG_VECTOR, HOG_GRID = (576,), (8, 8, 9)

INPUTS = {
    "data": {"planes": {"text": (8, 32, 1), "image": (32, 32, 1)}},
    "feature": {
        "word vector, HOG vector": {"text": WORDS, "image": HOG_VECTOR},
        "word vector, HOG grid": {"text": WORDS, "image": HOG_GRID},
        "token ids, HOG vector": {"text": TOKENS, "image": HOG_VECTOR},
        "token ids, HOG grid": {"text": TOKENS, "image": HOG_GRID},
    },
    "decision": {
        "word vector, HOG vector": {"text": WORDS, "image": HOG_VECTOR},
        "token ids, HOG grid": {"text": TOKENS, "image": HOG_GRID},
    },
}


def cells(
    levels: Sequence[str] = tuple(LEVELS),
    inputs: dict[str, dict[str, dict[str, tuple[int, ...]]]] = INPUTS,
    num_classes: int = 6,
) -> list[dict[str, Any]]:
    """Try to build every combination of level, inputs, operator and head; one dict per cell.

    Args:
        levels: list of levels: "data", "feature" and "decision".
        inputs: dict, level -> description -> shapes; default: typical shapes.
        num_classes: int >= 2.

    Returns:
        list of dicts with "level", "inputs", "operator", "head", "builds" (bool), "fused" (shape of
        the input of the head; None at the decision level), "parameters" (int) and "reason" (why it
        does not build, and what would; "" when it does).

    Example:
        >>> table = cells(["feature"], {"feature": {"vectors": {"text": (7,), "image": (12,)}}})
        >>> cnn = [cell for cell in table if cell["head"] == "cnn"]
        >>> [(cell["operator"], cell["fused"], cell["builds"]) for cell in cnn][:3]
        [('concat', (19,), True), ('sum', (64,), True), ('mean', (64,), True)]
    """
    table = []
    for level in levels:
        for description, shapes in inputs[level].items():
            for operator, head in product(LEVELS[level], HEADS):
                table.append(
                    {
                        "level": level,
                        "inputs": description,
                        "operator": operator,
                        "head": head,
                        **_try_build(level, shapes, num_classes, operator, head),
                    }
                )
    return table


def _try_build(level, shapes, num_classes, operator, head):
    try:
        model = build(level, shapes, num_classes, operator, head)
    except ValueError as error:
        return {"builds": False, "fused": None, "parameters": 0, "reason": str(error)}
    fused = None if level == "decision" else tuple(model.get_layer("fused").output.shape[1:])
    return {"builds": True, "fused": fused, "parameters": model.count_params(), "reason": ""}
