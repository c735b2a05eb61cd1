"""Combiners reach the exact accuracies of tables, and out-of-fold probabilities do not leak."""

import keras
import numpy as np
import pytest

from mm_keras.fusion import decision_level_model
from mm_keras.fusion.decision import fit_combiner, fit_temperature, out_of_fold_probabilities
from mm_keras.fusion.decision.stacking import stratified_folds
from tests.fusion.test_decision_level import call, small_model
from tests.fusion.test_rules import TABLES, accuracy_with_random_ties


def logs(p):
    return np.log(np.maximum(p, 1e-12)).astype("float32")


def softmax_model(num_classes=3):
    """A model that returns given probabilities, from their logarithms."""
    return keras.Sequential([keras.Input((num_classes,)), keras.layers.Softmax()])


def posterior_models(table):
    """Models that look up the exact posterior of a one-hot symbol."""
    models = {}
    for name in ("text", "image"):
        posterior = table.posterior(name).T
        lookup = keras.layers.Dense(posterior.shape[1], "softmax", use_bias=False)
        models[name] = keras.Sequential([keras.Input((len(posterior),)), lookup])
        lookup.set_weights([logs(posterior)])
    return models


@pytest.mark.parametrize(
    "name, operator, accuracy",
    [
        ("one bit each", "concat", 1),
        ("xor", "concat", 0.5),
        ("neutral", "concat", 0.9167),
        ("mixture", "concat", 0.75),
        ("no synergy", "concat", 1),
        ("xor", "outer", 0.5),
        ("neutral", "outer", 0.9167),
    ],
)
def test_stacking_on_exact_posteriors_reaches_the_known_accuracy(name, operator, accuracy):
    table = TABLES[name]
    y, t, v = table.sample(3000, np.random.default_rng(0))
    num_classes, num_text, num_image = table.probabilities.shape
    model = decision_level_model(posterior_models(table), operator)
    p = {"text": table.posterior("text").T[t], "image": table.posterior("image").T[v]}
    assert fit_combiner(model, p, y) is model
    cells = {
        "text": np.repeat(np.eye(num_text), num_image, axis=0),
        "image": np.tile(np.eye(num_image), (num_text, 1)),
    }
    fused = call(model, {name: np.asarray(values, "float32") for name, values in cells.items()})
    scores = fused.T.reshape(num_classes, num_text, num_image)
    assert accuracy_with_random_ties(table, scores) == pytest.approx(accuracy, abs=0.005)


def test_fit_combiner_repairs_an_overconfident_model():
    # The image is overconfident noise: the product rule trusts it, the trained combiner does not.
    rng = np.random.default_rng(1)
    labels = rng.integers(3, size=600)
    p = {
        "text": 0.7 * np.eye(3)[labels] + 0.1,
        "image": 0.997 * np.eye(3)[rng.integers(3, size=600)] + 0.001,
    }
    model = decision_level_model({name: softmax_model() for name in p}, "concat")
    arrays = {name: logs(values) for name, values in p.items()}
    assert (call(model, arrays).argmax(axis=1) == labels).mean() < 0.5
    fit_combiner(model, p, labels)
    assert (call(model, arrays).argmax(axis=1) == labels).mean() > 0.99
    weights = model.get_layer("combiner").get_weights()
    fit_combiner(model, p, labels)  # from the initial combiner again: same solution
    for first, second in zip(weights, model.get_layer("combiner").get_weights()):
        np.testing.assert_array_equal(first, second)
    fit_combiner(model, p, labels, penalty=1e9)  # held at the product rule
    np.testing.assert_allclose(
        model.get_layer("combiner").get_weights()[0], np.tile(np.eye(3), (2, 1)), atol=1e-3
    )


def test_fit_combiner_equals_logistic_regression():
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(2)
    labels = rng.integers(3, size=300)
    p = {
        name: rng.dirichlet(np.ones(3), 300) * 0.5 + 0.5 * np.eye(3)[labels]
        for name in ("text", "image")
    }
    p = {name: 0.997 * values + 0.001 for name, values in p.items()}
    model = fit_combiner(
        decision_level_model({name: softmax_model() for name in p}, "concat"),
        p,
        labels,
        penalty=1e-6,
    )
    x = np.log(np.concatenate([p["text"], p["image"]], axis=1) * 3)
    oracle = LogisticRegression(C=1e6, max_iter=5000, tol=1e-8).fit(x, labels).predict_proba(x)
    fused = call(model, {name: logs(values) for name, values in p.items()})
    np.testing.assert_allclose(fused, oracle, atol=5e-3)


