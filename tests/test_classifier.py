"""Classifier: from raw samples to class names; saved without pickle, identical after loading."""

import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from sklearn.decomposition import TruncatedSVD
from sklearn.pipeline import make_pipeline

import tests
from mm_keras import Classifier, Features, fusion
from mm_keras.datasets import MultimodalData
from mm_keras.image import HOG
from mm_keras.text import TFIDF
from mm_keras.utils import files

ROOT = str(tests.ROOT)
TEXTS = ["storm and rain", "goal and goal", "rain on the coast", "the goal of the match"] * 5
IMAGES = np.random.default_rng(0).integers(0, 256, (20, 32, 32), dtype=np.uint8)
DATA = MultimodalData({"text": TEXTS, "image": IMAGES}, [0, 1, 0, 1] * 5, ["weather", "sports"])


@pytest.fixture(scope="module")
def classifier():
    keras.utils.set_random_seed(0)
    features = Features(
        text=make_pipeline(TFIDF(), TruncatedSVD(4, random_state=0)),
        image=HOG(cells_per_block=(1, 1)),
    ).fit(DATA)
    model = fusion.feature_level_model(
        features.shapes, 2, operator="gated", head="dense", modality_dropout=0.2
    )
    model.compile(optimizer=keras.optimizers.Adam(0.01), loss="sparse_categorical_crossentropy")
    model.fit(features.transform(DATA), DATA.labels, epochs=20, verbose=0)
    return Classifier(features, model, DATA.class_names)


def test_predict_and_evaluate(classifier):
    assert classifier.predict(DATA) == ["weather", "sports"] * 10
    scores = classifier.evaluate(DATA)
    assert scores["accuracy"] == 1.0 and scores["macro_f1"] == 1.0
    assert set(scores["per_class"]) == {"weather", "sports"}
    json.dumps(scores)


def test_probabilities_are_the_same_for_any_batch_size_and_input_form(classifier):
    whole = classifier.predict_proba(DATA)
    assert whole.shape == (20, 2) and whole.dtype == np.float32
    np.testing.assert_allclose(whole.sum(axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(classifier.predict_proba(DATA, batch_size=3), whole, atol=1e-6)
    np.testing.assert_array_equal(classifier.predict_proba(texts=TEXTS, images=IMAGES), whole)
    np.testing.assert_array_equal(
        classifier.predict_proba({"text": TEXTS, "image": list(IMAGES)}), whole
    )
    assert classifier.predict_proba(texts=[], images=[]).shape == (0, 2)


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="counts how often TensorFlow traces"
)
def test_single_predictions_use_one_compiled_function(classifier, monkeypatch):
    traced, call = [], classifier.model.call
    monkeypatch.setattr(
        classifier.model, "call", lambda *args, **kwargs: traced.append(1) or call(*args, **kwargs)
    )
    # `predict` builds a data pipeline for every call.
    monkeypatch.setattr(classifier.model, "predict", None)
    classifier.model.predict_function = None
    for count in (1, 1, 2, 5, 1, 20, 3):
        classifier.predict_proba(texts=TEXTS[:count], images=IMAGES[:count])
    classifier.predict_proba(DATA, batch_size=7)
    assert 1 <= len(traced) <= 2  # for the first batch size, then for any size
    classifier.model.predict_function = None


def test_a_modality_may_be_missing(classifier):
    alone = classifier.predict_proba(texts=TEXTS[:2])
    np.testing.assert_array_equal(
        alone, classifier.predict_proba(texts=TEXTS[:2], images=[None, None])
    )
    assert np.isfinite(alone).all()


def test_a_classifier_loaded_in_a_new_process_predicts_bit_for_bit_the_same(classifier, tmp_path):
    classifier.save(tmp_path / "saved")
    assert sorted(path.name for path in (tmp_path / "saved").iterdir()) == [
        "arrays.npz",
        "classifier.json",
        "model.keras",
    ]
    np.savez(tmp_path / "samples.npz", texts=np.array(TEXTS), images=IMAGES)
    code = (
        "import numpy as np; from mm_keras import Classifier; s = np.load('samples.npz'); "
        "texts, images = s['texts'].tolist(), s['images']; "
        "p = Classifier.load('saved').predict_proba(texts=texts, images=images); "
        "np.save('answer.npy', p)"
    )
    subprocess.run(
        [sys.executable, "-c", code],
        check=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": ROOT},
    )
    # Once compiled for another number of samples, it may round differently.
    classifier.model.predict_function = None
    assert np.load(tmp_path / "answer.npy").tobytes() == classifier.predict_proba(DATA).tobytes()


def test_saving_replaces_a_saved_classifier_but_nothing_else(classifier, tmp_path):
    classifier.save(tmp_path / "saved")
    classifier.save(tmp_path / "saved")
    assert Classifier.load(tmp_path / "saved").class_names == ("weather", "sports")
    (tmp_path / "precious").mkdir()
    (tmp_path / "precious" / "thesis.txt").write_text("mine")
    with pytest.raises(FileExistsError, match="not a saved classifier"):
        classifier.save(tmp_path / "precious")
    (tmp_path / "saved" / "notes.txt").write_text("mine too")
    with pytest.raises(FileExistsError, match="would be lost: notes.txt"):
        classifier.save(tmp_path / "saved")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["precious", "saved"]
    with pytest.raises(FileExistsError):
        classifier.save(tmp_path / "saved" / "notes.txt")


@pytest.mark.parametrize("stage", ["np.savez", "os.replace"])
def test_a_failing_disk_leaves_the_previous_classifier(classifier, tmp_path, monkeypatch, stage):
    classifier.save(tmp_path / "saved")
    (tmp_path / "link").symlink_to(tmp_path / "saved")
    before = (tmp_path / "saved" / "classifier.json").stat().st_ino
    calls = []

    def full(*arguments, **options):
        calls.append(arguments)
        # Where folders cannot be exchanged, the second os.replace moves the new one into place.
        if stage == "np.savez" or len(calls) == 2:
            raise OSError(28, "No space left on device")
        os.rename(*arguments)

    monkeypatch.setattr(files, "_exchange", lambda first, second: False)
    monkeypatch.setattr(np if stage == "np.savez" else os, stage.split(".")[1], full)
    with pytest.raises(OSError, match="No space"):
        classifier.save(tmp_path / "link")
    monkeypatch.undo()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link", "saved"]
    assert (tmp_path / "saved" / "classifier.json").stat().st_ino == before
    assert Classifier.load(tmp_path / "link").predict(DATA) == classifier.predict(DATA)
    classifier.save(tmp_path / "link")
    assert (tmp_path / "link").is_symlink() and sorted(
        path.name for path in tmp_path.iterdir()
    ) == ["link", "saved"]


@pytest.mark.parametrize("name", ["arrays.npz", "model.keras", "classifier.json"])
def test_a_damaged_file_is_named(classifier, tmp_path, name):
    classifier.save(tmp_path / "saved")
    file = tmp_path / "saved" / name
    content = file.read_bytes()
    file.write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match=f"{name}.*damaged"):
        Classifier.load(tmp_path / "saved")
    file.unlink()
    with pytest.raises(ValueError, match=name):
        Classifier.load(tmp_path / "saved")


