"""Networks under other settings of Keras: dtype policies, image data formats, models from disk."""

import os
import re
import subprocess
import sys

import keras
import numpy as np
import pytest

import tests
from mm_keras import Classifier, Features, fusion, heads
from mm_keras.datasets import MultimodalData
from mm_keras.fusion.choices import TokenIds
from mm_keras.fusion.layers import MissingModalityEmbedding, ModalityDropout
from mm_keras.image import HOG
from mm_keras.text import TFIDF
from mm_keras.utils.lazy_layers import MODULES

HALF = ("mixed_bfloat16", "mixed_float16")
VECTORS = {"text": (5,), "image": (6,)}
TOKENS = {"text": TokenIds(4, num_ids=9), "image": (3, 3, 2)}
PLANES = {"text": (2, 8, 1), "image": (8, 8, 1)}
CASES = {
    "linear": (VECTORS, "feature", "concat", "linear"),
    "dense, dropped modalities": (VECTORS, "feature", "gated", "dense"),
    "cnn on a vector": (VECTORS, "feature", "outer", "cnn"),
    "cnn on a grid": ({**VECTORS, "image": (3, 3, 2)}, "feature", "film", "cnn"),
    "rnn on tokens": ({**TOKENS, "image": (6,)}, "feature", "concat", "rnn"),
    "attention": (TOKENS, "feature", "attention", "linear"),
    "linear on a grid": ({**VECTORS, "image": (3, 4, 2)}, "feature", "bilinear", "linear"),
    "canvas, concat": (PLANES, "data", "concat", "cnn"),
    "canvas, product": (PLANES, "data", "product", "cnn"),
    "canvas, rnn": (PLANES, "data", "concat", "rnn"),
    "canvas, dense": (PLANES, "data", "product", "dense"),
    "tokens alone, cnn": ({"text": TokenIds(4, num_ids=9)}, "text", None, "cnn"),
    "decision, product": (VECTORS, "decision", "product", "dense"),
    "decision, concat": (VECTORS, "decision", "concat", "cnn"),
}


@pytest.fixture(autouse=True)
def settings_are_restored():
    policy, layout = keras.config.dtype_policy(), keras.config.image_data_format()
    yield
    keras.config.set_dtype_policy(policy)
    keras.config.set_image_data_format(layout)


def build(case):
    from mm_keras.fusion.build import build

    shapes, level, operator, head = CASES[case]
    options = {"modality_dropout": 0.3} if "dropped" in case else {}
    keras.utils.set_random_seed(0)
    return build(level, shapes, 3, operator, head, **options)


def arrays(case, num_samples=8):
    random = np.random.default_rng(0)
    return {
        name: random.integers(0, shape.num_ids, (num_samples, *shape)).astype("int32")
        if isinstance(shape, TokenIds)
        else random.normal(size=(num_samples, *shape)).astype("float32")
        for name, shape in CASES[case][0].items()
    }


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("policy", HALF)
def test_probabilities_are_computed_in_full_precision_under_a_half_precision_policy(case, policy):
    keras.config.set_dtype_policy(policy)
    probabilities = build(case).predict_on_batch(arrays(case))
    assert probabilities.dtype == np.float32
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, atol=1e-6)


@pytest.mark.parametrize("policy", HALF)
@pytest.mark.parametrize("multi_label", [False, True])
def test_a_network_in_half_precision_is_trained_and_evaluated(policy, multi_label):
    keras.config.set_dtype_policy(policy)
    texts, labels = ["rain storm", "goal", "snow", "rain goal"] * 2, np.array([0, 1, 2, 0] * 2)
    images = np.random.default_rng(0).integers(0, 256, (8, 16, 16), dtype=np.uint8)
    labels = 1 - np.eye(3, dtype=int)[labels] if multi_label else labels
    data = MultimodalData({"text": texts, "image": images}, labels, ["a", "b", "c"])
    features = Features(text=TFIDF(), image=HOG(cells_per_block=(1, 1))).fit(data)
    model = fusion.feature_level_model(
        features.shapes, 3, head="dense", modality_dropout=0.2, multi_label=multi_label
    )
    loss = "binary_crossentropy" if multi_label else "sparse_categorical_crossentropy"
    model.compile("adam", loss)
    model.fit(features.transform(data), labels, epochs=2, verbose=0)
    classifier = Classifier(features, model, data.class_names, 0.5 if multi_label else None)
    assert 0 <= classifier.evaluate(data)["macro_f1"] <= 1


