"""Exports of every kind of classifier: exact, or refused with a message that says why."""

import re
import types

import keras
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline

from mm_keras import Classifier, Features, fusion, image, text
from mm_keras.image import HOG, ColorHistogram
from mm_keras.serving import code_points, export, raw_model
from mm_keras.text import TFIDF, Sequence, TextPlane
from mm_keras.utils.messages import DataWarning

ON_TENSORFLOW = keras.backend.backend() == "tensorflow"
needs_tensorflow = pytest.mark.skipif(not ON_TENSORFLOW, reason="a SavedModel needs TensorFlow")
TEXTS = ["storm and rain", "a late goal", "rain", "the goal"]
IMAGES = np.random.default_rng(0).integers(0, 256, (4, 16, 16), dtype=np.uint8)
DATA = {"text": TEXTS, "image": IMAGES}
SMALL_HOG = {"pixels_per_cell": (8, 8), "cells_per_block": (1, 1)}
VECTORS = {"text": TFIDF(), "image": HOG(**SMALL_HOG)}
WITH_POSITIONS = {"text": Sequence(length=4), "image": HOG(**SMALL_HOG, feature_vector=False)}
PLANES = {"text": TextPlane((2, 16)), "image": image.Pixels()}


def extractors_for(head, level, names=("text", "image")):
    rnn_at_features = {"text": WITH_POSITIONS["text"], "image": VECTORS["image"]}
    chosen = PLANES if level == "data" else VECTORS
    if head in ("rnn", "cnn") and level == "feature":
        chosen = rnn_at_features
    if head in ("rnn", "cnn") and len(names) == 1:
        chosen = WITH_POSITIONS
    return {name: chosen[name] for name in names}


def make_classifier(extractors, level="feature", head="linear", model=None):
    keras.utils.set_random_seed(0)
    own = {
        name: [clone(inner) for inner in extractor]
        if isinstance(extractor, list)
        else clone(extractor)
        for name, extractor in extractors.items()
    }
    features = Features(**own).fit({name: DATA[name] for name in extractors})
    if model is None and len(extractors) == 1:
        model = fusion.unimodal_model(features.shapes, 2, head=head)
    elif model is None and level == "decision":
        members = {
            name: fusion.unimodal_model({name: shape}, 2, head=head)
            for name, shape in features.shapes.items()
        }
        model = fusion.decision_level_model(members)
    elif model is None:
        model = getattr(fusion, f"{level}_level_model")(features.shapes, 2, head=head)
    else:
        model = model(features.shapes)
    return Classifier(features, model, ["weather", "sports"])


def samples(rows=slice(None), names=("text", "image")):
    texts = TEXTS[rows]
    raw = {"image": IMAGES[rows]}
    raw["text"] = keras.ops.convert_to_tensor(texts) if ON_TENSORFLOW else code_points(texts)
    return {name: raw[name] for name in names}


def assert_exact(classifier, names=("text", "image")):
    expected = classifier.predict_proba({name: DATA[name] for name in names})
    assert np.ptp(expected, axis=0).max() > 1e-4
    received = raw_model(classifier).predict_on_batch(samples(names=names))
    np.testing.assert_allclose(received, expected, atol=1e-5)


@pytest.mark.parametrize("head", ["linear", "dense", "cnn", "rnn"])
@pytest.mark.parametrize(
    "level, names",
    [
        ("feature", ("text",)),
        ("feature", ("image",)),
        ("data", ("text",)),
        ("data", ("text", "image")),
        ("feature", ("text", "image")),
        ("decision", ("text", "image")),
    ],
    ids=str,
)
def test_every_level_modality_and_head_can_be_exported(level, names, head):
    if level == "decision" and head in ("rnn", "cnn"):
        extractors = WITH_POSITIONS
    elif level == "data":
        extractors = {name: PLANES[name] for name in names}
    else:
        extractors = extractors_for(head, level, names)
    assert_exact(make_classifier(extractors, level, head), names)


