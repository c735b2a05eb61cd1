"""The operator `max`: of learned projections the larger value, one by one."""

from keras import layers

from mm_keras.fusion.operators._aligned import aligned, merged


def max(arrays, project=None):
    """The larger of learned projections, z_k = max(a_k, b_k) with a = W_t t + b_t and b = W_v v + b_v.

    A maxout unit over the modalities: for each value the modality with the stronger response decides.

    Args:
        arrays: dict, modality -> Keras tensor; one or more.
        project: int, the common width (default None: 64); 0 for no projection, when the widths agree already.

    Shapes:
        (n, d_t), (n, d_v) -> (n, 64). With a sequence or grid: its positions, 64 channels.

    Raises:
        ValueError: widths that differ with project=0, or positions that differ.
    """
    return merged(layers.Maximum(), aligned(arrays, project, "max"))