def test_multi_label_combiner_learns_which_modality_to_trust():
    rng = np.random.default_rng(3)
    labels = rng.integers(2, size=(400, 2))
    noise = rng.random((400, 2))
    # The text predicts label 0, the image label 1.
    p = {
        "text": np.stack([0.8 * labels[:, 0] + 0.1, noise[:, 0]], axis=1),
        "image": np.stack([noise[:, 1], 0.8 * labels[:, 1] + 0.1], axis=1),
    }
    sigmoid = keras.Sequential([keras.Input((2,)), keras.layers.Activation("sigmoid")])
    model = decision_level_model({name: sigmoid for name in p}, "concat", multi_label=True)
    arrays = {name: logs(values / (1 - values)) for name, values in p.items()}
    untrained = ((call(model, arrays) > 0.5) == labels).mean()
    fit_combiner(model, p, labels)
    assert ((call(model, arrays) > 0.5) == labels).mean() > 0.99 > untrained


def test_missing_samples_do_not_affect_the_combiner():
    rng = np.random.default_rng(4)
    labels = rng.integers(3, size=200)
    p = {"text": 0.7 * np.eye(3)[labels] + 0.1, "image": np.full((200, 3), np.nan)}
    model = decision_level_model({name: softmax_model() for name in p}, "concat")
    fit_combiner(model, p, labels)
    kernel = model.get_layer("combiner").get_weights()[0]
    np.testing.assert_allclose(kernel[3:], np.eye(3), atol=1e-6)  # the image's half does not change
    assert np.isfinite(kernel).all()


def wide_model(name):
    return keras.Sequential([keras.Input((200,)), keras.layers.Dense(2, "softmax")])


def test_out_of_fold_probabilities_do_not_leak():
    # 200 columns of noise and 100 random labels: a linear model memorizes but cannot generalize.
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    x, labels = rng.normal(size=(100, 200)).astype("float32"), rng.permutation(np.arange(100) % 2)
    fit = {"epochs": 25, "batch_size": 25}

    def build(name):
        model = wide_model(name)
        model.compile(keras.optimizers.Adam(0.03), "sparse_categorical_crossentropy")
        return model

    model = build("text")
    model.fit(x, labels, verbose=0, **fit)
    in_sample = model.predict(x, verbose=0)
    p = out_of_fold_probabilities(build, {"text": x}, labels, num_folds=2, fit=fit)
    assert list(p) == ["text"] and p["text"].shape == (100, 2) and p["text"].dtype == np.float32
    assert (in_sample.argmax(axis=1) == labels).mean() == 1
    assert 0.3 < (p["text"].argmax(axis=1) == labels).mean() < 0.7
    # Its in-sample probabilities look underconfident, the out-of-fold ones are overconfident.
    assert fit_temperature(in_sample, labels) < 1 < fit_temperature(p["text"], labels)


def test_out_of_fold_models_may_be_uncompiled_and_take_dicts():
    keras.utils.set_random_seed(0)
    arrays = {"image": np.random.default_rng(0).normal(size=(9, 5)).astype("float32")}
    arrays["image"][4] = 0  # no image
    p = out_of_fold_probabilities(
        lambda name: small_model(name, 5), arrays, np.arange(9) % 3, num_folds=2
    )
    np.testing.assert_array_equal(np.isnan(p["image"]), np.arange(9)[:, None] == [4] * 3)
    np.testing.assert_allclose(np.delete(p["image"], 4, axis=0).sum(axis=1), 1, atol=1e-5)
    labels = np.arange(18).reshape(9, 2) % 2
    p = out_of_fold_probabilities(
        lambda name: small_model(name, 5, 2, "sigmoid"), arrays, labels, num_folds=2
    )
    assert p["image"].shape == (9, 2)


def test_folds_are_stratified_and_seeded():
    labels = np.array([0] * 50 + [1] * 10 + [2] * 3)
    folds = stratified_folds(labels, 5, seed=1)
    np.testing.assert_array_equal(folds, stratified_folds(labels, 5, seed=1))
    assert (folds != stratified_folds(labels, 5, seed=2)).any()
    np.testing.assert_array_equal(np.bincount(folds[labels == 0]), [10] * 5)
    np.testing.assert_array_equal(np.bincount(folds[labels == 1]), [2] * 5)
    assert set(np.bincount(folds)) == {12, 13}
    with pytest.raises(ValueError, match="between 2"):
        stratified_folds(labels, 1)


def test_errors():
    models = {"text": softmax_model(), "image": softmax_model()}
    with pytest.raises(ValueError, match="has a combiner"):
        fit_combiner(decision_level_model(models, "mean"), {}, [])
    with pytest.raises(ValueError, match="modalities are"):
        fit_combiner(decision_level_model(models, "concat"), {"text": [[1, 0, 0]]}, [0])
    with pytest.raises(ValueError, match="one row per label"):
        out_of_fold_probabilities(wide_model, {"text": np.zeros((3, 200))}, [0, 1])
