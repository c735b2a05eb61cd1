"""The operator `product`: the elementwise product of learned projections."""

import keras
from keras import layers, ops

from mm_keras.fusion.operators._aligned import align, merge


def product(arrays: dict[str, keras.KerasTensor], project: int | None = None) -> keras.KerasTensor:
    """Product of learned projections, z = (1 + a) * (1 + b) - 1 = a + b + a * b.

    The article's 乘积. a = W_t t + b_t and b = W_v v + b_v are multiplied elementwise. The product
    a * b sees combinations: with +1 and -1 it alone tells whether text and image agree, which no
    sum can. The textbook's product is a * b only; a + b keeps the evidence of each modality alone,
    so that a missing one (all zero) does not wipe out the other. With project=0 it is the
    textbook's product, z = t * v of the arrays as they are.

    Args:
        arrays: dict, modality -> Keras tensor; one or more.
        project: int, the common width (default None: 64); 0 for no projection, if the widths are
            already equal.

    Shapes:
        (n, d_t), (n, d_v) -> (n, 64). With a sequence or grid: its positions, 64 channels.

    Raises:
        ValueError: different widths with project=0, or different positions.

    Example:
        >>> import numpy as np
        >>> t, v = keras.Input((2,)), keras.Input((2,))
        >>> model = keras.Model([t, v], product({"text": t, "image": v}, project=0))
        >>> model.predict_on_batch([np.array([[1.0, -1.0]]), np.array([[3.0, 4.0]])]).tolist()
        [[3.0, -4.0]]

    Reference: Kim et al. (2017), Hadamard product for low-rank bilinear pooling.
    """
    projections = align(arrays, project, "product")
    if project == 0:
        return merge(layers.Multiply(), projections)
    return ops.subtract(
        merge(layers.Multiply(), [ops.add(array, 1.0) for array in projections]), 1.0
    )
