"""The rnn head: a recurrent network over the steps of a sequence or the rows of a grid."""

import keras

from mm_keras.heads.layout import to_sequence
from mm_keras.heads.output import probabilities
from mm_keras.heads.training_defaults import TrainingDefaults

CELLS = {"gru": "GRU", "lstm": "LSTM"}


def rnn_head(
    tensor: keras.KerasTensor,
    num_classes: int,
    multi_label: bool = False,
    cell: str = "gru",
    units: int = 64,
    dropout: float = 0.0,
) -> keras.KerasTensor:
    """Class probabilities from the last state of a recurrent network.

    h_s = cell(x_s, h_(s-1)), then softmax(W.h_last + b). The rows of a grid are its steps, read
    from top to bottom.

    Args:
        tensor: Keras tensor; masked steps are skipped.
        num_classes: int >= 2, or >= 1 when `multi_label`.
        multi_label: bool, one independent sigmoid per label instead of softmax; default False.
        cell: str, "gru" (default) or "lstm".
        units: int, the length of the state; default 64.
        dropout: float in [0, 1), the fraction of the last state set to zero at each training step;
            default 0.

    Shapes:
        (n, steps, d) or (n, rows, columns, channels) -> (n, num_classes), values in [0, 1].

    Raises:
        ValueError: a vector, which has no steps; an unknown cell; too few classes.

    Example:
        >>> rows = keras.Input((8, 4))
        >>> model = keras.Model(rows, rnn_head(rows, num_classes=3, units=2))
        >>> model.count_params()  # three gates of (4 + 2 + 2) * 2, then 2 * 3 + 3
        57
    """
    if cell not in CELLS:
        raise ValueError(f"cell must be one of {sorted(CELLS)}. Received: {cell!r}.")
    state = getattr(keras.layers, CELLS[cell])(units)(to_sequence(tensor))
    if dropout:
        state = keras.layers.Dropout(dropout)(state)
    return probabilities(state, num_classes, multi_label)


rnn_head.reads = "sequence"
rnn_head.on_vectors = "linear"
rnn_head.training = TrainingDefaults(learning_rate=0.003)
