"""Settings that are clearly behind are dropped; close, slow and diverging ones are not."""

import keras
import pytest

from mm_keras.comparison.contenders import Network
from mm_keras.comparison.contenders.racing import StopWhenBehind
from mm_keras.comparison.protocol import describe_racing

NAN = float("nan")


def epochs_of(losses, *earlier):
    """(number of epochs that are trained, whether the setting is dropped)."""
    stop = StopWhenBehind([list(one) for one in earlier])
    stop.set_model(keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)]))
    stop.model.stop_training = False
    for epoch, loss in enumerate(losses):
        stop.on_epoch_end(epoch, {"val_loss": loss})
        if stop.model.stop_training:
            return epoch + 1, stop.is_behind
    return len(losses), stop.is_behind


@pytest.mark.parametrize(
    "losses, earlier, expected",
    [
        ([9, 9, 9, 9, 9, 9], [], (6, False)),  # the first setting
        ([9, 9, 9, 1.11, 1.0], [[2, 1.5, 1.2, 1.0, 0.9]], (4, True)),
        ([9, 9, 9, 1.09, 0.98], [[2, 1.5, 1.2, 1.0, 0.9]], (5, False)),
        # At each epoch with the lowest loss so far of the best earlier setting.
        ([1.0, 3, 3, 3, 3, 3], [[2, 2, 2, 2, 0.95, 0.9], [5, 4, 4, 4, 4, 4]], (6, True)),
        ([1.0, 3, 3, 3, 3, 3], [[2, 2, 2, 2, 0.92, 0.92]], (6, False)),
        ([9, 9, 9, 9, 9, 9], [[1.0, 2]], (4, True)),  # the earlier one was trained shorter
        # What diverges fails later on and is reported then; it drops no other setting.
        ([NAN] * 6, [[1.0] * 6], (6, False)),
        ([5.0] * 6, [[NAN] * 6], (6, False)),
        ([5.0] * 6, [[NAN, 1.0, NAN, NAN]], (4, True)),
    ],
)
def test_only_a_setting_that_is_clearly_behind_is_dropped(losses, earlier, expected):
    assert epochs_of(losses, *earlier) == expected


def test_the_protocol_names_the_race_where_there_is_one():
    two = ({"rate_factor": 1.0}, {"rate_factor": 3.0})
    sentence = describe_racing({"a": Network("text", head="linear", param_candidates=two)})
    assert "after 4 epochs or more, was more than 10% above" in sentence
    assert describe_racing({"a": Network("text", head="linear")}) is None
