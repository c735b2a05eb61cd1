"""The linear head: y = W.X + b."""

import keras

from mm_keras.heads.layout import to_vector
from mm_keras.heads.output import probabilities
from mm_keras.heads.training_defaults import TrainingDefaults


def linear_head(
    tensor: keras.KerasTensor, num_classes: int, multi_label: bool = False, l2: float = 0.0
) -> keras.KerasTensor:
    """Class probabilities softmax(W.X + b): the article's formula, multinomial logistic regression.

    It adds up evidence: each feature contributes one term to the logit of a class, so it cannot see
    that two features mean something only in combination. Put a product before it for that.

    Args:
        tensor: Keras tensor (n, d); a sequence or grid is flattened first.
        num_classes: int >= 2, or >= 1 when `multi_label`.
        multi_label: bool, one independent sigmoid per label instead of softmax; default False.
        l2: float >= 0, adds l2 * sum(W^2) to the loss; default 0. scikit-learn's
            `LogisticRegression(C=C)` on n samples minimizes the same loss as l2 = 1 / (2 * C * n).

    Shapes:
        (n, d), (n, steps, d) or (n, rows, columns, channels) -> (n, num_classes), values in [0, 1].

    Raises:
        ValueError: too few classes, or a tensor of another rank.

    Example:
        >>> x = keras.Input((5,))
        >>> model = keras.Model(x, linear_head(x, num_classes=3))
        >>> model.count_params()  # 5 * 3 weights and 3 biases
        18
    """
    regularizer = keras.regularizers.L2(l2) if l2 else None
    return probabilities(
        to_vector(tensor), num_classes, multi_label, kernel_regularizer=regularizer
    )


linear_head.reads = "vector"
linear_head.training = TrainingDefaults(learning_rate=0.005, epochs=100, validation_split=0.0)
# The penalty of scikit-learn's LogisticRegression(C=1).
linear_head.options_for = lambda num_samples: {"l2": 0.5 / num_samples}
