"""The operator `attention`: the text decides where in the picture to look."""

import keras
from keras import ops

from mm_keras.fusion.operators.positions import projection, shapes_of
from mm_keras.heads.layout import rank_of

WIDTH = 64


def attend(arrays, project=None):
    """Additive attention, z = [t; sum_i a_i p_i] with a = softmax_i(w . tanh(W_p p_i + b_p + W_t t + b_t)).

    The cells of a grid or the steps of a sequence are the places p_i; the vectors ask, each place gets a weight, the
    weights add up to one, and the weighted mean of the places joins the vectors. Where it is, is forgotten: only what
    was seen stays.

    Args:
        arrays: dict, modality -> Keras tensor; at least one vector and at least one sequence or grid.
        project: int >= 1, the width in which questions and places are compared (default None: 64).

    Shapes:
        (n, d_t), (n, rows, columns, c) -> (n, d_t + c); (n, d_t), (n, steps, d) -> (n, d_t + d).

    Raises:
        ValueError: no vector, or nothing with positions.

    Example:
        >>> t, v = keras.Input((3,)), keras.Input((4, 4, 9))
        >>> attend({"text": t, "image": v}).shape
        (None, 12)

    Reference: Bahdanau et al. (2015), Neural machine translation by jointly learning to align and translate; Xu et
    al. (2015), Show, attend and tell.
    """
    width = WIDTH if project is None else project
    vectors = {name: array for name, array in arrays.items() if rank_of(array) == 1}
    if not vectors or len(vectors) == len(arrays):
        raise ValueError("`attention` needs a vector that asks and a sequence or grid that is looked at. Received: "
                         f"{shapes_of(arrays)}. Use HOG(feature_vector=False) for pictures or Sequence() for text, "
                         "and a vector for the other; or use operator='gated'.")
    questions = [projection(vector, width, f"{name}_question") for name, vector in vectors.items()]
    question = keras.layers.Add()(questions) if len(questions) > 1 else questions[0]
    question = ops.expand_dims(question, 1)  # (n, 1, width)
    seen = []
    for name, array in arrays.items():
        if name not in vectors:
            is_grid = rank_of(array) == 3
            places = keras.layers.Reshape((-1, array.shape[-1]))(array) if is_grid else array  # (n, places, c)
            keys = projection(places, width, f"{name}_places")
            looked = keras.layers.AdditiveAttention(name=f"{name}_attention")([question, places, keys])
            seen.append(keras.layers.Reshape((array.shape[-1],))(looked))
    return keras.layers.Concatenate()([*vectors.values(), *seen])
