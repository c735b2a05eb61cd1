"""The operator `bilinear`: a low-rank linear map of the outer product."""

import keras

from mm_keras.fusion.operators.positions import positions_of, projection, repeat_over

WIDTH = 64


def bilinear(
    arrays: dict[str, keras.KerasTensor], project: int | None = None, rank: int = 4
) -> keras.KerasTensor:
    """Low-rank bilinear map, h = sum_r a_r (W_t^(r) [1; t]) * (W_v^(r) [1; v]) + b, elementwise.

    A linear map of the whole outer product [1; t][1; v]^T to d values would have
    (d_t + 1)(d_v + 1)d weights; here its tensor is a sum of `rank` products, with
    rank * d * (d_t + d_v + 2) + rank + d weights. All are learned: the factors W, the rank weights
    a and the bias b. The weights of the leading 1 start at 1, a at 1 / rank and b at -1: it starts
    as the mean of `rank` products, and with rank 1 as `product`.

    Args:
        arrays: dict, modality -> Keras tensor; one or more.
        project: int >= 1, the width d of the result (default None: 64).
        rank: int >= 1, the number R of products; default 4.

    Shapes:
        (n, d_t), (n, d_v) -> (n, 64). With a sequence or grid: its positions, 64 channels.

    Raises:
        ValueError: a width or rank below 1, or different positions.

    Example:
        >>> t, v = keras.Input((3,)), keras.Input((5,))
        >>> z = bilinear({"text": t, "image": v}, project=2, rank=4)
        >>> keras.Model([t, v], z).count_params()  # 4 * 2 * (3 + 5 + 2) + 4 + 2
        86

    Reference: Liu et al. (2018), Efficient low-rank multimodal fusion with modality-specific
        factors.
    """
    width = WIDTH if project is None else project
    if width < 1 or rank < 1:
        raise ValueError(
            "`bilinear` needs a width and a rank of at least 1. Received: "
            f"project={width}, rank={rank}."
        )
    positions = positions_of(arrays)
    # The bias of a projection is the weight of the leading 1.
    factors = [
        repeat_over(projection(array, rank * width, f"{name}_factors", bias="ones"), positions)
        for name, array in arrays.items()
    ]
    products = keras.layers.Multiply()(factors) if len(factors) > 1 else factors[0]
    products = keras.layers.Reshape((*positions, rank, width))(products)
    axes = "xy"[: len(positions)]
    weigh = keras.layers.EinsumDense(
        f"n{axes}rd,r->n{axes}d",
        output_shape=(*positions, width),
        bias_axes="d",
        name="rank_weights",
        kernel_initializer=keras.initializers.Constant(1 / rank),
        bias_initializer=keras.initializers.Constant(-1),
    )
    return weigh(products)