@needs_tensorflow
@pytest.mark.parametrize("names", [("text",), ("image",)], ids=str)
@pytest.mark.parametrize("raw", [True, False])
def test_a_classifier_of_one_modality_is_written_and_read(names, raw, tmp_path):
    import tensorflow as tf

    classifier = make_classifier({name: VECTORS[name] for name in names})
    expected = classifier.predict_proba({name: DATA[name] for name in names})
    arrays = samples(names=names) if raw else classifier.features.transform(DATA)
    arrays = {name: tf.convert_to_tensor(array) for name, array in arrays.items()}
    export(classifier, tmp_path / "saved", raw=raw)
    saved = tf.saved_model.load(tmp_path / "saved")
    served = saved.signatures["serving_default"](**arrays)
    np.testing.assert_allclose(served["output_0"], expected, atol=1e-5)
    export(classifier, tmp_path / "model.keras", "keras", raw=raw)
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    np.testing.assert_allclose(loaded.predict_on_batch(arrays), expected, atol=1e-5)


@pytest.mark.parametrize("name", ["text", "image", "classes", "network", "same_length"])
@pytest.mark.parametrize("structure", ["dict", "list"])
def test_names_of_the_network_and_its_layers_do_not_matter(name, structure):
    def model(shapes):
        inputs = {key: keras.Input(shape, name=key) for key, shape in shapes.items()}
        hidden = keras.layers.Concatenate(name="code_points")(list(inputs.values()))
        outputs = keras.layers.Dense(2, "softmax", name="classes")(hidden)
        return keras.Model(
            inputs if structure == "dict" else list(inputs.values())[::-1], outputs, name=name
        )

    classifier = make_classifier(VECTORS, model=model)
    received = raw_model(classifier).predict_on_batch(samples())
    expected = classifier.model(
        classifier.features.transform(DATA)
        if structure == "dict"
        else list(classifier.features.transform(DATA).values())[::-1]
    )
    np.testing.assert_allclose(received, keras.ops.convert_to_numpy(expected), atol=1e-5)
    assert classifier.model.name == name


def test_the_network_alone_may_use_any_name(tmp_path):
    def model(shapes):
        inputs = {name: keras.Input(shape, name=name) for name, shape in shapes.items()}
        outputs = keras.layers.Dense(2, "softmax", name="classes")(inputs["network"])
        return keras.Model(inputs, outputs, name="classifier")

    features = Features(network=TFIDF()).fit({"network": TEXTS})
    classifier = Classifier(features, model(features.shapes), ["a", "b"])
    export(classifier, tmp_path / "model.keras", "keras", raw=False)
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    arrays = features.transform({"network": TEXTS})
    np.testing.assert_allclose(
        loaded.predict_on_batch(arrays), classifier.predict_proba({"network": TEXTS}), atol=1e-6
    )


# --- not exactly the extractors that are known ----------------------------------------------------


class Pixels(image.Pixels):
    """A user's own class with the name of ours."""

    def _extract(self, images, rows):
        super()._extract(255 - images, rows)


class Upper(text.TFIDF):
    def transform(self, samples):
        return super().transform([sample.replace("rain", "goal") for sample in samples])


class Same(text.TFIDF):
    """A subclass that changes nothing is refused too: nobody can know."""


class OwnHistogram(ColorHistogram):
    pass


class OwnPipeline(Pipeline):
    def transform(self, samples):
        return -super().transform(samples)


class OwnUnion(FeatureUnion):
    def transform(self, samples):
        return -super().transform(samples)


@pytest.mark.parametrize(
    "extractors, name",
    [
        ({"image": Pixels(size=(16, 16))}, r"test_robustness\.Pixels"),
        ({"text": Upper()}, r"test_robustness\.Upper"),
        ({"text": Same()}, r"test_robustness\.Same"),
        ({"text": make_pipeline(Same())}, r"test_robustness\.Same"),
        ({"text": OwnPipeline([("tfidf", TFIDF())])}, r"test_robustness\.OwnPipeline"),
        ({"text": OwnUnion([("tfidf", TFIDF())])}, r"test_robustness\.OwnUnion"),
        (
            {"text": FeatureUnion([("tfidf", TFIDF())], transformer_weights={"tfidf": 2.0})},
            "transformer_weights",
        ),
        ({"image": [ColorHistogram(), OwnHistogram()]}, r"test_robustness\.OwnHistogram"),
    ],
    ids=lambda value: None if isinstance(value, str) else str(value)[:40],
)
def test_classes_are_recognized_by_identity_and_not_by_name(extractors, name):
    with pytest.raises(ValueError, match=rf"(?s){name}.*not supported.*raw=False"):
        raw_model(make_classifier(extractors))


