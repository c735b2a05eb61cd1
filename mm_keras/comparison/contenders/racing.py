"""Racing of settings: one that is clearly behind an earlier one is not trained to the end."""

import keras
import numpy as np

from mm_keras.comparison.contenders.base import RACE_EPOCHS, RACE_MARGIN


class StopWhenBehind(keras.callbacks.Callback):
    """Ends the training of a setting that is clearly behind an earlier one.

    It is behind if its lowest validation loss, after `RACE_EPOCHS` epochs or more, is above that of
    an earlier setting after as many epochs by more than the fraction `RACE_MARGIN`.

    Args:
        earlier: list with the validation losses of each earlier setting, one per epoch.

    Attributes:
        is_behind: bool.

    Reference:
        O. Maron, A. W. Moore, Hoeffding races, 1994; D. Golovin et al., Google Vizier, 2017
        (comparison of learning curves after as many steps).
    """

    def __init__(self, earlier):
        super().__init__()
        self.earlier = earlier
        self.losses = []
        self.is_behind = False

    def on_epoch_end(self, epoch, logs=None):
        self.losses.append(logs["val_loss"])
        if len(self.losses) < RACE_EPOCHS:
            return
        best = min((_lowest(losses[: epoch + 1]) for losses in self.earlier), default=np.inf)
        lowest = _lowest(self.losses)
        if np.isfinite(lowest) and lowest > (1 + RACE_MARGIN) * best:
            self.is_behind = self.model.stop_training = True


def _lowest(losses):
    """The lowest loss; inf where all are nan: the training diverged, which is reported."""
    return min((loss for loss in losses if not np.isnan(loss)), default=np.inf)
