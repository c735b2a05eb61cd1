"""The operator `concat`: concatenation of features."""

import keras

from mm_keras.fusion.operators.positions import positions_of, projection, repeat_over
from mm_keras.heads.layout import rank_of

REPEATED_WIDTH = 32


def concat(arrays: dict[str, keras.KerasTensor], project: int | None = None) -> keras.KerasTensor:
    """Concatenated features, z = [t; v] (the article's 拼接).

    A vector that is joined with a grid is repeated over its positions and becomes more channels;
    with a sequence, more columns of every step. So text and image have the same weight at each
    position, if `Features` has scaled both.

    Args:
        arrays: dict, modality -> Keras tensor; one or more.
        project: int, the width to which every vector is projected first (W.x + b, learned); 0 for
            no projection; default None projects only a vector that is repeated and longer than 32,
            to 32.

    Shapes:
        (n, d_t), (n, d_v) -> (n, d_t + d_v);
        (n, d_t), (n, rows, columns, c) -> (n, rows, columns, c + d_t).

    Raises:
        ValueError: sequences or grids with different positions.

    Example:
        >>> t, v = keras.Input((2,)), keras.Input((4, 4, 9))
        >>> concat({"text": t, "image": v}).shape
        (None, 4, 4, 11)

    Reference: Reed et al. (2016), Generative adversarial text to image synthesis (a text repeated
        over a grid).
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
