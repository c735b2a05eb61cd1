"""Decision-level models: rules in Keras equal rules on arrays; copies, saving, errors."""

import subprocess
import sys
import warnings

import keras
import numpy as np
import pytest

from mm_keras.fusion import RULES, decision_level_model
from mm_keras.fusion.decision import combine
from tests import ROOT

PRIORS = [0.5, 0.3, 0.2]


def small_model(name, width, num_classes=3, activation="softmax"):
    """A random model with dict input and a Dropout that must stay inactive."""
    inputs = {name: keras.Input((width,), name=name)}
    hidden = keras.layers.Dropout(0.5)(keras.layers.Dense(4)(inputs[name]))
    return keras.Model(inputs, keras.layers.Dense(num_classes, activation)(hidden))


def flat_model(activation):
    return keras.Sequential(
        [keras.Input((2, 2)), keras.layers.Flatten(), keras.layers.Dense(3, activation)]
    )


def token_model():
    tokens = keras.Input((3,), dtype="int32")
    words = keras.layers.GlobalAveragePooling1D()(
        keras.layers.Embedding(7, 4, mask_zero=True)(tokens)
    )
    return keras.Model(tokens, keras.layers.Dense(3, "softmax")(words))


@pytest.fixture(scope="module")
def three():
    """Models with dict input, single input and Sequential; ten samples, some lacking a modality."""
    rng = np.random.default_rng(0)
    models = {
        "image": small_model("image", 5),
        "text": token_model(),
        "audio": flat_model("softmax"),
    }
    arrays = {
        "image": rng.normal(size=(10, 5)).astype("float32"),
        "text": rng.integers(1, 7, (10, 3)).astype("int32"),
        "audio": rng.normal(size=(10, 2, 2)).astype("float32"),
    }
    # Drawn by NumPy: with the same seed, each backend draws other weights.
    for model in models.values():
        model.set_weights(
            [rng.normal(scale=0.5, size=weights.shape) for weights in model.get_weights()]
        )
    arrays["image"][:3] = 0
    arrays["text"][2:5] = 0
    arrays["audio"][2:4] = 0  # sample 2 lacks all modalities
    return models, arrays


def call(model, arrays, training=False):
    """The outputs without compiling a prediction function, which takes a second per model."""
    return keras.ops.convert_to_numpy(model(arrays, training=training))


def unimodal_probabilities(models, arrays):
    """The probabilities of each model, and nan where the modality is missing."""
    p = {
        name: call(model, {name: arrays[name]} if name == "image" else arrays[name])
        for name, model in models.items()
    }
    return {
        name: np.where(arrays[name].reshape(10, -1).any(axis=1, keepdims=True), p[name], np.nan)
        for name in models
    }


@pytest.mark.parametrize("operator", RULES)
def test_rule_in_the_model_equals_rule_on_arrays(three, operator):
    models, arrays = three
    options = {"priors": PRIORS, "temperatures": {"text": 0.5, "image": 2, "audio": 1}}
    if operator in ("weighted_mean", "log_linear"):
        options["weights"] = {"audio": 1, "text": 2, "image": 3}
    model = decision_level_model(models, operator, **options)
    assert (
        isinstance(model, keras.Model) and not model.compiled and list(model.input) == list(models)
    )
    expected = combine(unimodal_probabilities(models, arrays), operator, **options)
    np.testing.assert_allclose(call(model, arrays), expected, atol=1e-6)
    np.testing.assert_allclose(expected[2], PRIORS, atol=1e-6)


def test_copies_do_not_change_when_the_models_are_trained_further(three):
    _, arrays = three
    model = small_model("image", 5)
    fused = decision_level_model({"image": model}, "mean")
    before = call(fused, {"image": arrays["image"]})
    assert not fused.trainable_weights and model.trainable_weights
    model.set_weights([weights + 1 for weights in model.get_weights()])
    np.testing.assert_array_equal(call(fused, {"image": arrays["image"]}), before)


@pytest.mark.parametrize("operator, rule", [("concat", "product"), ("outer", "mean")])
@pytest.mark.parametrize("priors", [None, PRIORS])
def test_initial_combiner_equals_a_rule(three, operator, rule, priors):
    models, arrays = three
    fused = call(decision_level_model(models, operator, priors), arrays)
    expected = combine(unimodal_probabilities(models, arrays), rule, priors)
    if operator == "concat":
        np.testing.assert_allclose(fused, expected, atol=1e-5)
    # The mean clips negative scores to zero, which makes losing classes equal: compare the others.
    unclipped = expected.min(axis=1) > 0
    unclipped[2] &= priors is not None  # without priors sample 2 is a tie
    assert unclipped.sum() >= 5
    np.testing.assert_array_equal(
        fused.argmax(axis=1)[unclipped], expected.argmax(axis=1)[unclipped]
    )


