"""The operators `sum`, `mean`, `max` and `product`: number by number, after all arrays have one width."""

import keras

from mm_keras.fusion.operators.positions import positions_of, projection, repeat_over

WIDTH = 64


def add(arrays, project=None):
    """Sum of learned projections, z = (W_t t + b_t) + (W_v v + b_v).

    With a linear head it is `concat` through a bottleneck: evidence is added up, combinations are not seen.

    Args:
        arrays: dict, modality -> Keras tensor; one or more.
        project: int, the common width (default None: 64); 0 for no projection, when the widths agree already.

    Shapes:
        (n, d_t), (n, d_v) -> (n, 64). With a sequence or grid: its positions, 64 channels.

    Raises:
        ValueError: widths that differ with project=0, or positions that differ.
    """
    return _meet(arrays, project, keras.layers.Add(), "sum")


def average(arrays, project=None):
    """Mean of learned projections, z = (W_t t + b_t + W_v v + b_v) / 2; arguments as `add`."""
    return _meet(arrays, project, keras.layers.Average(), "mean")


def maximum(arrays, project=None):
    """The larger of two learned projections, z_k = max((W_t t + b_t)_k, (W_v v + b_v)_k); arguments as `add`.

    A maxout unit over the modalities: whichever speaks louder for feature k is heard.
    """
    return _meet(arrays, project, keras.layers.Maximum(), "max")


def multiply(arrays, project=None):
    """Product of learned projections, z = (W_t t + b_t) * (W_v v + b_v) number by number (the article's 乘积).

    The Hadamard product sees combinations: with t, v = +1 or -1, the product alone tells whether they agree, which no sum
    can. The biases start at 1, so z = 1 + W_t t + W_v v + (W_t t)(W_v v) at first: each modality also counts on its own, and a
    missing one (all zero) leaves the other's projection instead of wiping it out.

    Args:
        arrays: dict, modality -> Keras tensor; one or more.
        project: int, the common width (default None: 64); 0 for no projection, when the widths agree already.

    Shapes:
        (n, d_t), (n, d_v) -> (n, 64). With a sequence or grid: its positions, 64 channels.

    Raises:
        ValueError: widths that differ with project=0, or positions that differ.

    Example:
        >>> t, v = keras.Input((2,)), keras.Input((2,))
        >>> z = multiply({"text": t, "image": v}, project=0)
        >>> import numpy as np
        >>> keras.Model([t, v], z).predict_on_batch([np.array([[1.0, -1.0]]), np.array([[3.0, 4.0]])]).tolist()
        [[3.0, -4.0]]

    Reference: Kim et al. (2017), Hadamard product for low-rank bilinear pooling.
    """
    return _meet(arrays, project, keras.layers.Multiply(), "product", bias="ones")


def _meet(arrays, width, merge, operator, bias="zeros"):
    positions = positions_of(arrays)
    width = WIDTH if width is None else width
    if width:
        arrays = {name: projection(array, width, f"{name}_projection", bias) for name, array in arrays.items()}
    widths = {name: array.shape[-1] for name, array in arrays.items()}
    if len(set(widths.values())) > 1:
        raise ValueError(f"`{operator}` needs arrays of equal width. Received: {widths}. Pass project={WIDTH}, or use "
                         "operator='concat'.")
    parts = [repeat_over(array, positions) for array in arrays.values()]
    return merge(parts) if len(parts) > 1 else parts[0]
