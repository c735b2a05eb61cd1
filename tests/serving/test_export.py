"""Exported classifiers predict as the original does, even in a new process without mm_keras."""

import json
import os
import subprocess
import sys

import keras
import numpy as np
import pytest
from sklearn.decomposition import TruncatedSVD
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import tests
from mm_keras import Classifier, DataWarning, Features, fusion
from mm_keras.cli.main import main
from mm_keras.image import HOG, SIFT, ColorHistogram, Pixels
from mm_keras.serving import code_points, export, raw_model
from mm_keras.text import TFIDF, BagOfWords, Sequence, TextPlane

ROOT = str(tests.ROOT)
ON_TENSORFLOW = keras.backend.backend() == "tensorflow"
# JAX has no double precision: colors on the border of two bins may fall into the other one
TOLERANCE = 1e-2 if keras.backend.backend() == "jax" else 1e-5
TEXTS = [
    "Storm and rain on the coast",
    "goal and GOAL, a late one",
    "rain, rain, rain",
    None,
    "l'été \u2013 the goal\u2019s end",
] * 2
IMAGES = np.random.default_rng(0).integers(0, 256, (10, 32, 32, 3), dtype=np.uint8)
DATA = {"text": TEXTS, "image": IMAGES}
CASES = {
    "feature level, vectors": (
        dict(
            text=make_pipeline(TFIDF(), TruncatedSVD(4, random_state=0)),
            image=[HOG(), ColorHistogram()],
        ),
        {"operator": "gated", "head": "dense", "modality_dropout": 0.2},
    ),
    "feature level, grid": (
        dict(
            text=TFIDF(sublinear_tf=True), image=HOG(cells_per_block=(1, 1), feature_vector=False)
        ),
        {"head": "cnn"},
    ),
    "feature level, token ids": (
        dict(text=Sequence(length=5), image=HOG(channel_axis=-1)),
        {"head": "dense"},
    ),
    "data level": (dict(text=TextPlane((4, 32)), image=Pixels(gray=False)), {"head": "cnn"}),
    "decision level": (
        dict(text=BagOfWords(), image=HOG(cells_per_block=(1, 1))),
        {"operator": "product"},
    ),
}


def make_classifier(level, extractors, options):
    keras.utils.set_random_seed(0)
    features = Features(**extractors).fit(DATA)
    if level == "decision":
        models = {
            name: fusion.unimodal_model({name: shape}, 3, head="linear")
            for name, shape in features.shapes.items()
        }
        model = fusion.decision_level_model(models, **options)
    else:
        model = getattr(fusion, f"{level}_level_model")(features.shapes, 3, **options)
    return Classifier(features, model, ["weather", "sports", "été"])


@pytest.fixture(scope="module")
def classifier():
    extractors, options = CASES["feature level, vectors"]
    return make_classifier("feature", extractors, options)


def samples(images, strings=ON_TENSORFLOW):
    texts = [text or "" for text in TEXTS]
    return {
        "text": keras.ops.convert_to_tensor(texts) if strings else code_points(texts),
        "image": images,
    }


@pytest.mark.parametrize("case", CASES)
def test_raw_samples_give_the_probabilities_of_the_classifier(case, tmp_path):
    classifier = make_classifier(case.split()[0], *CASES[case])
    images = IMAGES[..., 0] if "grid" in case or case.startswith("decision") else IMAGES
    expected = classifier.predict_proba(texts=TEXTS, images=images)
    # the probabilities differ between samples, so that the comparison is meaningful
    assert np.ptp(expected, axis=0).max() > 1e-3
    model = raw_model(classifier)
    np.testing.assert_allclose(model.predict_on_batch(samples(images)), expected, atol=TOLERANCE)
    model.save(tmp_path / "model.keras")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_array_equal(
        loaded.predict_on_batch(samples(images)), model.predict_on_batch(samples(images))
    )
    assert loaded.get_layer("classes").class_names == ["weather", "sports", "été"]


