"""Networks that share one compiled model: the same bits as alone, whatever was trained before."""

import keras
import numpy as np
import pytest

from mm_keras.training.compiled import CompiledModels, reusing_graphs, structure_of
from mm_keras.training.fit import compile_for, compiled_for, fit
from mm_keras.utils.random_state import seeded

pytestmark = pytest.mark.skipif(
    keras.config.backend() != "tensorflow", reason="other backends keep no graphs"
)
RNG = np.random.default_rng(0)
TARGETS = np.eye(3, dtype="float32")[RNG.integers(0, 3, 150)]
X = {"text": RNG.random((150, 5), dtype="float32") + TARGETS @ RNG.random((3, 5), dtype="float32")}


def network(*hidden, activation="softmax", name=None):
    text = keras.Input((5,), name="text")
    x = text
    for layer in hidden:
        x = layer(x)
    return keras.Model({"text": text}, keras.layers.Dense(3, activation, name=name)(x))


def with_state():
    """Dropout has a random generator, and batch normalization moving averages."""
    return network(keras.layers.Dropout(0.3), keras.layers.BatchNormalization(momentum=0.5))


@keras.saving.register_keras_serializable("test_compiled")
class Nameless(keras.layers.Dense):
    def get_config(self):
        raise NotImplementedError


@keras.saving.register_keras_serializable("test_compiled")
class Multiplied(keras.layers.Layer):
    """Forgets its factor in its configuration."""

    def __init__(self, factor=1, **options):
        super().__init__(**options)
        self.factor = factor

    def call(self, inputs):
        return self.factor * inputs


class Scaled(keras.Model):
    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def call(self, inputs):
        return self.layer(inputs["text"])


def trained(make=with_state, seed=0, **options):
    with seeded(seed):
        model = make()
        history = fit(model, X, TARGETS, "dense", epochs=2, seed=seed, validation=False, **options)
    return history, [value.tolist() for value in model.get_weights()]


def test_trainings_give_the_same_bits_whatever_was_trained_before():
    alone = trained(), trained(seed=1, rate_factor=10.0)
    models = CompiledModels()
    with reusing_graphs(models):
        first, faster, again = trained(), trained(seed=1, rate_factor=10.0), trained()
        assert len(models._models) == 1  # all of them have one structure
    assert (first, faster) == alone
    assert again == first != faster


def test_the_trained_model_has_its_own_weights_and_is_compiled():
    with reusing_graphs(CompiledModels()):
        with seeded(0):
            model = network()
            fit(model, X, TARGETS, "dense", epochs=1, validation=False)
        before = model.predict_on_batch(X)
        trained(network, seed=1)
    np.testing.assert_array_equal(model.predict_on_batch(X), before)
    loss = keras.losses.CategoricalCrossentropy()(TARGETS, before)
    assert model.evaluate(X, TARGETS, verbose=0)[0] == pytest.approx(float(loss), rel=1e-5)


def test_only_the_models_used_last_are_kept():
    models = CompiledModels(2)
    with reusing_graphs(models):
        kept = []
        for activation in ("relu", "sigmoid", "relu", "softmax"):
            with compiled_for(network(activation=activation), "dense", False, 150) as one:
                kept.append(one)
    assert kept[2] is kept[0]
    assert [compiled for compiled, _ in models._models.values()] == [kept[0], kept[3]]


def test_a_structure_does_not_depend_on_the_names_of_layers():
    structure = structure_of(network())
    assert structure == structure_of(network()) == structure_of(network(name="answer"))
    assert structure != structure_of(network(activation="sigmoid"))
    # Here a layer has the name of an activation.
    assert structure_of(network(name="softmax")) == structure
    assert structure_of(network(activation="relu", name="relu")) not in (structure, None)
    assert structure != structure_of(network(keras.layers.Dense(5)))
    shared = keras.layers.Dense(5)
    two = network(keras.layers.Dense(5), keras.layers.Dense(5))
    assert structure_of(network(shared, shared)) not in (structure_of(two), None)


@pytest.mark.parametrize(
    "make",
    [
        lambda: network(keras.layers.Lambda(lambda x: 2 * x)),
        lambda: network(keras.layers.Dense(5, activation=lambda x: 2 * x)),
        lambda: network(Nameless(5)),
        lambda: network(Multiplied(2)),
        lambda: network(keras.Sequential([keras.Input((5,)), Multiplied(2)])),
    ],
    ids=["lambda", "function", "no configuration", "forgotten", "nested"],
)
def test_a_network_that_its_configuration_may_not_describe_is_trained_itself(make):
    assert structure_of(make()) is None
    models = CompiledModels()
    with reusing_graphs(models):
        reused = trained(make)
    assert not models._models
    assert reused == trained(make)


def test_a_subclassed_model_is_trained_itself():
    assert structure_of(Scaled(keras.layers.Dense(3, "softmax"))) is None


def test_a_failed_training_leaves_nothing_behind():
    models = CompiledModels()
    with reusing_graphs(models):
        first = trained()
        with pytest.raises(ValueError, match="stop"):
            with compiled_for(with_state(), "dense", False, 150):
                raise ValueError("stop")
        assert not models._models
        assert trained() == first


def test_a_training_inside_a_training_gets_another_model():
    with reusing_graphs(CompiledModels()):
        outer, inner = network(), network()
        with compiled_for(outer, "dense", False, 150) as one:
            with compiled_for(inner, "dense", False, 150) as two:
                assert one is not two
                two.layers[-1].bias.assign([1, 2, 3])
            assert inner.layers[-1].bias.numpy().tolist() == [1, 2, 3]
        assert outer.layers[-1].bias.numpy().tolist() == [0, 0, 0]


def test_outside_the_model_itself_is_trained():
    model = compile_for(network(), "dense")
    with compiled_for(model, "dense", False, 150) as itself:
        assert itself is model
    with reusing_graphs(CompiledModels()):
        with compiled_for(model, "dense", False, 150) as other:
            assert other is not model
