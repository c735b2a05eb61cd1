"""The operator `attention`: the text decides where in the image to look."""

import keras
from keras import ops

from mm_keras.fusion.layers import PositionEmbedding
from mm_keras.fusion.operators.positions import names_with_positions, projection, shapes_of
from mm_keras.heads.layout import rank_of

WIDTH = 64


def attention(arrays, project=None, num_heads=4):
    """Additive attention, z = [t; sum_i a_i p_i] with a = softmax_i(w . tanh(W_p p_i + b_p + W_t t + b_t)).

    The cells of a grid or the steps of a sequence x_i become the places p_i = tanh(V x_i + e_i); e_i, one learned row per
    place, tells where it is, since a mean of places forgets that. The vectors ask, each place gets a weight, the weights
    add up to one, and the weighted mean of the places joins the vectors. Each head has a, W and w of its own, and
    their means stand side by side: a single head sees one place, or all of them blurred.

    Args:
        arrays: dict, modality -> Keras tensor; at least one vector and at least one sequence or grid.
        project: int >= 1, the width d of places, and in which they are compared with questions (default None: 64).
        num_heads: int >= 1, how many attention heads; default 4.

    Shapes:
        (n, d_t), (n, rows, columns, c) -> (n, d_t + num_heads * d); (n, d_t), (n, steps, c) -> the same.

    Raises:
        ValueError: no vector, or nothing with positions.

    Example:
        >>> t, v = keras.Input((3,)), keras.Input((4, 4, 9))
        >>> attention({"text": t, "image": v}, project=5, num_heads=2).shape  # 3 + 2 * 5
        (None, 13)

    Reference: Bahdanau et al. (2015), Neural machine translation by jointly learning to align and translate; Xu et
    al. (2015), Show, attend and tell; Yang et al. (2016), Stacked attention networks (p_i = tanh(V x_i + b)); Fukui et al.
    (2016), Multimodal compact bilinear pooling (several heads).
    """
    width = WIDTH if project is None else project
    with_positions = names_with_positions(arrays)
    vectors = {name: array for name, array in arrays.items() if name not in with_positions}
    if not vectors or len(vectors) == len(arrays):
        raise ValueError(
            "`attention` needs a vector that asks and a sequence or grid that is looked at. Received: "
            f"{shapes_of(arrays)}. Use HOG(feature_vector=False) for images or Sequence() for text, "
            "and a vector for the other; or use operator='gated'."
        )
    places = {
        name: _places(array, width, name) for name, array in arrays.items() if name not in vectors
    }
    attended = []
    for head in range(1, num_heads + 1):
        questions = [
            projection(vector, width, f"{name}_question_{head}") for name, vector in vectors.items()
        ]
        question = ops.expand_dims(
            keras.layers.Add()(questions) if len(questions) > 1 else questions[0], 1
        )  # (n, 1, d)
        for name, array in places.items():
            keys = projection(array, width, f"{name}_keys_{head}")
            weighted = keras.layers.AdditiveAttention(name=f"{name}_attention_{head}")(
                [question, array, keys]
            )
            attended.append(keras.layers.Reshape((width,))(weighted))
    return keras.layers.Concatenate()([*vectors.values(), *attended])


def _places(array, width, name):
    """p_i = tanh(V x_i + e_i): (n, rows, columns, c) or (n, steps, c) -> (n, places, width)."""
    array = keras.layers.Reshape((-1, array.shape[-1]))(array) if rank_of(array) == 3 else array
    content = keras.layers.Dense(width, use_bias=False, name=f"{name}_places")(array)
    return keras.layers.Activation("tanh")(PositionEmbedding(name=f"{name}_positions")(content))


attention.reads = "positions"  # whatever the head reads
attention.needs_positions = True  # so its default features are grids
