"""The operator `sum`: the sum of learned projections."""

import keras
from keras import layers

from mm_keras.fusion.operators._aligned import align, merge


def sum(arrays: dict[str, keras.KerasTensor], project: int | None = None) -> keras.KerasTensor:
    """Sum of learned projections, z = a + b with a = W_t t + b_t and b = W_v v + b_v.

    With a linear head it is `concat` through a bottleneck: evidence is added up, and
    combinations are not seen.

    Args:
        arrays: dict, modality -> Keras tensor; one or more.
        project: int, the common width (default None: 64); 0 for no projection, if the widths are
            already equal.

    Shapes:
        (n, d_t), (n, d_v) -> (n, 64). With a sequence or grid: its positions, 64 channels.

    Raises:
        ValueError: different widths with project=0, or different positions.
    """
    return merge(layers.Add(), align(arrays, project, "sum"))
