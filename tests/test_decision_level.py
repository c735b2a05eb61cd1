"""Decision-level models: the rule inside Keras equals the rule on arrays; combiners and out-of-fold probabilities."""

import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from test_rules import TABLES, accuracy_with_ties_by_lot

from mm_keras.fusion import (
    RULES,
    combine,
    decision_level_model,
    fit_combiner,
    fit_temperature,
    out_of_fold_probabilities,
)
from mm_keras.fusion.stacking import stratified_folds

PRIORS = [0.5, 0.3, 0.2]


def small_model(name, width, num_classes=3, activation="softmax"):
    """A random model with dict input and a Dropout that must stay silent."""
    inputs = {name: keras.Input((width,), name=name)}
    hidden = keras.layers.Dropout(0.5)(keras.layers.Dense(4)(inputs[name]))
    return keras.Model(inputs, keras.layers.Dense(num_classes, activation)(hidden))


def token_model():
    tokens = keras.Input((3,), dtype="int32")
    words = keras.layers.GlobalAveragePooling1D()(keras.layers.Embedding(7, 4, mask_zero=True)(tokens))
    return keras.Model(tokens, keras.layers.Dense(3, "softmax")(words))


@pytest.fixture(scope="module")
def three():
    """Models with dict input, single input and Sequential, and ten samples of which some lack a modality."""
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    models = {"image": small_model("image", 5), "text": token_model(),
              "audio": keras.Sequential([keras.Input((2, 2)), keras.layers.Flatten(), keras.layers.Dense(3, "softmax")])}
    arrays = {"image": rng.normal(size=(10, 5)).astype("float32"), "text": rng.integers(1, 7, (10, 3)).astype("int32"),
              "audio": rng.normal(size=(10, 2, 2)).astype("float32")}
    arrays["image"][:3], arrays["text"][2:5], arrays["audio"][2:4] = 0, 0, 0  # sample 2 has nothing at all
    return models, arrays


def call(model, arrays, training=False):
    """The outputs without compiling a prediction function, which takes a second per model."""
    return keras.ops.convert_to_numpy(model(arrays, training=training))


def ask(models, arrays):
    """What each model says, and nan where the modality is absent."""
    p = {name: call(model, {name: arrays[name]} if name == "image" else arrays[name]) for name, model in models.items()}
    return {name: np.where(arrays[name].reshape(10, -1).any(axis=1, keepdims=True), p[name], np.nan) for name in models}


@pytest.mark.parametrize("operator", RULES)
def test_rule_in_the_model_equals_rule_on_arrays(three, operator):
    models, arrays = three
    options = {"priors": PRIORS, "temperatures": {"text": 0.5, "image": 2, "audio": 1}}
    if operator in ("weighted_mean", "log_linear"):
        options["weights"] = {"audio": 1, "text": 2, "image": 3}
    model = decision_level_model(models, operator, **options)
    assert isinstance(model, keras.Model) and not model.compiled and list(model.input) == list(models)
    expected = combine(ask(models, arrays), operator, **options)
    np.testing.assert_allclose(call(model, arrays), expected, atol=1e-6)
    np.testing.assert_allclose(expected[2], PRIORS, atol=1e-6)


def test_copies_do_not_change_when_the_models_train_on(three):
    _, arrays = three
    model = small_model("image", 5)
    fused = decision_level_model({"image": model}, "mean")
    before, own = call(fused, {"image": arrays["image"]}), model.get_weights()
    assert not fused.trainable_weights and model.trainable_weights
    model.set_weights([weights + 1 for weights in own])
    np.testing.assert_array_equal(call(fused, {"image": arrays["image"]}), before)


@pytest.mark.parametrize("operator, rule", [("concat", "product"), ("outer", "mean")])
@pytest.mark.parametrize("priors", [None, PRIORS])
def test_untrained_combiner_equals_a_rule(three, operator, rule, priors):
    models, arrays = three
    fused = call(decision_level_model(models, operator, priors), arrays)
    expected = combine(ask(models, arrays), rule, priors)
    if operator == "concat":
        np.testing.assert_allclose(fused, expected, atol=1e-5)
    # The mean clips negative scores to zero, which makes losing classes equal, so compare where it does not.
    unclipped = expected.min(axis=1) > 0
    unclipped[2] &= priors is not None  # without priors sample 2 is a tie
    assert unclipped.sum() >= 5
    np.testing.assert_array_equal(fused.argmax(axis=1)[unclipped], expected.argmax(axis=1)[unclipped])


