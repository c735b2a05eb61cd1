"""The training of one network: batches combined into one call, and early ends."""

import logging

import keras
import numpy as np
import pytest

from mm_keras.training import fit as fit_module
from mm_keras.training.fit import (
    StopAfterPlateau,
    chance_loss,
    compile_for,
    fit,
    training_data,
    training_defaults,
)
from mm_keras.utils.random_state import seeded

RNG = np.random.default_rng(0)
CLASSES = RNG.integers(0, 3, 700)
TARGETS = np.eye(3, dtype="float32")[CLASSES]
X = {"text": RNG.random((700, 5), dtype="float32") + TARGETS @ RNG.random((3, 5), dtype="float32")}


def network(dropout=0.0):
    """A softmax layer; with dropout, whose random numbers must not depend on the calls either."""
    text = keras.Input((5,), name="text")
    x = keras.layers.Dropout(dropout)(text)
    return keras.Model({"text": text}, keras.layers.Dense(3, activation="softmax")(x))


def trained(head, dropout=0.0, **options):
    with seeded(0):
        model = network(dropout)
        return model, fit(model, X, TARGETS, head, **options)


@pytest.mark.parametrize("head, balanced", [("dense", False), ("linear", True)])
def test_combined_batches_give_the_same_bits(head, balanced, monkeypatch):
    """595 samples are ten batches, the last one incomplete; 4 per call leave 2 for the last."""
    results = []
    for batches_per_call in (1, 4):
        monkeypatch.setattr(fit_module, "BATCHES_PER_CALL", batches_per_call)
        epochs = []
        model, history = trained(
            head,
            dropout=0.3,
            epochs=3,
            balanced=balanced,
            progress=lambda name, epoch, last, logs: epochs.append((epoch, last)),  # noqa: B023
        )
        assert epochs == [(1, 3), (2, 3), (3, 3)]
        results.append((history, [weights.tolist() for weights in model.get_weights()]))
    assert results[0] == results[1]
    assert set(results[0][0]) >= {"loss", "accuracy"}


@pytest.mark.parametrize("weights", [None, {0: 0.5, 1: 2.0}])
def test_training_data_gives_the_same_bits_as_arrays(weights):
    """The same order of samples and the same weights as in Keras; class 2 keeps the weight 1."""

    def weights_after(**samples):
        with seeded(3):
            model = compile_for(network(dropout=0.3), "dense")
            model.fit(**samples, epochs=3, verbose=0)
        return [array.tolist() for array in model.get_weights()]

    arrays = {"x": X, "y": TARGETS, "batch_size": 64}
    with seeded(3):
        same = training_data(X, TARGETS, 64, weights)
        unweighted = training_data(X, TARGETS, 64)
    expected = weights_after(**arrays, class_weight=weights)
    assert weights_after(**same) == expected
    assert (weights_after(**unweighted) == expected) == (weights is None)
    assert weights_after(**arrays, shuffle=False, class_weight=weights) != expected


def test_a_trained_model_takes_single_batches_again(recwarn):
    model, _ = trained("linear", epochs=1)
    assert model.steps_per_execution == 1
    model.fit({"text": X["text"][:100]}, TARGETS[:100], batch_size=10, verbose=0)
    assert model.predict(X, verbose=0).shape == (700, 3)
    assert not [warning for warning in recwarn if "ran out of data" in str(warning.message)]


def test_many_short_trainings_do_not_make_tensorflow_warn(caplog, monkeypatch):
    logger = logging.getLogger("tensorflow")
    monkeypatch.setattr(logger, "handlers", [caplog.handler])
    monkeypatch.setattr(logger, "level", logging.WARNING)
    for _ in range(3):
        trained("dense", epochs=1)
    assert "retracing" not in caplog.text


def test_after_the_plateau_training_ends_sooner():
    def num_epochs(losses):
        stop = StopAfterPlateau(chance=1.0, patience=5, patience_after=2)
        stop.set_model(network())
        stop.model.stop_training = False
        stop.on_train_begin()
        for epoch, loss in enumerate(losses):
            stop.on_epoch_end(epoch, {"val_loss": loss})
            if stop.model.stop_training:
                return epoch + 1
        return None

    assert num_epochs([1.0, 0.95, 0.96, 0.96, 0.96, 0.96, 0.96, 0.96]) == 7  # on the plateau
    assert num_epochs([1.0, 0.95, 0.96, 0.96, 0.96, 0.5, 0.6, 0.6]) == 8  # it has left it at 0.5
    assert num_epochs([0.5, 0.4, 0.3, 0.35, 0.29, 0.3]) is None


def test_the_loss_of_chance_is_that_of_the_best_constant():
    frequencies = TARGETS.mean(axis=0)
    constant = np.tile(frequencies, (700, 1))
    loss = keras.losses.CategoricalCrossentropy()(TARGETS, constant)
    assert chance_loss(TARGETS) == pytest.approx(float(loss), rel=1e-5)
    loss = keras.losses.BinaryCrossentropy()(TARGETS, constant)
    assert chance_loss(TARGETS, multi_label=True) == pytest.approx(float(loss), rel=1e-5)


def test_a_head_without_validation_ends_when_its_loss_stays_the_same():
    _, history = trained("linear", epochs=60, tolerance=0.1)
    losses = history["loss"]
    assert 6 < len(losses) < 60
    assert losses[-6] - losses[-1] <= 0.1 < losses[0] - losses[-6]
    assert len(trained("linear", epochs=8)[1]["loss"]) == 8  # all epochs by default


def test_optimizer_rate_and_batch_size_can_be_chosen():
    def optimizer(**options):
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, "softmax")])
        found = compile_for(model, "dense", **options).optimizer
        return type(found), pytest.approx(float(found.learning_rate))

    defaults = training_defaults("dense")
    own = getattr(keras.optimizers, defaults.optimizer)
    assert optimizer() == (own, defaults.learning_rate)
    assert optimizer(learning_rate=0.5, rate_factor=0.1) == (own, 0.05)
    # The rate of the head is not that of another optimizer.
    assert optimizer(optimizer="sgd") == (keras.optimizers.SGD, 0.01)
    assert optimizer(optimizer="sgd", learning_rate=0.2) == (keras.optimizers.SGD, 0.2)
