"""The cnn head: the article's convolutional network."""

import keras
from keras import layers

from mm_keras.heads.layout import LAYOUT, pad_to_minimum, rank_of, to_square
from mm_keras.heads.output import probabilities
from mm_keras.heads.training_defaults import TrainingDefaults


def cnn_head(
    tensor: keras.KerasTensor, num_classes: int, multi_label: bool = False
) -> keras.KerasTensor:
    """Class probabilities from the article's convolutional network.

    Conv2D(32, 3x3, relu), Conv2D(64, 3x3, relu), MaxPooling2D(2x2), Dropout(0.25), Flatten,
    Dense(128, relu), Dropout(0.5), Dense(num_classes, softmax). From an image of H x W pixels,
    Flatten makes ((H - 4) // 2) * ((W - 4) // 2) * 64 values.

    A sequence goes through the same layers in one dimension (windows of three steps). A vector is
    laid out row by row in a zero-padded square; one longer than 1,024 is projected to 16 x 16
    first. Its features have no neighbors there: this is the article's idea, not an image. Grids and
    sequences shorter than 6 are padded with zeros, since the layers need 6 x 6.

    Args:
        tensor: Keras tensor.
        num_classes: int >= 2, or >= 1 when `multi_label`.
        multi_label: bool, one independent sigmoid per label instead of softmax; default False.

    Shapes:
        (n, rows, columns, channels), (n, steps, d) or (n, d) -> (n, num_classes), values in [0, 1].

    Raises:
        ValueError: too few classes, or a tensor of another rank.

    Example:
        >>> image = keras.Input((32, 32, 1))
        >>> keras.Model(image, cnn_head(image, num_classes=6)).count_params()
        1625350
    """
    grid = pad_to_minimum(to_square(tensor) if rank_of(tensor) == 1 else tensor)
    if rank_of(grid) == 3:
        convolution, pooling = layers.Conv2D, layers.MaxPooling2D
    else:
        convolution, pooling = layers.Conv1D, layers.MaxPooling1D
    x = convolution(32, 3, activation="relu", data_format=LAYOUT)(grid)
    x = convolution(64, 3, activation="relu", data_format=LAYOUT)(x)
    x = pooling(2, data_format=LAYOUT)(x)
    x = layers.Dropout(0.25)(x)
    x = layers.Flatten(data_format=LAYOUT)(x)
    x = layers.Dense(128, activation="relu")(x)
    x = layers.Dropout(0.5)(x)
    return probabilities(x, num_classes, multi_label)


cnn_head.reads = "positions"
# The head trained in its place on a vector: a vocabulary has no order that a cnn could use.
cnn_head.on_vectors = "linear"
# Adadelta(1.0) is the article's optimizer with the default learning rate of its Keras version;
# today's default of 0.001 would barely change the weights.
cnn_head.training = TrainingDefaults("Adadelta", 1.0)