def test_fit_trains_only_the_combiner(three):
    models, arrays = three
    model = decision_level_model(models, "concat", PRIORS)
    assert [weight.path.split("/")[0] for weight in model.trainable_weights] == ["combiner", "combiner"]
    frozen = [weights.numpy() for weights in model.non_trainable_weights]
    model.compile(keras.optimizers.Adam(0.1), "sparse_categorical_crossentropy")
    labels = np.arange(10) % 3
    losses = model.fit(arrays, labels, epochs=5, verbose=0, shuffle=False).history["loss"]
    assert losses[-1] < losses[0]
    np.testing.assert_array_equal(call(model, arrays, training=True), call(model, arrays))  # Dropout is silent in training
    for before, after in zip(frozen, model.non_trainable_weights):
        np.testing.assert_array_equal(before, after.numpy())


def test_saved_models_predict_the_same_in_a_new_process(three, tmp_path):
    models, arrays = three
    options = {"priors": PRIORS, "temperatures": {"text": 0.7, "image": 1.3, "audio": 1}}
    fused = {"concat": decision_level_model(models, "concat", **options),
             "log_linear": decision_level_model(models, "log_linear", weights={"text": 0.1, "image": 0.7, "audio": 0.2}, **options)}
    np.savez(tmp_path / "arrays.npz", **arrays)
    for name, model in fused.items():
        model.save(tmp_path / f"{name}.keras")
        again = keras.saving.load_model(tmp_path / f"{name}.keras")
        assert list(again.input) == list(models)
        np.testing.assert_array_equal(call(again, arrays), call(model, arrays))
    code = ("import sys, numpy as np, keras, mm_keras.fusion.decision_layers\n"
            "arrays = dict(np.load(sys.argv[1] + '/arrays.npz'))\n"
            "for name in ('concat', 'log_linear'):\n"
            "    path = sys.argv[1] + '/' + name\n"
            "    np.save(path, keras.saving.load_model(path + '.keras')(arrays))\n")
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=Path(__file__).parents[1], check=True)
    for name, model in fused.items():
        np.testing.assert_array_equal(np.load(tmp_path / f"{name}.npy"), call(model, arrays))


@pytest.mark.parametrize("operator", ["product", "mean", "concat"])
def test_multi_label(three, operator):
    _, arrays = three
    models = {"image": small_model("image", 5, activation="sigmoid"),
              "audio": keras.Sequential([keras.Input((2, 2)), keras.layers.Flatten(), keras.layers.Dense(3, "sigmoid")])}
    shares = [0.5, 0.9, 0.2]
    model = decision_level_model(models, operator, shares, multi_label=True)
    arrays = {name: arrays[name] for name in models}
    expected = combine(ask(models, arrays), operator if operator != "concat" else "product", shares, multi_label=True)
    np.testing.assert_allclose(call(model, arrays), expected, atol=1e-5)


def logs(p):
    return np.log(np.maximum(p, 1e-12)).astype("float32")


def passes_on(num_classes=3):
    """A model that passes given probabilities on, when it gets their logarithms."""
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


@pytest.mark.parametrize("name, operator, accuracy", [
    ("one bit each", "concat", 1), ("xor", "concat", 0.5), ("neutral", "concat", 0.9167), ("mixture", "concat", 0.75),
    ("no synergy", "concat", 1), ("xor", "outer", 0.5), ("neutral", "outer", 0.9167)])
def test_stacking_on_exact_posteriors_reaches_the_known_accuracy(name, operator, accuracy):
    table = TABLES[name]
    y, t, v = table.sample(3000, np.random.default_rng(0))
    num_classes, num_text, num_image = table.probabilities.shape
    model = decision_level_model(posterior_models(table), operator)
    p = {"text": table.posterior("text").T[t], "image": table.posterior("image").T[v]}
    assert fit_combiner(model, p, y) is model
    cells = {"text": np.repeat(np.eye(num_text), num_image, axis=0), "image": np.tile(np.eye(num_image), (num_text, 1))}
    fused = call(model, {name: np.asarray(values, "float32") for name, values in cells.items()})
    scores = fused.T.reshape(num_classes, num_text, num_image)
    assert accuracy_with_ties_by_lot(table, scores) == pytest.approx(accuracy, abs=0.005)