def test_other_folders_and_versions_are_refused(classifier, tmp_path):
    with pytest.raises(FileNotFoundError, match="No saved classifier"):
        Classifier.load(tmp_path / "nothing")
    for content in (
        "[1, 2]",
        "{}",
        "",
        "[" * 100_000,
        '{"format": "x", "version": "two", "sha256": {}}',
        '"\u00e9"',
    ):
        (tmp_path / "classifier.json").write_text(content, encoding="latin-1")
        with pytest.raises(ValueError, match="not from mm_keras"):
            Classifier.load(tmp_path)
    classifier.save(tmp_path / "saved")
    manifest = json.loads((tmp_path / "saved" / "classifier.json").read_text())
    (tmp_path / "saved" / "classifier.json").write_text(json.dumps({**manifest, "version": 99}))
    with pytest.raises(ValueError, match="version 99"):
        Classifier.load(tmp_path / "saved")
    for changed in (
        {"sha256": {}},
        {"sha256": None},
        {"class_names": ["one"]},
        {"class_names": None},
        {"modalities": {}},
        {"modalities": {"text": {}}},
        {"modalities": None},
    ):
        (tmp_path / "saved" / "classifier.json").write_text(json.dumps({**manifest, **changed}))
        with pytest.raises(ValueError):
            Classifier.load(tmp_path / "saved")


def test_error_messages(classifier):
    with pytest.raises(ValueError, match="2 outputs, but 3 class names"):
        Classifier(classifier.features, classifier.model, ["a", "b", "c"])
    with pytest.raises(ValueError, match="model needs the modalities"):
        Classifier(classifier.features.only("text"), classifier.model, ["a", "b"])
    with pytest.raises(TypeError, match="Put it in a list"):
        classifier.predict(texts="storm", images=IMAGES[:1])
    with pytest.raises(TypeError, match="Received: a generator"):
        classifier.predict(texts=(text for text in TEXTS))
    with pytest.raises(ValueError, match="same number of samples"):
        classifier.predict(texts=TEXTS, images=IMAGES[:3])
    with pytest.raises(ValueError, match="Received none"):
        classifier.predict()
    with pytest.raises(ValueError, match="with labels"):
        classifier.evaluate(MultimodalData({"text": TEXTS, "image": IMAGES}))
    with pytest.raises(ValueError, match=r"samples of unknown classes: x \(\d+\), y"):
        classifier.evaluate(
            MultimodalData({"text": TEXTS, "image": IMAGES}, DATA.labels, ["x", "y"])
        )


