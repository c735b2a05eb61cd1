"""The operator `gated`: a learned gate weighs the modalities, value by value."""

import keras
from keras import ops

from mm_keras.fusion.operators.positions import positions_of, projection, repeat_over

WIDTH = 64


def gated(arrays: dict[str, keras.KerasTensor], project: int | None = None) -> keras.KerasTensor:
    """Gated multimodal unit, h = (1 - g) * h_t + g * h_v.

    h_m = tanh(W_m m + b_m) and g = sigmoid(W_g [t; v] + b_g). The gate reads all modalities and
    weighs them for each value of each sample. For more than two modalities the sigmoid becomes a
    softmax over modalities (the first score is fixed at 0, which for two gives exactly the
    sigmoid).

    Args:
        arrays: dict, modality -> Keras tensor; two or more.
        project: int >= 1, the width of h and g (default None: 64).

    Shapes:
        (n, d_t), (n, d_v) -> (n, 64). With a sequence or grid: its positions, 64 channels.

    Raises:
        ValueError: a single modality, a width below 1, or different positions.

    Example:
        >>> t, v = keras.Input((3,)), keras.Input((5,))
        >>> z = gated({"text": t, "image": v}, project=2)
        >>> model = keras.Model([t, v], z)
        >>> model.count_params()  # (3 + 1) * 2, (5 + 1) * 2 and the gate's (3 + 5 + 1) * 2
        38

    Reference: Arevalo et al. (2017), Gated multimodal units for information fusion.
    """
    width = WIDTH if project is None else project
    if len(arrays) < 2 or width < 1:
        raise ValueError(
            "`gated` needs two or more modalities and a width of at least 1. Received: "
            f"{', '.join(arrays)}, project={width}. Use unimodal_model for one modality."
        )
    positions = positions_of(arrays)
    values = [
        repeat_over(ops.tanh(projection(array, width, f"{name}_value")), positions)
        for name, array in arrays.items()
    ]
    scores = [_score(arrays, width, positions, name) for name in list(arrays)[1:]]
    if len(scores) == 1:
        gate = ops.sigmoid(scores[0])
        return ops.add(
            ops.multiply(ops.subtract(1.0, gate), values[0]), ops.multiply(gate, values[1])
        )
    weights = ops.softmax(ops.stack([ops.zeros_like(scores[0]), *scores], axis=-1), axis=-1)
    return ops.sum(ops.multiply(weights, ops.stack(values, axis=-1)), axis=-1)


def _score(arrays, width, positions, gated_name):
    """W_g [t; v] + b_g as W_gt t + W_gv v + b_g, so that only narrow arrays are repeated."""
    terms = []
    for i, (name, array) in enumerate(arrays.items()):
        dense = keras.layers.Dense(width, use_bias=i == 0, name=f"{gated_name}_gate_from_{name}")
        terms.append(repeat_over(dense(array), positions))
    return keras.layers.Add()(terms)