def test_fit_combiner_repairs_an_overconfident_model():
    # The picture is noise that is nearly sure of itself: the product believes it, the trained combiner does not.
    rng = np.random.default_rng(1)
    labels = rng.integers(3, size=600)
    p = {"text": 0.7 * np.eye(3)[labels] + 0.1, "image": 0.997 * np.eye(3)[rng.integers(3, size=600)] + 0.001}
    model = decision_level_model({name: passes_on() for name in p}, "concat")
    arrays = {name: logs(values) for name, values in p.items()}
    assert (call(model, arrays).argmax(axis=1) == labels).mean() < 0.5
    fit_combiner(model, p, labels)
    assert (call(model, arrays).argmax(axis=1) == labels).mean() > 0.99
    weights = model.get_layer("combiner").get_weights()
    fit_combiner(model, p, labels)  # from the untrained combiner again: the same answer
    for first, second in zip(weights, model.get_layer("combiner").get_weights()):
        np.testing.assert_array_equal(first, second)
    fit_combiner(model, p, labels, penalty=1e9)  # held at the product rule
    np.testing.assert_allclose(model.get_layer("combiner").get_weights()[0], np.tile(np.eye(3), (2, 1)), atol=1e-3)


def test_fit_combiner_equals_logistic_regression():
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(2)
    labels = rng.integers(3, size=300)
    p = {name: rng.dirichlet(np.ones(3), 300) * 0.5 + 0.5 * np.eye(3)[labels] for name in ("text", "image")}
    p = {name: np.clip(values, 1e-3, 1) / np.clip(values, 1e-3, 1).sum(axis=1, keepdims=True) for name, values in p.items()}
    model = fit_combiner(decision_level_model({name: passes_on() for name in p}, "concat"), p, labels, penalty=1e-6)
    x = np.log(np.concatenate([p["text"], p["image"]], axis=1) * 3)
    oracle = LogisticRegression(C=1e6, max_iter=5000, tol=1e-8).fit(x, labels).predict_proba(x)
    fused = call(model, {name: logs(values) for name, values in p.items()})
    np.testing.assert_allclose(fused, oracle, atol=5e-3)


def test_multi_label_combiner_learns_whom_to_trust():
    rng = np.random.default_rng(3)
    labels = rng.integers(2, size=(400, 2))
    noise = rng.random((400, 2))
    p = {"text": np.stack([0.8 * labels[:, 0] + 0.1, noise[:, 0]], axis=1),  # the text knows label 0, the picture label 1
         "image": np.stack([noise[:, 1], 0.8 * labels[:, 1] + 0.1], axis=1)}
    sigmoid = keras.Sequential([keras.Input((2,)), keras.layers.Activation("sigmoid")])
    model = decision_level_model({name: sigmoid for name in p}, "concat", multi_label=True)
    arrays = {name: logs(values / (1 - values)) for name, values in p.items()}
    untrained = ((call(model, arrays) > 0.5) == labels).mean()
    fit_combiner(model, p, labels)
    assert ((call(model, arrays) > 0.5) == labels).mean() > 0.99 > untrained


def test_absent_samples_do_not_teach_the_combiner():
    rng = np.random.default_rng(4)
    labels = rng.integers(3, size=200)
    p = {"text": 0.7 * np.eye(3)[labels] + 0.1, "image": np.full((200, 3), np.nan)}
    model = decision_level_model({name: passes_on() for name in p}, "concat")
    fit_combiner(model, p, labels)
    kernel = model.get_layer("combiner").get_weights()[0]
    np.testing.assert_allclose(kernel[3:], np.eye(3), atol=1e-6)  # the picture's half is untouched
    assert np.isfinite(kernel).all()


def wide_model(name):
    return keras.Sequential([keras.Input((200,)), keras.layers.Dense(2, "softmax")])


