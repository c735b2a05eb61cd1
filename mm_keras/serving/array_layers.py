"""Keras layers that scale feature arrays as `Features` does and zero those of missing samples."""

import keras
from keras import ops

from mm_keras.fusion.layers import is_present, keep_where


@keras.saving.register_keras_serializable("mm_keras")
class ScaleColumns(keras.layers.Layer):
    """`BlockScaler`: (x - mean) / scale per column, or rows of unit norm; zero rows stay zero.

    Args:
        unit_rows: bool, divide every sample by its Euclidean norm instead.

    Attributes:
        mean, scale: weights (columns,).
    """

    def __init__(self, unit_rows=False, **options):
        super().__init__(**options)
        self.unit_rows = unit_rows

    def build(self, input_shape):
        self.mean = self.add_weight(
            shape=input_shape[-1:], initializer="zeros", trainable=False, name="mean"
        )
        self.scale = self.add_weight(
            shape=input_shape[-1:], initializer="ones", trainable=False, name="scale"
        )

    def call(self, block):
        if self.unit_rows:
            norms = ops.sqrt(
                ops.sum(block * block, axis=tuple(range(1, len(block.shape))), keepdims=True)
            )
            return block / ops.where(norms > 0, norms, 1.0)
        return keep_where((block - self.mean) / self.scale, is_present(block))

    def compute_output_shape(self, input_shape):
        return input_shape

    def get_config(self):
        return {**super().get_config(), "unit_rows": self.unit_rows}


@keras.saving.register_keras_serializable("mm_keras")
class KeepWherePresent(keras.layers.Layer):
    """Rows set to zero where the sample itself is all zero: an empty text, a black image.

    Shapes: [rows (n, ...), samples (n, ...)] -> (n, ...).
    """

    def call(self, inputs):
        rows, samples = inputs
        return keep_where(rows, is_present(samples))

    def compute_output_spec(self, inputs):
        return keras.KerasTensor(inputs[0].shape, inputs[0].dtype)


@keras.saving.register_keras_serializable("mm_keras")
class ClassNames(keras.layers.Layer):
    """The identity on class probabilities; its config stores the class names.

    Args:
        class_names: list of str, one per column.
        threshold: None, or for multi-label targets the probability from which a label is predicted.
    """

    def __init__(self, class_names, threshold=None, **options):
        super().__init__(**options)
        self.class_names, self.threshold = list(class_names), threshold

    def call(self, probabilities):
        return probabilities

    def get_config(self):
        return {
            **super().get_config(),
            "class_names": self.class_names,
            "threshold": self.threshold,
        }
