"""The operators `sum`, `mean`, `max` and `product`: number by number, after all arrays have one width."""

from keras import layers, ops

from mm_keras.fusion.operators.positions import positions_of, projection, repeat_over, shapes_of

WIDTH = 64


def add(arrays, project=None):
    """Sum of learned projections, z = a + b with a = W_t t + b_t and b = W_v v + b_v.

    With a linear head it is `concat` through a bottleneck: evidence is added up, combinations are not seen.

    Args:
        arrays: dict, modality -> Keras tensor; one or more.
        project: int, the common width (default None: 64); 0 for no projection, when the widths agree already.

    Shapes:
        (n, d_t), (n, d_v) -> (n, 64). With a sequence or grid: its positions, 64 channels.

    Raises:
        ValueError: widths that differ with project=0, or positions that differ.
    """
    return _merged(layers.Add(), _aligned(arrays, project, "sum"))


def average(arrays, project=None):
    """Mean of learned projections, z = (a + b) / 2; a, b and the arguments as in `add`."""
    return _merged(layers.Average(), _aligned(arrays, project, "mean"))


def maximum(arrays, project=None):
    """The larger of learned projections, z_k = max(a_k, b_k); a, b and the arguments as in `add`.

    A maxout unit over the modalities: for every number the one that speaks louder is heard.
    """
    return _merged(layers.Maximum(), _aligned(arrays, project, "max"))


def multiply(arrays, project=None):
    """Product of learned projections, z = (1 + a) * (1 + b) - 1 = a + b + a * b (the article's 乘积).

    a = W_t t + b_t and b = W_v v + b_v, multiplied number by number. The product a * b sees combinations: with +1 and -1
    it alone tells whether text and picture agree, which no sum can. The textbook's product is a * b only; a + b keeps what
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
        >>> model = keras.Model([t, v], multiply({"text": t, "image": v}, project=0))
        >>> model.predict_on_batch([np.array([[1.0, -1.0]]), np.array([[3.0, 4.0]])]).tolist()
        [[3.0, -4.0]]

    Reference: Kim et al. (2017), Hadamard product for low-rank bilinear pooling.
    """
    parts = _aligned(arrays, project, "product")
    if project == 0:
        return _merged(layers.Multiply(), parts)
    return ops.subtract(_merged(layers.Multiply(), [ops.add(part, 1.0) for part in parts]), 1.0)


def _aligned(arrays, width, operator):
    """The arrays as a list, of one width and, where one of them has positions, all at these positions."""
    positions = positions_of(arrays)
    width = WIDTH if width is None else width
    if width:
        arrays = {name: projection(array, width, f"{name}_projection") for name, array in arrays.items()}
    if len({array.shape[-1] for array in arrays.values()}) > 1:
        raise ValueError(f"`{operator}` needs arrays of equal width. Received: {shapes_of(arrays)}. Pass project={WIDTH}, "
                         "or use operator='concat'.")
    return [repeat_over(array, positions) for array in arrays.values()]


def _merged(layer, parts):
    return layer(parts) if len(parts) > 1 else parts[0]
