"""The operator `sum`: learned projections, added up."""

from keras import layers

from mm_keras.fusion.operators._aligned import aligned, merged


def sum(arrays, project=None):
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
    return merged(layers.Add(), aligned(arrays, project, "sum"))