def test_changed_methods_of_an_instance_are_noticed():
    classifier = make_classifier(VECTORS)
    extractor = classifier.features.extractors["text"]
    extractor.transform = types.MethodType(
        lambda self, samples: -TFIDF.transform(self, samples), extractor
    )
    with pytest.raises(ValueError, match=r"TFIDF with changed methods \(transform\).*raw=False"):
        raw_model(classifier)


def test_changed_methods_of_a_class_are_noticed(monkeypatch):
    classifier = make_classifier(VECTORS)
    monkeypatch.setattr(HOG, "_extract", lambda self, images, rows: None)
    with pytest.raises(ValueError, match=r"HOG with changed methods \(_extract\)"):
        raw_model(classifier)


def test_changed_functions_are_noticed_by_their_results(monkeypatch):
    classifier = make_classifier(VECTORS)
    monkeypatch.setattr("mm_keras.text.tfidf.scaled_rows", lambda counts, norm: counts)
    with pytest.raises(ValueError, match="text extractor.*computes other values"):
        raw_model(classifier)


def test_a_changed_scaler_is_noticed_by_its_results():
    classifier = make_classifier(VECTORS)
    scaler = classifier.features.scalers["image"]
    scaler.transform = lambda rows: 2 * type(scaler).transform(scaler, rows)
    with pytest.raises(ValueError, match="image extractor.*computes other values"):
        raw_model(classifier)


def test_extractors_of_two_ways_with_capitals_are_refused():
    with pytest.raises(ValueError, match="same lowercase"):
        raw_model(make_classifier({"text": [TFIDF(), TFIDF(lowercase=False)]}))
    assert_exact(make_classifier({"text": [TFIDF(), TFIDF(norm="l1")]}), ("text",))


def test_stop_words_that_are_no_single_word_do_not_matter():
    extractor = Sequence(length=4, stop_words=["new york", "c++", "the", ""])
    assert_exact(make_classifier({"text": extractor}), ("text",))


# --- requests -------------------------------------------------------------------------------------


@needs_tensorflow
@pytest.mark.parametrize("extractors", [VECTORS, WITH_POSITIONS, PLANES], ids=str)
def test_empty_batches_single_samples_and_different_lengths(extractors, tmp_path):
    import tensorflow as tf

    level = "data" if extractors is PLANES else "feature"
    classifier = make_classifier(extractors, level, "cnn" if level == "data" else "dense")
    export(classifier, tmp_path / "saved")
    export(classifier, tmp_path / "model.keras", "keras")
    saved = tf.saved_model.load(tmp_path / "saved")
    loaded = keras.saving.load_model(tmp_path / "model.keras")
    expected = classifier.predict_proba(DATA)
    empty = {"text": tf.constant([], tf.string), "image": tf.zeros((0, 16, 16), tf.uint8)}
    for model in (saved.serve, loaded):
        assert model(empty).shape == (0, 2)
        one = {name: tf.convert_to_tensor(array) for name, array in samples(slice(1)).items()}
        np.testing.assert_allclose(model(one), expected[:1], atol=1e-5)
        for num_texts, num_images in ((1, 3), (3, 1), (2, 4), (0, 2), (4, 0)):
            request = {"text": tf.constant(TEXTS[:num_texts]), "image": IMAGES[:num_images]}
            request["text"] = tf.constant(TEXTS[:num_texts], tf.string)
            with pytest.raises(
                (ValueError, tf.errors.InvalidArgumentError), match="one row per sample"
            ):
                model({name: tf.convert_to_tensor(array) for name, array in request.items()})


@needs_tensorflow
def test_the_network_alone_refuses_different_lengths_too(tmp_path):
    import tensorflow as tf

    keras.utils.set_random_seed(0)
    features = Features(**VECTORS).fit(DATA)
    model = fusion.feature_level_model(features.shapes, 2, operator="product", head="linear")
    classifier = Classifier(features, model, ["weather", "sports"])
    export(classifier, tmp_path / "saved", raw=False)
    saved = tf.saved_model.load(tmp_path / "saved")
    arrays = {name: tf.constant(array) for name, array in features.transform(DATA).items()}
    np.testing.assert_allclose(saved.serve(arrays), classifier.predict_proba(DATA), atol=1e-6)
    with pytest.raises(tf.errors.InvalidArgumentError, match="one row per sample"):
        saved.serve({**arrays, "text": arrays["text"][:1]})