def test_other_policies_are_left_as_they_are():
    for policy in ("float32", "float64"):
        keras.config.set_dtype_policy(policy)
        assert heads.linear_head(keras.Input((3,), dtype=policy), 2).dtype == policy


@pytest.mark.parametrize("policy", ["float32", *HALF])
def test_small_values_are_not_taken_for_a_missing_modality(policy):
    keras.config.set_dtype_policy(policy)
    tiny = np.array([[1e-9, 0], [0, 0]], "float32")
    softmax = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, "softmax")])
    model = fusion.decision_level_model({"text": softmax, "image": softmax}, operator="mean")
    present = model.get_layer("text_present")(tiny)
    assert keras.ops.convert_to_numpy(present).tolist() == [True, False]
    layer = MissingModalityEmbedding()
    layer.build((None, 2))
    layer.set_weights([np.array([3, 4], "float32")])
    np.testing.assert_array_equal(layer(tiny), np.array([[1e-9, 0], [3, 4]], "float32"))
    kept = ModalityDropout(0.9)([tiny, tiny], training=True)
    assert np.any([keras.ops.convert_to_numpy(array)[0] for array in kept])


@pytest.mark.parametrize("policy", HALF)
def test_members_of_a_decision_keep_their_precision(policy):
    model = fusion.unimodal_model({"text": (5,)}, 3, head="dense")
    x = arrays("linear")["text"]
    expected = model.predict_on_batch({"text": x})
    keras.config.set_dtype_policy(policy)
    fused = fusion.decision_level_model({"text": model}, operator="mean")
    np.testing.assert_allclose(fused.predict_on_batch({"text": x}), expected, atol=1e-6)


@pytest.mark.parametrize("case", CASES)
def test_channels_first_builds_the_same_network(case):
    expected = build(case).predict_on_batch(arrays(case))
    keras.config.set_image_data_format("channels_first")
    np.testing.assert_array_equal(build(case).predict_on_batch(arrays(case)), expected)


# --- models from disk -----------------------------------------------------------------------------

LOAD = """
import sys
{start}
assert not {{name for name in sys.modules if name.startswith("mm_keras.fusion")}}
import keras, numpy as np
for name in {names}:
    x = dict(np.load(name + ".npz"))
    expected = x.pop("expected")
    model = keras.models.load_model(name + ".keras")
    np.testing.assert_allclose(model.predict_on_batch(x), expected, atol=1e-6)
"""


@pytest.mark.parametrize("start", ["import mm_keras", "import keras\nimport mm_keras"])
def test_saved_models_are_loaded_after_import_mm_keras_alone(start, tmp_path):
    cases = ["dense, dropped modalities", "attention", "canvas, concat", "decision, concat"]
    for name in cases:
        model = build(name)
        x = arrays(name, 2)
        np.savez(tmp_path / f"{name}.npz", **x, expected=model.predict_on_batch(x))
        model.save(tmp_path / f"{name}.keras")
    process = subprocess.run(
        [sys.executable, "-c", LOAD.format(start=start, names=cases)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(tests.ROOT)},
    )
    assert process.returncode == 0, process.stderr[-3000:]


def test_every_registered_class_is_known_before_its_module_is_imported():
    defined = {}
    for path in (tests.ROOT / "mm_keras").rglob("*.py"):
        module = ".".join(path.relative_to(tests.ROOT).with_suffix("").parts)
        names = re.findall(
            r'register_keras_serializable\("mm_keras"\)\nclass (\w+)', path.read_text("utf-8")
        )
        if names:
            defined[module] = names
    former = MODULES["mm_keras.saving.network"]
    assert {**defined, "mm_keras.saving.network": list(former)} == {
        module: list(names) for module, names in MODULES.items()
    }
    from mm_keras.saving.network import FORMER_LAYERS

    assert set(former) == set(FORMER_LAYERS)


def test_placeholders_do_not_hide_an_error_of_keras(tmp_path):
    (tmp_path / "keras.py").write_text("raise ImportError('broken')")
    code = (
        "import mm_keras, sys\n"
        "for _ in range(2):\n"
        "    try:\n        import keras\n"
        "    except ImportError as error:\n        print(error)\n"
    )
    process = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(tests.ROOT)])},
    )
    assert process.stdout.split() == ["broken", "broken"], process.stderr
