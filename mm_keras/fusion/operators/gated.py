"""The operator `gated`: a learned switch decides, number by number, which modality is heard."""

import keras
from keras import ops

from mm_keras.fusion.operators.positions import positions_of, projection, repeat_over

WIDTH = 64


def gated(arrays, project=None):
    """Gated multimodal unit, h = (1 - g) * h_t + g * h_v with h_m = tanh(W_m m + b_m), g = sigmoid(W_g [t; v] + b_g).

    The gate looks at all modalities and weighs them for every number and sample anew. For more than two modalities
    the sigmoid becomes a softmax over modalities (the first one's score stays 0, which for two gives the sigmoid
    exactly).

    Args:
        arrays: dict, modality -> Keras tensor; two or more.
        project: int >= 1, the width of h and g (default None: 64).

    Shapes:
        (n, d_t), (n, d_v) -> (n, 64). With a sequence or grid: its positions, 64 channels.

    Raises:
        ValueError: a single modality, a width below 1, or positions that differ.

    Example:
        >>> t, v = keras.Input((3,)), keras.Input((5,))
        >>> z = gated({"text": t, "image": v}, project=2)
        >>> keras.Model([t, v], z).count_params()  # (3 + 1) * 2, (5 + 1) * 2 and the gate's (3 + 5 + 1) * 2
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


def _score(arrays, width, positions, of):
    """W_g [t; v] + b_g as the sum W_gt t + W_gv v + b_g, so that nothing wide is repeated over positions."""
    parts = []
    for number, (name, array) in enumerate(arrays.items()):
        dense = keras.layers.Dense(width, use_bias=number == 0, name=f"{of}_gate_from_{name}")
        parts.append(repeat_over(dense(array), positions))
    return keras.layers.Add()(parts)