def test_a_missing_sample_is_an_empty_text_or_a_black_image(classifier):
    with pytest.warns(DataWarning, match="row 2"):
        expected = classifier.predict_proba(
            texts=[None, "rain", None], images=[IMAGES[0], None, None]
        )
    raw = {
        "text": code_points(["", "rain", ""]),
        "image": np.stack([IMAGES[0], 0 * IMAGES[0], 0 * IMAGES[0]]),
    }
    np.testing.assert_allclose(
        raw_model(classifier, strings=False).predict_on_batch(raw), expected, atol=TOLERANCE
    )


@pytest.mark.skipif(not ON_TENSORFLOW, reason="strings and SavedModel need TensorFlow")
def test_exports_predict_the_same_in_a_new_process(classifier, tmp_path):
    expected = classifier.predict_proba(DATA)
    for format in ("savedmodel", "keras"):
        classifier.export(tmp_path / f"model.{format}", format)
        classifier.export(tmp_path / f"model.{format}", format)  # overwrites the first
    np.savez(tmp_path / "samples.npz", text=[text or "" for text in TEXTS], image=IMAGES)
    code = """
import sys, keras, numpy as np, tensorflow as tf
samples = {name: tf.constant(value) for name, value in np.load("samples.npz").items()}
model = tf.saved_model.load("model.savedmodel")
np.save("savedmodel.npy", model.serve(samples).numpy())
first = {name: value[:1] for name, value in samples.items()}
np.save("one.npy", model.signatures["serving_default"](**first)["output_0"].numpy())
assert "mm_keras" not in sys.modules
import mm_keras.serving
np.save("keras.npy", keras.saving.load_model("model.keras").predict_on_batch(samples))
"""
    process = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": ROOT},
    )
    assert process.returncode == 0, process.stderr[-3000:]
    for name, rows in (("savedmodel", expected), ("one", expected[:1]), ("keras", expected)):
        np.testing.assert_allclose(np.load(tmp_path / f"{name}.npy"), rows, atol=TOLERANCE)
    assert (tmp_path / "model.savedmodel" / "assets.extra" / "labels.txt").read_text(
        encoding="utf-8"
    ) == "weather\nsports\nété\n"
    assert {path.name for path in tmp_path.iterdir() if path.suffix != ".npy"} == {
        "model.keras",
        "model.savedmodel",
        "samples.npz",
    }


@pytest.mark.skipif(not ON_TENSORFLOW, reason="ONNX files are written on TensorFlow")
def test_onnx_predicts_the_same(classifier, tmp_path):
    pytest.importorskip("tf2onnx")
    onnxruntime = pytest.importorskip("onnxruntime")
    classifier.export(tmp_path / "model.onnx", "onnx")
    session = onnxruntime.InferenceSession(tmp_path / "model.onnx")
    texts = code_points(TEXTS)
    for start, stop in ((0, 10), (2, 3)):
        (result,) = session.run(None, {"text": texts[start:stop], "image": IMAGES[start:stop]})
        np.testing.assert_allclose(
            result, classifier.predict_proba(DATA)[start:stop], atol=TOLERANCE
        )
    assert json.loads(session.get_modelmeta().custom_metadata_map["class_names"]) == [
        "weather",
        "sports",
        "été",
    ]


