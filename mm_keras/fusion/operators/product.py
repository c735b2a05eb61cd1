"""The operator `product`: learned projections, multiplied value by value."""

from keras import layers, ops

from mm_keras.fusion.operators._aligned import aligned, merged


def product(arrays, project=None):
    """Product of learned projections, z = (1 + a) * (1 + b) - 1 = a + b + a * b (the article's 乘积).

    a = W_t t + b_t and b = W_v v + b_v, multiplied number by number. The product a * b sees combinations: with +1 and -1
    it alone tells whether text and image agree, which no sum can. The textbook's product is a * b only; a + b keeps what
    each modality says on its own, so that a missing one (all zero) does not wipe out the other. With project=0 it is the
    textbook's: z = t * v of the arrays as they are.

    Args:
        arrays: dict, modality -> Keras tensor; one or more.
        project: int, the common width (default None: 64); 0 for no projection, when the widths agree already.

    Shapes:
        (n, d_t), (n, d_v) -> (n, 64). With a sequence or grid: its positions, 64 channels.

    Raises:
        ValueError: widths that differ with project=0, or positions that differ.

    Example:
        >>> import keras
        >>> import numpy as np
        >>> t, v = keras.Input((2,)), keras.Input((2,))
        >>> model = keras.Model([t, v], product({"text": t, "image": v}, project=0))
        >>> model.predict_on_batch([np.array([[1.0, -1.0]]), np.array([[3.0, 4.0]])]).tolist()
        [[3.0, -4.0]]

    Reference: Kim et al. (2017), Hadamard product for low-rank bilinear pooling.
    """
    parts = aligned(arrays, project, "product")
    if project == 0:
        return merged(layers.Multiply(), parts)
    return ops.subtract(merged(layers.Multiply(), [ops.add(part, 1.0) for part in parts]), 1.0)
