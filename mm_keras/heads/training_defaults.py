"""How a head is trained when nothing else is asked for; each head has its own, as `cnn_head.training`."""

from dataclasses import dataclass


@dataclass(frozen=True)
class TrainingDefaults:
    """The choices with which a head is trained.

    Attributes:
        optimizer: str, the name of a class in `keras.optimizers`.
        learning_rate: float.
        epochs: int, the maximum number of epochs.
        validation_split: float in [0, 1), the share of the training samples that chooses the epoch; 0: the last one counts.
    """

    optimizer: str = "Adam"
    learning_rate: float = 0.001
    epochs: int = 40
    validation_split: float = 0.15