def test_fit_trains_only_the_combiner(three):
    models, arrays = three
    model = decision_level_model(models, "concat", PRIORS)
    assert [weight.path.split("/")[0] for weight in model.trainable_weights] == [
        "combiner",
        "combiner",
    ]
    frozen = [weights.numpy() for weights in model.non_trainable_weights]
    model.compile(keras.optimizers.Adam(0.1), "sparse_categorical_crossentropy")
    labels = np.arange(10) % 3
    losses = model.fit(arrays, labels, epochs=5, verbose=0, shuffle=False).history["loss"]
    assert losses[-1] < losses[0]
    np.testing.assert_array_equal(
        call(model, arrays, training=True), call(model, arrays)
    )  # Dropout is inactive
    for before, after in zip(frozen, model.non_trainable_weights):
        np.testing.assert_array_equal(before, after.numpy())


def test_saved_models_predict_the_same_in_a_new_process(three, tmp_path):
    models, arrays = three
    options = {"priors": PRIORS, "temperatures": {"text": 0.7, "image": 1.3, "audio": 1}}
    weights = {"text": 0.1, "image": 0.7, "audio": 0.2}
    fused = {
        "concat": decision_level_model(models, "concat", **options),
        "log_linear": decision_level_model(models, "log_linear", weights=weights, **options),
    }
    np.savez(tmp_path / "arrays.npz", **arrays)
    for name, model in fused.items():
        model.save(tmp_path / f"{name}.keras")
        again = keras.saving.load_model(tmp_path / f"{name}.keras")
        assert list(again.input) == list(models)
        np.testing.assert_array_equal(call(again, arrays), call(model, arrays))
    code = (
        "import sys, numpy as np, keras, mm_keras.fusion.decision.layers\n"
        "arrays = dict(np.load(sys.argv[1] + '/arrays.npz'))\n"
        "for name in ('concat', 'log_linear'):\n"
        "    path = sys.argv[1] + '/' + name\n"
        "    model = keras.saving.load_model(path + '.keras')\n"
        "    np.save(path, keras.ops.convert_to_numpy(model(arrays)))\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=ROOT, check=True)
    for name, model in fused.items():
        np.testing.assert_array_equal(np.load(tmp_path / f"{name}.npy"), call(model, arrays))


@pytest.mark.parametrize("operator", ["product", "mean", "concat"])
def test_multi_label(three, operator):
    _, arrays = three
    models = {
        "image": small_model("image", 5, activation="sigmoid"),
        "audio": flat_model("sigmoid"),
    }
    shares = [0.5, 0.9, 0.2]
    model = decision_level_model(models, operator, shares, multi_label=True)
    arrays = {name: arrays[name] for name in models}
    expected = combine(
        unimodal_probabilities(models, arrays),
        operator if operator != "concat" else "product",
        shares,
        multi_label=True,
    )
    np.testing.assert_allclose(call(model, arrays), expected, atol=1e-5)


def test_errors(three):
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
        (
            {"models": {"image": sigmoid}, "operator": "outer", "multi_label": True},
            "operator='concat'",
        ),
        ({"models": models, "temperatures": {"text": 2}}, "image, text, audio"),
    ]
    for arguments, message in cases:
        with pytest.raises(ValueError, match=message):
            decision_level_model(**arguments)
    with pytest.raises(TypeError, match="dict"):
        decision_level_model([models["image"]])


def test_optimizers_of_the_members_are_not_saved(tmp_path):
    model = small_model("image", 5)
    model.compile("adam", "categorical_crossentropy")
    model.fit({"image": np.ones((3, 5), "float32")}, np.eye(3), verbose=0)
    fused = decision_level_model({"image": model, "audio": flat_model("softmax")}, "mean")
    fused.save(tmp_path / "fused.keras")
    with warnings.catch_warnings():
        warnings.filterwarnings("error", "Skipping variable loading")
        again = keras.saving.load_model(tmp_path / "fused.keras")
    assert not any(layer.model.compiled for layer in again.layers if hasattr(layer, "model"))