@needs_tensorflow
def test_a_loaded_export_can_be_compiled(tmp_path):
    export(make_classifier(VECTORS), tmp_path / "model.keras", "keras")
    model = keras.saving.load_model(tmp_path / "model.keras")
    model.compile(loss="sparse_categorical_crossentropy")
    assert model.predict(samples(), verbose=0).shape == (4, 2)


@pytest.mark.parametrize("truncating", ["pre", "post"])
@pytest.mark.parametrize("both", [False, True])
def test_padding_before_a_text_gives_the_states_that_padding_after_it_gives(truncating, both):
    answers = []
    for padding in ("post", "pre"):
        extractors = {"text": Sequence(length=4, padding=padding, truncating=truncating)}
        if both:
            extractors["image"] = VECTORS["image"]
        classifier = make_classifier(extractors, head="rnn")
        names = tuple(extractors)
        assert_exact(classifier, names)
        data = {**DATA, "text": ["rain", "", "storm and rain", None]}
        with pytest.warns(Warning):
            answers.append(classifier.predict_proba({name: data[name] for name in names}))
    np.testing.assert_array_equal(*answers)


# --- Keras' settings ------------------------------------------------------------------------------


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "mixed_float16", "float64"])
def test_extractors_compute_in_float32_under_any_dtype_policy(policy):
    classifier = make_classifier(VECTORS)
    topics = make_classifier({"text": TextPlane((2, 4), encoding="topics")}, head="dense")
    expected = raw_model(classifier).predict_on_batch(samples())
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        np.testing.assert_array_equal(raw_model(classifier).predict_on_batch(samples()), expected)
        assert_exact(topics, ("text",))
        assert keras.config.dtype_policy().name == policy
    finally:
        keras.config.set_dtype_policy(before)


# --- class names ----------------------------------------------------------------------------------


@needs_tensorflow
def test_labels_have_one_line_per_class_whatever_its_name(tmp_path):
    separators = [
        "\n",
        "\r",
        "\r\n",
        "\x0b",
        "\x0c",
        "\x1c",
        "\x1d",
        "\x1e",
        "\x85",
        "\u2028",
        "\u2029",
    ]
    names = [f"a{separator}b" for separator in separators]
    names += ["back\\slash", "\\n", "\x1b[31mred", "été", "", " ", "\ud800"]
    model = fusion.unimodal_model({"text": (5,)}, len(names), head="linear")
    features = Features(text=TFIDF(max_features=5)).fit({"text": TEXTS})
    export(Classifier(features, model, names), tmp_path / "saved")
    extra = tmp_path / "saved" / "assets.extra"
    lines = (extra / "labels.txt").read_bytes().decode("utf-8").removesuffix("\n").split("\n")
    assert lines == "\n".join(lines).splitlines()
    assert len(lines) == len(names)
    unescaped = [
        re.sub(
            r"\\(?:\\|[nrt]|x..|u....)",
            lambda match: match.group().encode().decode("unicode_escape"),
            line,
        )
        for line in lines
    ]
    assert unescaped == names
    readme = (extra / "README.txt").read_text(encoding="utf-8")
    assert f"the {len(names)} classes" in readme and r"\u2028" in readme


def test_with_a_color_histogram_only_a_black_image_differs_and_stands_for_a_missing_one():
    images = np.random.default_rng(1).integers(0, 256, (5, 16, 16, 3), dtype=np.uint8)
    images[3:] = [[[[0]]], [[[1]]]]  # all black, nearly black
    features = Features(image=ColorHistogram()).fit({"image": images})
    model = fusion.unimodal_model(features.shapes, 2, head="linear")
    classifier = Classifier(features, model, ["weather", "sports"])
    received = raw_model(classifier).predict_on_batch({"image": images})
    with pytest.warns(DataWarning, match="row 3"):
        expected = classifier.predict_proba(images=[*images[:3], None, images[4]])
    np.testing.assert_allclose(received, expected, atol=1e-5)
