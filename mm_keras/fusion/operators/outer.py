"""The operator `outer`: the outer product of text and image features, laid out as an image."""

import math

import keras
from keras import ops

from mm_keras.fusion.operators.positions import describe, projection
from mm_keras.heads.layout import to_vector

WIDTH = 24
MAX_SIZE = 256 * 256


def outer(arrays: dict[str, keras.KerasTensor], project: int | None = None) -> keras.KerasTensor:
    """Outer product Z = [1; t][1; v]^T of learned projections, laid out as an image.

    t = W_t x_t + b_t and v = W_v x_v + b_v. Row i, column j holds t_i * v_j; the leading 1 keeps t
    and v themselves in the first column and row, and 1 in the corner. So it contains what `concat`
    and `product` see. The image has one channel and feeds the article's Conv2D as it is; its rows
    and columns have no natural order, but the projections are learned, so the network chooses one.
    A third modality becomes the channels, a fourth more of them. Sequences and grids are flattened
    first.

    Args:
        arrays: dict, modality -> Keras tensor; two or more.
        project: int, the width of each projection (default None: 24); 0 for the raw arrays.

    Shapes:
        (n, d_t), (n, d_v) -> (n, 25, 25, 1); with a third modality (n, 25, 25, 25).

    Raises:
        ValueError: a single modality; an image of more than 65,536 values.

    Example:
        >>> import numpy as np
        >>> t, v = keras.Input((1,)), keras.Input((2,))
        >>> model = keras.Model([t, v], outer({"text": t, "image": v}, project=0))
        >>> z = model.predict_on_batch([np.array([[2.0]]), np.array([[3.0, 4.0]])])
        >>> z[0, :, :, 0].tolist()
        [[1.0, 3.0, 4.0], [2.0, 6.0, 8.0]]

    Reference:
        Zadeh et al. (2017), Tensor fusion network.
        He et al. (2018), Outer product-based neural collaborative filtering.
    """
    if len(arrays) < 2:
        raise ValueError(
            f"`outer` needs two or more modalities. Received: {', '.join(arrays)}. Use "
            "unimodal_model for one."
        )
    width = WIDTH if project is None else project
    vectors = {name: to_vector(array) for name, array in arrays.items()}
    if width:
        vectors = {
            name: projection(vector, width, f"{name}_projection")
            for name, vector in vectors.items()
        }
    size = math.prod(vector.shape[1] + 1 for vector in vectors.values())
    if size > MAX_SIZE:
        suggested = WIDTH if len(arrays) == 2 else 8
        raise ValueError(
            f"`outer` would make an image of {size:,} values; the maximum is {MAX_SIZE:,}. "
            f"Received: {describe(vectors)}. Use a smaller projection, e.g. project={suggested}."
        )
    first, second, *more = [
        ops.pad(vector, ((0, 0), (1, 0)), constant_values=1) for vector in vectors.values()
    ]
    image = ops.expand_dims(ops.multiply(ops.expand_dims(first, 2), ops.expand_dims(second, 1)), 3)
    for vector in more:
        # (n, rows, columns, channels) times (n, d) -> (n, rows, columns, channels * d)
        products = ops.multiply(ops.expand_dims(image, 4), ops.expand_dims(vector, (1, 2, 3)))
        image = keras.layers.Reshape((*image.shape[1:3], image.shape[3] * vector.shape[1]))(
            products
        )
    return image


outer.reads = "vector"
