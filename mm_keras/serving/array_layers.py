"""Keras layers that scale feature arrays as `Features` does and zero those of missing samples."""

from contextlib import nullcontext

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
class SameLength(keras.layers.Layer):
    """The identity on a dict of arrays, which must have the same number of rows.

    On TensorFlow a zero row is added where there is none: its convolutions need one. `FirstRows`
    removes the probabilities of that row.

    Shapes: {name: (n, ...)} -> the same; or (1, ...) for n = 0.
    """

    def call(self, arrays):
        lengths = {name: ops.shape(array)[0] for name, array in arrays.items()}
        message = f"Pass one row per sample for each of {', '.join(arrays)}."
        are_known = all(isinstance(length, int) for length in lengths.values())
        if are_known and len(set(lengths.values())) > 1:
            raise ValueError(f"{message} Received numbers of rows: {lengths}.")
        first = next(iter(arrays))
        checked = {}
        for name, array in arrays.items():
            with nullcontext() if are_known else _equal(lengths[first], lengths[name], message):
                # fails for other lengths also where the comparison is not exported
                array = ops.reshape(array, [lengths[first], *list(ops.shape(array))[1:]])
            checked[name] = _with_a_row(array)
        return checked

    def compute_output_spec(self, arrays):
        return {name: keras.KerasTensor(array.shape, array.dtype) for name, array in arrays.items()}


@keras.saving.register_keras_serializable("mm_keras")
class FirstRows(keras.layers.Layer):
    """As many rows as there are samples.

    Shapes: [rows (n or more, ...), samples (n, ...)] -> (n, ...).
    """

    def call(self, inputs):
        rows, samples = inputs
        return rows[: ops.shape(samples)[0]]

    def compute_output_spec(self, inputs):
        return keras.KerasTensor(inputs[0].shape, inputs[0].dtype)


def _equal(one, other, message):
    """A context for operations that need two lengths to be equal."""
    if keras.backend.backend() != "tensorflow":
        return nullcontext()
    import tensorflow as tf

    return tf.control_dependencies([tf.debugging.assert_equal(one, other, message)])


def _with_a_row(array):
    """The array, with a zero row if it has no row."""
    if keras.backend.backend() != "tensorflow":
        return array
    import tensorflow as tf

    shape = tf.shape(array)
    missing = tf.cast(shape[:1] == 0, tf.int32)
    padded = tf.concat([array, tf.zeros(tf.concat([missing, shape[1:]], 0), array.dtype)], axis=0)
    padded.set_shape([None, *array.shape[1:]])
    return padded


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
