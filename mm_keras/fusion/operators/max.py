"""The operator `max`: the elementwise maximum of learned projections."""

import keras
from keras import layers

from mm_keras.fusion.operators._aligned import align, merge


def max(arrays: dict[str, keras.KerasTensor], project: int | None = None) -> keras.KerasTensor:
    """Maximum of learned projections, z_k = max(a_k, b_k), a = W_t t + b_t and b = W_v v + b_v.

    A maxout unit over the modalities: the modality with the stronger response decides each value.

    Args:
        arrays: dict, modality -> Keras tensor; one or more.
        project: int, the common width (default None: 64); 0 for no projection, if the widths are
            already equal.

    Shapes:
        (n, d_t), (n, d_v) -> (n, 64). With a sequence or grid: its positions, 64 channels.

    Raises:
        ValueError: different widths with project=0, or different positions.
    """
    return merge(layers.Maximum(), align(arrays, project, "max"))