def test_out_of_fold_probabilities_do_not_leak():
    # 200 columns of noise and 100 random labels: a linear model learns them by heart and knows nothing.
    keras.utils.set_random_seed(0)
    rng = np.random.default_rng(0)
    x, labels = rng.normal(size=(100, 200)).astype("float32"), rng.permutation(np.arange(100) % 2)
    fit = {"epochs": 25, "batch_size": 25}

    def build(name):
        model = wide_model(name)
        model.compile(keras.optimizers.Adam(0.03), "sparse_categorical_crossentropy")
        return model

    learned = build("text")
    learned.fit(x, labels, verbose=0, **fit)
    inside = learned.predict(x, verbose=0)
    p = out_of_fold_probabilities(build, {"text": x}, labels, num_folds=2, fit=fit)
    assert list(p) == ["text"] and p["text"].shape == (100, 2) and p["text"].dtype == np.float32
    assert (inside.argmax(axis=1) == labels).mean() == 1
    assert 0.3 < (p["text"].argmax(axis=1) == labels).mean() < 0.7
    # Chosen on the probabilities of its own samples the model looks certain, on honest ones it is much too sure.
    assert fit_temperature(inside, labels) < 1 < fit_temperature(p["text"], labels)


def test_out_of_fold_models_may_be_uncompiled_and_take_dicts():
    keras.utils.set_random_seed(0)
    arrays = {"image": np.random.default_rng(0).normal(size=(9, 5)).astype("float32")}
    arrays["image"][4] = 0  # no picture
    p = out_of_fold_probabilities(lambda name: small_model(name, 5), arrays, np.arange(9) % 3, num_folds=2)
    np.testing.assert_array_equal(np.isnan(p["image"]), np.arange(9)[:, None] == [4] * 3)
    np.testing.assert_allclose(np.delete(p["image"], 4, axis=0).sum(axis=1), 1, atol=1e-5)
    labels = np.arange(18).reshape(9, 2) % 2
    p = out_of_fold_probabilities(lambda name: small_model(name, 5, 2, "sigmoid"), arrays, labels, num_folds=2)
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


def test_refusals(three):
    models, _ = three
    inputs = keras.Input((5,))
    logits = keras.Model(inputs, keras.layers.Dense(3, kernel_initializer="ones")(inputs))
    sigmoid = keras.Model(inputs, keras.layers.Dense(3, "sigmoid", bias_initializer="ones")(inputs))
    pair = {name: keras.Input((3,), name=name) for name in ("a", "b")}
    two = keras.Model(pair, keras.layers.Softmax()(pair["b"]))
    cases = [
        ({"models": models, "operator": "sum"}, "mean, product.*concat, outer"),
        ({"models": {"image": models["image"], "text": small_model("text", 2, 4)}}, "same classes"),
        ({"models": {"text": models["image"]}}, "one input, the text features"),
        ({"models": {"a": two}}, "one input"),
        ({"models": {"image": logits}}, "softmax"),
        ({"models": {"image": sigmoid}}, "multi_label=True"),
        ({"models": {"image": keras.Sequential([keras.layers.Dense(3)])}}, "keras.Input"),
        ({"models": models, "weights": {"text": 1}}, "uses no weights"),
        ({"models": models, "operator": "concat", "weights": {"text": 1}}, "learns its weights"),
        ({"models": {"image": sigmoid}, "operator": "outer", "multi_label": True}, "operator='concat'"),
        ({"models": models, "temperatures": {"text": 2}}, "image, text, audio"),
    ]
    for arguments, message in cases:
        with pytest.raises(ValueError, match=message):
            decision_level_model(**arguments)
    with pytest.raises(TypeError, match="dict"):
        decision_level_model([models["image"]])
    with pytest.raises(ValueError, match="has a combiner"):
        fit_combiner(decision_level_model(models, "mean"), {}, [])
    with pytest.raises(ValueError, match="modalities are"):
        fit_combiner(decision_level_model(models, "concat"), {"text": [[1, 0, 0]]}, [0])
    with pytest.raises(ValueError, match="one row per label"):
        out_of_fold_probabilities(wide_model, {"text": np.zeros((3, 200))}, [0, 1])
