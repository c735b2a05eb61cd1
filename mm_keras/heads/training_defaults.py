"""Default training settings; each head has its own, e.g. `cnn_head.training`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TrainingDefaults:
    """The settings with which a head is trained by default.

    Attributes:
        optimizer: str, the name of a class in `keras.optimizers`.
        learning_rate: float.
        epochs: int, the maximum number of epochs.
        validation_split: float in [0, 1), the fraction of the training samples held out to choose
            the best epoch; with 0 the last epoch is used.
    """

    optimizer: str = "Adam"
    learning_rate: float = 0.001
    epochs: int = 40
    validation_split: float = 0.15
