"""Training of a dual encoder with the default settings of search."""

from collections.abc import Callable
from typing import TYPE_CHECKING

import keras
import numpy as np

from mm_keras.fusion.dual_encoder import dual_encoder_model
from mm_keras.utils.random_state import seeded

if TYPE_CHECKING:
    from mm_keras.features.features import Features

LEARNING_RATE = 2e-3
BATCH_SIZE = 128
EPOCHS = 30


def train_dual_encoder(
    features: "Features",
    arrays: dict[str, np.ndarray],
    epochs: int | None = None,
    seed: int = 0,
    progress: Callable | None = None,
) -> keras.Model:
    """A trained `fusion.dual_encoder_model`: Adam(0.002), batches of 128, 30 epochs.

    Args:
        features: fitted Features of two modalities.
        arrays: `features.transform(train)`.
        epochs: int; default None, 30.
        seed: int, sets the weights and the order of batches. The caller's random state does not
            change.
        progress: function, called with a name, the epoch, the number of epochs and Keras' logs.

    Raises:
        ValueError: not two modalities.
    """
    epochs = epochs or EPOCHS
    callbacks = []
    if progress:
        callbacks.append(
            keras.callbacks.LambdaCallback(
                on_epoch_end=lambda epoch, logs: progress("dual encoder", epoch + 1, epochs, logs)
            )
        )
    with seeded(seed):
        model = dual_encoder_model(features.shapes)
        model.compile(keras.optimizers.Adam(LEARNING_RATE))
        model.fit(arrays, batch_size=BATCH_SIZE, epochs=epochs, callbacks=callbacks, verbose=0)
    return model
