"""The operator `mean`: the mean of learned projections."""

from keras import layers

from mm_keras.fusion.operators._aligned import aligned, merged


def mean(arrays, project=None):
    """Mean of learned projections, z = (a + b) / 2 with a = W_t t + b_t and b = W_v v + b_v.

    Args:
        arrays: dict, modality -> Keras tensor; one or more.
        project: int, the common width (default None: 64); 0 for no projection, when the widths agree already.

    Shapes:
        (n, d_t), (n, d_v) -> (n, 64). With a sequence or grid: its positions, 64 channels.

    Raises:
        ValueError: widths that differ with project=0, or positions that differ.
    """
    return merged(layers.Average(), aligned(arrays, project, "mean"))
