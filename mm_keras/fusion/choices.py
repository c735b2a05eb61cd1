"""The table of all choices: which (level, operator, head) builds a model on which inputs, how large, or why not."""

from itertools import product

from mm_keras.fusion.build import build
from mm_keras.fusion.registry import LEVELS
from mm_keras.heads.registry import HEADS
from mm_keras.utils.shapes import TokenIds

WORDS, TOKENS = (2000,), TokenIds(40, num_ids=2000)
HOG_VECTOR, HOG_GRID = (
    (576,),
    (8, 8, 9),
)  # one image of 64 x 64 pixels, 8 x 8 cells, blocks of one cell

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


def cells(levels=tuple(LEVELS), inputs=INPUTS, num_classes=6):
    """Every combination of level, inputs, operator and head, tried out: one dict per cell.

    Args:
        levels: which levels, of "data", "feature" and "decision".
        inputs: dict, level -> description -> shapes; default typical ones.
        num_classes: int >= 2.

    Returns:
        list of dicts with "level", "inputs", "operator", "head", "builds" (bool), "fused" (shape of what enters the
        head; None at decision level), "parameters" (int) and "reason" (why it does not build, and what would; ""
        when it does).

    Example:
        >>> table = cells(["feature"], {"feature": {"vectors": {"text": (7,), "image": (12,)}}})
        >>> [(cell["operator"], cell["fused"], cell["builds"]) for cell in table if cell["head"] == "cnn"][:3]
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
                        **_tried(level, shapes, num_classes, operator, head),
                    }
                )
    return table


def _tried(level, shapes, num_classes, operator, head):
    try:
        model = build(level, shapes, num_classes, operator, head)
    except ValueError as error:
        return {"builds": False, "fused": None, "parameters": 0, "reason": str(error)}
    fused = None if level == "decision" else tuple(model.get_layer("fused").output.shape[1:])
    return {"builds": True, "fused": fused, "parameters": model.count_params(), "reason": ""}
