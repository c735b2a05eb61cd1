"""Dual encoder: one linear map per modality to a common space, trained to tell partners apart."""

from typing import Any

import keras
from keras import ops

from mm_keras.fusion.arrange import arrange
from mm_keras.fusion.inputs import checked_shapes, format_shapes, make_inputs
from mm_keras.fusion.layers import is_present


def dual_encoder_model(
    shapes: dict[str, tuple[int, ...]],
    width: int = 64,
    temperature: float = 0.1,
    dropout: float = 0.3,
) -> keras.Model:
    """An uncompiled Keras model of two modalities in one space: unit vectors W x / |W x|.

    It is trained to find the partner of each sample among the samples of the batch, in both
    directions; see `InBatchContrast`, which adds the loss. So neither a loss nor targets are
    needed: `model.compile("adam")`, `model.fit(arrays, batch_size=128)`. Larger batches are harder
    and usually better. As there is no bias, a missing sample (all zero) has a zero vector.

    Args:
        shapes: dict, modality -> shape of one sample, as `Features.shapes`; two modalities. Grids
            are flattened; token ids get a learned embedding, averaged over the tokens.
        width: int >= 1, the length of the vectors; default 64.
        temperature: float > 0, see `InBatchContrast`; default 0.1.
        dropout: float in [0, 1), the rate of dropout of the inputs of the maps; default 0.3.

    Shapes:
        dict of arrays (n, *shape) -> dict of arrays (n, width), rows of length 1.

    Raises:
        ValueError: not two modalities, or a temperature that is not positive.

    Example:
        >>> model = dual_encoder_model({"text": (100,), "image": (8, 8, 9)}, width=32)
        >>> model.output["image"].shape, model.count_params()  # (100 + 576) * 32
        ((None, 32), 21632)

    Reference: R. Socher et al., Grounded compositional semantics for finding and describing images
    with sentences, 2014 (two maps to one space); A. van den Oord, Y. Li, O. Vinyals, Representation
    learning with contrastive predictive coding, 2018, and A. Radford et al., Learning transferable
    visual models from natural language supervision, 2021 (the loss).
    """
    shapes = checked_shapes(shapes)
    if len(shapes) != 2:
        raise ValueError(
            "A dual encoder has two modalities, such as text and image. "
            f"Received: {format_shapes(shapes)}. Keep two: features.only('text', 'image')."
        )
    inputs = make_inputs(shapes)
    arrays, _ = arrange(inputs, shapes, "vector")
    vectors = []
    for name, array in arrays.items():
        array = keras.layers.Dropout(dropout, name=f"{name}_dropout")(array)
        array = keras.layers.Dense(width, use_bias=False, name=f"{name}_map")(array)
        unit = keras.layers.UnitNormalization(dtype="float32", name=f"{name}_unit")
        vectors.append(unit(array))  # in half precision a zero vector would become nan
    vectors = InBatchContrast(temperature, name="contrast")(vectors)
    return keras.Model(inputs, dict(zip(shapes, vectors)), name="dual_encoder")


@keras.saving.register_keras_serializable("mm_keras")
class InBatchContrast(keras.layers.Layer):
    """Returns its inputs, and adds a loss: each vector must find its partner in the batch.

    With s_ij = x_i . y_j / temperature, the loss is the mean over the pairs i of

        -1/2 log exp(s_ii) / sum_j exp(s_ij) - 1/2 log exp(s_ii) / sum_j exp(s_ji)

    Pairs in which a modality is missing (a zero vector) do not take part. All other samples of the
    batch count as wrong partners, even if they are equal to the right one.

    Args:
        temperature: float > 0; the smaller, the more the most similar wrong partners count.

    Shapes:
        list of two arrays (n, width) of unit vectors -> the same list.

    Raises:
        ValueError: a temperature that is not positive.
    """

    def __init__(self, temperature: float = 0.1, dtype: Any = "float32", **kwargs: Any):
        super().__init__(dtype=dtype, **kwargs)
        if not temperature > 0:
            raise ValueError(f"temperature must be positive. Received: {temperature}.")
        self.temperature = temperature

    def call(self, vectors):
        x, y = vectors
        present = ops.cast(ops.logical_and(is_present(x), is_present(y)), x.dtype)
        missing = 1e9 * (1 - present)
        logits = ops.matmul(x, ops.transpose(y)) / self.temperature  # (n, n)
        forward = ops.logsumexp(logits - missing[None, :], axis=1)
        backward = ops.logsumexp(logits - missing[:, None], axis=0)
        losses = (forward + backward) / 2 - ops.sum(x * y, axis=1) / self.temperature
        losses = ops.where(present > 0, losses, 0.0)
        self.add_loss(ops.sum(losses) / ops.maximum(ops.sum(present), 1.0))
        return [x, y]

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "temperature": self.temperature}