@pytest.mark.skipif(not ON_TENSORFLOW, reason="ONNX files are written on TensorFlow")
def test_onnx_without_its_packages_names_what_to_install(classifier, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "tf2onnx", None)
    with pytest.raises(ImportError, match="pip install .*tf2onnx"):
        classifier.export(tmp_path / "model.onnx", "onnx")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    "extractors, message",
    [
        (
            dict(text=TFIDF(stem="porter"), image=HOG()),
            r"TFIDF\(stem='porter'\) is not supported.*stem=None is.*raw=False",
        ),
        (dict(text=TFIDF(ngram_range=(1, 2)), image=HOG()), r"ngram_range=\(1, 1\) is"),
        (
            dict(text=TextPlane((4, 8), encoding="bytes"), image=HOG()),
            "encoding='words' and encoding='topics' are",
        ),
        (
            dict(text=TFIDF(), image=SIFT(num_words=2)),
            "SIFT is not supported.*HOG, Pixels, ColorHistogram.*raw=False",
        ),
        (dict(text=TFIDF(), image=HOG(transform_sqrt=True)), "transform_sqrt=False is"),
        (
            dict(text=make_pipeline(TFIDF(), StandardScaler(with_mean=False)), image=HOG()),
            "StandardScaler is not supported",
        ),
        (dict(text=TFIDF(), image=[HOG(), ColorHistogram(size=16)]), "images of one size"),
    ],
)
def test_unsupported_extractors_are_rejected(extractors, message, tmp_path):
    features = Features(**extractors).fit(
        {"text": TEXTS, "image": np.repeat(np.repeat(IMAGES, 2, axis=1), 2, axis=2)}
    )
    classifier = Classifier(
        features, fusion.feature_level_model(features.shapes, 2, head="linear"), ["a", "b"]
    )
    with pytest.raises(ValueError, match=message):
        export(classifier, tmp_path / "model.keras", "keras")
    assert not list(tmp_path.iterdir())


def test_the_network_alone_takes_features(classifier, tmp_path):
    export(classifier, tmp_path / "network.keras", "keras", raw=False)
    network = keras.saving.load_model(tmp_path / "network.keras")
    arrays = classifier.features.transform(DATA)
    np.testing.assert_allclose(
        network.predict_on_batch(arrays), classifier.predict_proba(DATA), atol=TOLERANCE
    )


def test_words_that_would_be_read_differently_are_reported():
    features = Features(text=BagOfWords(), image=HOG()).fit(
        {"text": ["snow", "rain"], "image": IMAGES[:2]}
    )
    features.extractors["text"].vocabulary_ = {"new york": 0, "rain": 1}
    classifier = Classifier(
        features, fusion.feature_level_model(features.shapes, 2, head="linear"), ["a", "b"]
    )
    with pytest.raises(ValueError, match=r"1 word\(s\) of the vocabulary.*new york.*stop_words"):
        raw_model(classifier)


def test_other_files_are_not_overwritten(classifier, tmp_path):
    (tmp_path / "unrelated").mkdir()
    (tmp_path / "unrelated" / "thesis.txt").write_text("mine")
    if not ON_TENSORFLOW:
        with pytest.raises(ValueError, match="KERAS_BACKEND=tensorflow"):
            export(classifier, tmp_path / "model")
    for format in ("savedmodel", "onnx"):
        with pytest.raises(FileExistsError, match="not a SavedModel"):
            export(classifier, tmp_path / "unrelated", format)
    with pytest.raises(FileExistsError, match="not a SavedModel"):
        export(classifier, tmp_path / "unrelated" / "thesis.txt")
    with pytest.raises(ValueError, match="ends with .keras"):
        export(classifier, tmp_path / "model.h5", "keras")
    with pytest.raises(ValueError, match="savedmodel, onnx, keras"):
        export(classifier, tmp_path / "model", "pickle")
    assert [path.name for path in tmp_path.rglob("*")] == ["unrelated", "thesis.txt"]


def test_export_command(classifier, tmp_path, capsys):
    classifier.save(tmp_path / "saved")
    assert main(["export", str(tmp_path / "saved"), "--format", "keras"]) == 0
    assert "saved.keras" in capsys.readouterr().out
    expected = classifier.predict_proba(DATA)
    np.testing.assert_allclose(
        keras.saving.load_model(tmp_path / "saved.keras").predict_on_batch(samples(IMAGES)),
        expected,
        atol=TOLERANCE,
    )
    assert main(["export", str(tmp_path / "nothing")]) == 2
    assert "No saved classifier" in capsys.readouterr().err
