"""The dense head: a multilayer perceptron."""

from collections.abc import Sequence

import keras

from mm_keras.heads.layout import to_vector
from mm_keras.heads.output import probabilities
from mm_keras.heads.training_defaults import TrainingDefaults


def dense_head(
    tensor: keras.KerasTensor,
    num_classes: int,
    multi_label: bool = False,
    units: int | Sequence[int] = 128,
    dropout: float = 0.5,
) -> keras.KerasTensor:
    """Class probabilities from a multilayer perceptron: layers h = relu(W.x + b), then softmax.

    Args:
        tensor: Keras tensor (n, d); a sequence or grid is flattened first.
        num_classes: int >= 2, or >= 1 when `multi_label`.
        multi_label: bool, one independent sigmoid per label instead of softmax; default False.
        units: int, or a list with one int per hidden layer; default 128.
        dropout: float in [0, 1), the fraction of hidden values set to zero at each training step;
            default 0.5.

    Shapes:
        (n, d), (n, steps, d) or (n, rows, columns, channels) -> (n, num_classes), values in [0, 1].

    Raises:
        ValueError: too few classes, or a tensor of another rank.

    Example:
        >>> x = keras.Input((5,))
        >>> model = keras.Model(x, dense_head(x, num_classes=3, units=10))
        >>> model.count_params()  # 5 * 10 + 10 and 10 * 3 + 3
        93
    """
    hidden = to_vector(tensor)
    for width in [units] if isinstance(units, int) else units:
        hidden = keras.layers.Dense(width, activation="relu")(hidden)
        hidden = keras.layers.Dropout(dropout)(hidden)
    return probabilities(hidden, num_classes, multi_label)


dense_head.reads = "vector"
dense_head.training = TrainingDefaults()