def test_samples_that_are_not_keyed_by_modality(classifier):
    with pytest.raises(TypeError, match=r"modalities are text, image. Pass texts=.* and images="):
        classifier.predict(["one text"])
    alone = small_classifier("softmax")
    assert alone.predict(["goal"]) == alone.predict(texts=["goal"])
    with pytest.raises(TypeError, match="text samples must be a list. Received: one str"):
        alone.predict("goal")


def test_a_classifier_is_displayed_with_its_shapes_classes_and_extractors(classifier):
    assert repr(small_classifier("sigmoid", threshold=0.5)) == (
        "Classifier: text (4,) -> 3 labels (a, b, c), 15 parameters"
    )
    html = classifier._repr_html_()
    assert html.startswith("<p>Classifier: text (4,), image (144,) -&gt; 2 classes")
    assert "-&gt; 2 classes (weather, sports)" in html and "TruncatedSVD" in html


def test_a_sequential_model_of_one_modality(tmp_path):
    features = Features(text=TFIDF()).fit({"text": ["rain and sun", "goal"]})
    output = keras.layers.Dense(2, activation="softmax")
    model = keras.Sequential([keras.Input(features.shapes["text"]), output])
    classifier = Classifier(features, model, ["a", "b"])
    arrays = features.transform({"text": ["goal"]})["text"]
    expected = model.predict_on_batch(arrays)
    np.testing.assert_allclose(classifier.predict_proba(texts=["goal"]), expected, rtol=1e-6)
    classifier.save(tmp_path / "saved")
    loaded = Classifier.load(tmp_path / "saved").predict_proba(texts=["goal"])
    np.testing.assert_allclose(loaded, expected, rtol=1e-6)
    with pytest.raises(ValueError, match="needs a keras.Input"):
        Classifier(features, keras.Sequential([output]), ["a", "b"])


def small_classifier(activation, dtype="float32", threshold=None):
    keras.utils.set_random_seed(0)
    features = Features(text=TFIDF()).fit({"text": ["rain and sun", "goal"]})
    inputs = keras.Input(features.shapes["text"], name="text")
    layer = keras.layers.Dense(3, activation=activation, dtype=dtype)
    model = keras.Model({"text": inputs}, layer(inputs))
    layer.set_weights([20 * weight + 1 for weight in layer.get_weights()])
    return Classifier(features, model, ["a", "b", "c"], threshold)


def test_outputs_that_are_no_probabilities_are_refused():
    with pytest.raises(ValueError, match="End the model with a softmax"):
        small_classifier(None).predict(texts=["rain"])
    for threshold in (0, 50, float("nan")):
        with pytest.raises(ValueError, match="threshold must be between 0 and 1"):
            small_classifier("sigmoid", threshold=threshold)
    for batch_size in (0, -5):
        with pytest.raises(ValueError, match="batch_size must be at least 1"):
            small_classifier("softmax").predict_proba(texts=["rain"], batch_size=batch_size)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
def test_half_precision_outputs_are_evaluated(dtype):
    data = MultimodalData({"text": ["rain", "goal", "sun and rain"]}, [0, 1, 2], ["a", "b", "c"])
    classifier = small_classifier("softmax", dtype)
    np.testing.assert_allclose(classifier.predict_proba(data).sum(axis=1), 1, atol=1e-6)
    assert 0 <= classifier.evaluate(data)["accuracy"] <= 1


def test_tables_of_any_library_and_what_else_is_passed():
    features = Features(text=TFIDF())
    texts = ["rain and sun", "goal"]
    expected = features.fit_transform({"text": texts})["text"]
    for name in ("pandas", "polars"):
        module = pytest.importorskip(name)
        table = module.DataFrame({"text": texts, "other": [1, 2]})
        assert (features.fit_transform(table)["text"] == expected).all()
    with pytest.raises(TypeError, match="a table with a column for each modality"):
        features.fit(texts)
    with pytest.raises(TypeError, match="a table with a column for each modality"):
        features.fit([{"text": "rain"}])
    with pytest.raises(ValueError, match="evaluate needs MultimodalData with labels"):
        small_classifier("softmax").evaluate({"text": texts})


@pytest.mark.parametrize("names, error", [({"x", "y"}, TypeError), (["x", "x"], ValueError)])
def test_class_names_have_an_order_and_are_distinct(names, error):
    features = Features(text=TFIDF()).fit({"text": ["storm", "goal"]})
    model = fusion.unimodal_model(features.shapes, 2, head="linear")
    with pytest.raises(error, match="class names must be"):
        Classifier(features, model, names)
