"""The operator `concat`: features side by side."""

import keras

from mm_keras.fusion.operators.positions import positions_of, projection, repeat_over
from mm_keras.heads.layout import rank_of

REPEATED_WIDTH = 32


def concat(arrays, project=None):
    """Features side by side, z = [t; v] (the article's 拼接).

    A vector that meets a grid is repeated over its positions and becomes more channels; with a sequence, more
    columns of every step. So at each position text and image weigh the same, when `Features` has scaled both.

    Args:
        arrays: dict, modality -> Keras tensor; one or more.
        project: int, the width to which every vector is projected first (W.x + b, learned); 0 for no projection;
            default None projects only a vector that is to be repeated and longer than 32, to 32.

    Shapes:
        (n, d_t), (n, d_v) -> (n, d_t + d_v); (n, d_t), (n, rows, columns, c) -> (n, rows, columns, c + d_t).

    Raises:
        ValueError: sequences or grids whose positions differ.

    Example:
        >>> t, v = keras.Input((2,)), keras.Input((4, 4, 9))
        >>> concat({"text": t, "image": v}).shape
        (None, 4, 4, 11)

    Reference: Reed et al. (2016), Generative adversarial text to image synthesis (a text repeated over a grid).
    """
    positions = positions_of(arrays)
    parts = []
    for name, array in arrays.items():
        if rank_of(array) == 1:
            width = REPEATED_WIDTH if project is None and positions else project
            if width and (project or array.shape[1] > width):
                array = projection(array, width, f"{name}_projection")
            array = repeat_over(array, positions)
        parts.append(array)
    return keras.layers.Concatenate()(parts) if len(parts) > 1 else parts[0]
