"""Layers that Keras does not have: for missing modalities (all-zero rows) and for positions."""

from typing import Any

import keras
from keras import ops


@keras.saving.register_keras_serializable("mm_keras")
class ModalityDropout(keras.layers.Layer):
    """Sets whole modalities of a sample to zero at random in training, but never all of them.

    The network thus learns to classify with either modality alone. Each modality of a sample is
    dropped with probability `rate`; if that would leave none, one of those present is kept, chosen
    uniformly at random. The others are not scaled up: a sample with a dropped modality looks like
    one in which it is missing. At inference the layer is the identity.

    Args:
        rate: float in [0, 1).

    Shapes:
        list of arrays (n, ...) -> the same list.

    Raises:
        ValueError: a rate outside [0, 1).

    Reference: Neverova et al. (2016), ModDrop: adaptive multi-modal gesture recognition.
    """

    def __init__(self, rate: float, **kwargs: Any):
        super().__init__(autocast=False, **kwargs)  # half precision would round values to zero
        if not 0 <= rate < 1:
            raise ValueError(f"The modality dropout rate must be in [0, 1). Received: {rate}.")
        self.rate = rate
        self.seed_generator = keras.random.SeedGenerator()

    def call(self, arrays, training=None):
        if not training or self.rate == 0:
            return list(arrays)
        present = ops.stack([is_present(array) for array in arrays], axis=1)  # (n, modalities)
        draw = keras.random.uniform(ops.shape(present), seed=self.seed_generator)
        draw = ops.where(present, draw, -1.0)
        keep = ops.logical_or(draw >= self.rate, draw == ops.max(draw, axis=1, keepdims=True))
        return [keep_where(array, keep[:, i]) for i, array in enumerate(arrays)]

    def get_config(self):
        return {**super().get_config(), "rate": self.rate}


@keras.saving.register_keras_serializable("mm_keras")
class MissingModalityEmbedding(keras.layers.Layer):
    """Replaces rows that are all zero (the modality is missing) by one learned array.

    Other rows do not change.

    Attributes:
        fallback: weight with the shape of one sample, initialized with zeros.

    Shapes:
        (n, ...) -> (n, ...).
    """

    def __init__(self, **kwargs: Any):
        super().__init__(autocast=False, **kwargs)  # half precision would round values to zero

    def build(self, input_shape):
        self.fallback = self.add_weight(shape=input_shape[1:], initializer="zeros", name="fallback")

    def call(self, array):
        return ops.where(
            per_row(is_present(array), array), array, ops.convert_to_tensor(self.fallback)
        )

    def compute_output_shape(self, input_shape):
        return input_shape


@keras.saving.register_keras_serializable("mm_keras")
class PositionEmbedding(keras.layers.Layer):
    """Adds a learned vector e_i to each step i: x_i + e_i.

    e is initialized with standard normal values, so that steps differ from the beginning.

    Shapes:
        (n, steps, d) -> the same. A padding mask is passed on.

    Reference: Gehring et al. (2017), Convolutional sequence to sequence learning (position
        embeddings).
    """

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.supports_masking = True

    def build(self, input_shape):
        normal = keras.initializers.RandomNormal(stddev=1.0)
        self.embedding = self.add_weight(
            shape=input_shape[1:], initializer=normal, name="embedding"
        )

    def call(self, steps):
        return ops.add(steps, self.embedding)

    def compute_output_shape(self, input_shape):
        return input_shape


def is_present(array):
    """Whether each row has a nonzero value: (n, ...) -> (n,) bool."""
    return ops.any(ops.not_equal(array, 0), axis=tuple(range(1, len(array.shape))))


def keep_where(array, flags):
    """Rows (n, ...) where flags (n,) are true, zeros elsewhere."""
    return ops.where(per_row(flags, array), array, ops.zeros_like(array))


def per_row(flags, array):
    """Flags (n,) reshaped to (n, 1, ...), with as many axes as `array`."""
    return ops.reshape(flags, (-1, *[1] * (len(array.shape) - 1)))
