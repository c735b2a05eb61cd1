"""Seeds: the numbers of `keras.utils.set_random_seed`, and the caller's state afterwards."""

import random

import keras
import numpy as np
import pytest

from mm_keras.utils.random_state import seeded

tensorflow_only = pytest.mark.skipif(
    keras.config.backend() != "tensorflow", reason="only TensorFlow compiles functions"
)


def numbers():
    """New numbers of all generators, also those that give layers their weights and dropout."""
    drawn = keras.random.uniform((2,)), keras.initializers.GlorotUniform()((2, 2))
    arrays = [keras.ops.convert_to_numpy(tensor).tolist() for tensor in drawn]
    return [random.random(), np.random.random(), *arrays]


@pytest.mark.parametrize("keep_compiled", [False, True])
def test_all_generators_use_the_seed_and_go_on_afterwards(keep_compiled):
    keras.utils.set_random_seed(7)
    expected = numbers()
    keras.utils.set_random_seed(1)
    first, then = numbers(), numbers()
    keras.utils.set_random_seed(1)
    assert numbers() == first
    for _ in range(2):
        with seeded(7, keep_compiled):
            assert numbers() == expected != numbers()
    assert numbers() == then


@tensorflow_only
def test_compiled_functions_are_kept_on_request(monkeypatch):
    from tensorflow.python.eager import context

    calls = []
    monkeypatch.setattr(context.pywrap_tfe, "TFE_ContextClearCaches", calls.append)
    with seeded(7, keep_compiled=True):
        pass
    assert not calls
    with seeded(7):
        pass
    assert calls


@tensorflow_only
def test_the_order_of_a_training_does_not_depend_on_earlier_ones():
    from mm_keras.training.fit import training_data

    x, y = np.arange(50, dtype="float32")[:, None], np.zeros((50, 2), "float32")

    def order():
        ((batch, _),) = training_data({"x": x}, y)["x"]
        return batch["x"].numpy().ravel().tolist()

    with seeded(7):
        expected = order()
    for _ in range(2):
        with seeded(7, keep_compiled=True):
            assert order() == expected == order()
    assert sorted(expected) == list(range(50)) != expected
