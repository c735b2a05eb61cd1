"""The operator `attention`: the text selects positions of the image."""

import keras
from keras import ops

from mm_keras.fusion.layers import PositionEmbedding
from mm_keras.fusion.operators.positions import describe, names_with_positions, projection
from mm_keras.heads.layout import rank_of

WIDTH = 64


def attention(
    arrays: dict[str, keras.KerasTensor], project: int | None = None, num_heads: int = 4
) -> keras.KerasTensor:
    """Additive attention: z = [t; sum_i a_i p_i], the text beside a weighted mean of positions.

    a = softmax_i(w . tanh(W_p p_i + b_p + W_t t + b_t)). Each cell of a grid or step of a sequence
    x_i becomes p_i = tanh(V x_i + e_i); the learned vector e_i encodes its position, which the mean
    would lose. The vectors are the query: it gives each position a weight, the weights have sum 1,
    and the weighted mean of the positions is concatenated with the vectors. Each head has its own
    a, W and w, and the means of all heads are concatenated: a single head sees one position, or all
    of them blurred.

    Args:
        arrays: dict, modality -> Keras tensor; at least one vector and at least one sequence or
            grid.
        project: int >= 1, the width d of positions, queries and keys (default None: 64).
        num_heads: int >= 1, the number of attention heads; default 4.

    Shapes:
        (n, d_t), (n, rows, columns, c) -> (n, d_t + num_heads * d);
        (n, d_t), (n, steps, c) -> the same.

    Raises:
        ValueError: no vector, or no sequence or grid.

    Example:
        >>> t, v = keras.Input((3,)), keras.Input((4, 4, 9))
        >>> attention({"text": t, "image": v}, project=5, num_heads=2).shape  # 3 + 2 * 5
        (None, 13)

    Reference:
        Bahdanau et al. (2015), Neural machine translation by jointly learning to align and
        translate.
        Xu et al. (2015), Show, attend and tell.
        Yang et al. (2016), Stacked attention networks (p_i = tanh(V x_i + b)).
        Fukui et al. (2016), Multimodal compact bilinear pooling (several heads).
    """
    width = WIDTH if project is None else project
    with_positions = names_with_positions(arrays)
    vectors = {name: array for name, array in arrays.items() if name not in with_positions}
    if not vectors or len(vectors) == len(arrays):
        raise ValueError(
            "`attention` needs a vector as the query and a sequence or grid to attend to. "
            f"Received: {describe(arrays)}. Use HOG(feature_vector=False) for images or Sequence() "
            "for text, and a vector for the other; or use operator='gated'."
        )
    values = {
        name: _encode_positions(array, width, name)
        for name, array in arrays.items()
        if name not in vectors
    }
    attended = []
    for head in range(1, num_heads + 1):
        queries = [
            projection(vector, width, f"{name}_question_{head}") for name, vector in vectors.items()
        ]
        query = keras.layers.Add()(queries) if len(queries) > 1 else queries[0]
        query = ops.expand_dims(query, 1)  # (n, 1, d)
        for name, value in values.items():
            keys = projection(value, width, f"{name}_keys_{head}")
            mean = keras.layers.AdditiveAttention(name=f"{name}_attention_{head}")(
                [query, value, keys]
            )
            attended.append(keras.layers.Reshape((width,))(mean))
    return keras.layers.Concatenate()([*vectors.values(), *attended])


def _encode_positions(array, width, name):
    """p_i = tanh(V x_i + e_i): (n, rows, columns, c) or (n, steps, c) -> (n, positions, width)."""
    array = keras.layers.Reshape((-1, array.shape[-1]))(array) if rank_of(array) == 3 else array
    content = keras.layers.Dense(width, use_bias=False, name=f"{name}_places")(array)
    return keras.layers.Activation("tanh")(PositionEmbedding(name=f"{name}_positions")(content))


attention.reads = "positions"  # whatever the head reads
attention.needs_positions = True  # its default features are grids
