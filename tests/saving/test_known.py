"""Everything that the library builds is known when it is loaded again, without `trusted`."""

import inspect
import json
import zipfile

import keras
import numpy as np
import pytest
from sklearn.base import BaseEstimator
from sklearn.decomposition import NMF, PCA, TruncatedSVD
from sklearn.feature_extraction.text import (
    CountVectorizer,
    HashingVectorizer,
    TfidfTransformer,
    TfidfVectorizer,
)
from sklearn.feature_selection import SelectKBest, VarianceThreshold, chi2
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)

import mm_keras as mm
from mm_keras.fusion.registry import CANVASES, COMBINERS
from mm_keras.heads import HEADS
from mm_keras.saving.estimators import decode, encode, parse
from mm_keras.saving.known import KNOWN, check, defaults, known_class
from mm_keras.saving.layers import checked_config
from tests.test_contracts import extractors

PACKAGES = [name for name in ("text", "image", "audio", "video", "retrieval") if hasattr(mm, name)]
VECTORS = {"text": (6,), "image": (5,)}


def public_extractors():
    for package in PACKAGES:
        for name in getattr(mm, package).__all__:
            part = getattr(getattr(mm, package), name)
            if inspect.isclass(part) and issubclass(part, BaseEstimator):
                yield f"mm_keras.{package}:{name}"


@pytest.mark.parametrize("path", list(public_extractors()))
def test_every_public_extractor_is_known_with_all_its_parameters(path):
    assert path in KNOWN, f"{path} needs rules in mm_keras/saving/known_*.py"
    assert set(KNOWN[path].parameters) == set(inspect.signature(known_class(path)).parameters)


@pytest.mark.parametrize("path", KNOWN)
def test_every_known_class_has_the_parameters_with_rules(path):
    names = set(inspect.signature(known_class(path)).parameters)
    assert set(KNOWN[path].parameters) <= names
    for name in ("memory", "verbose", "input", "tokenizer", "preprocessor", "kw_args"):
        assert name not in KNOWN[path].parameters
    sizes = {}
    for name, value in defaults(path).items():
        rule = KNOWN[path].parameters.get(name)
        assert rule is None or rule(value, sizes), (name, value)


def restored(estimator):
    """The estimator after encoding and decoding, and the shape that the rules derive."""
    arrays = {}
    code = json.loads(json.dumps(encode(estimator, arrays)))
    node = parse(code, arrays)
    check(node)
    return decode(code, arrays), node.shape


def dense(rows):
    return rows.toarray() if hasattr(rows, "toarray") else rows


@pytest.mark.parametrize("extractor, samples", list(extractors()))
def test_every_fitted_extractor_is_restored_without_trust(extractor, samples):
    expected = dense(extractor.fit(samples).transform(samples))
    back, shape = restored(extractor)
    np.testing.assert_array_equal(dense(back.transform(samples)), expected)
    assert shape == expected.shape[1:]


TEXTS = ["storm and rain", "goal and goal", "rain", "the goal of the storm", "a rainy day"]
NUMBERS = np.random.default_rng(0).random((30, 6))
LABELS = np.arange(30) % 2


@pytest.mark.parametrize(
    "transformer",
    [
        PCA(2), PCA(0.9), PCA(whiten=True), TruncatedSVD(3, random_state=np.random.RandomState(0)),
        NMF(2, max_iter=1000), StandardScaler(), StandardScaler(with_mean=False),
        StandardScaler(with_std=False), MinMaxScaler((-1, 1)), MaxAbsScaler(), RobustScaler(),
        Normalizer("l1"), QuantileTransformer(n_quantiles=5), FunctionTransformer(),
        FunctionTransformer(np.sqrt, validate=True), SelectKBest(chi2, k=2), SelectKBest(k="all"),
        VarianceThreshold(0.08), TfidfTransformer(), TfidfTransformer(use_idf=False),
        make_pipeline(StandardScaler(), PCA(3), "passthrough", Normalizer()),
        make_union(PCA(2), SelectKBest(k=3), n_jobs=2),
    ],
    ids=str,
)  # fmt: skip
def test_transformers_of_numbers_are_restored_without_trust(transformer):
    expected = dense(transformer.fit(NUMBERS, LABELS).transform(NUMBERS))
    back, shape = restored(transformer)
    np.testing.assert_array_equal(dense(back.transform(NUMBERS)), expected)
    assert shape == expected.shape[1:]


@pytest.mark.parametrize(
    "transformer",
    [
        CountVectorizer(stop_words="english", min_df=1, ngram_range=(1, 2)),
        CountVectorizer(stop_words=["the"], binary=True, dtype=np.float32),
        CountVectorizer(vocabulary=["rain", "goal"]), TfidfVectorizer(use_idf=False, norm=None),
        TfidfVectorizer(analyzer="char_wb", sublinear_tf=True, max_features=9),
        TfidfVectorizer(token_pattern=r"\w+", strip_accents="unicode", max_df=0.9),
        HashingVectorizer(n_features=16, alternate_sign=False),
        make_pipeline(CountVectorizer(), TfidfTransformer(), TruncatedSVD(2)),
        make_pipeline(mm.text.TFIDF(), SelectKBest(k=3)),
        make_union(mm.text.TFIDF(), TfidfVectorizer()),
    ],
    ids=str,
)  # fmt: skip
def test_transformers_of_texts_are_restored_without_trust(transformer):
    expected = dense(transformer.fit(TEXTS, LABELS[:5]).transform(TEXTS))
    back, shape = restored(transformer)
    np.testing.assert_array_equal(dense(back.transform(TEXTS)), expected)
    assert shape == expected.shape[1:]


NUMBER = np.int64


@pytest.mark.parametrize(
    "extractor",
    [
        mm.image.HOG(
            orientations=NUMBER(8),
            pixels_per_cell=(NUMBER(4), NUMBER(4)),
            cells_per_block=(1, 1),
            transform_sqrt=np.True_,
        ),
        mm.image.SIFT(num_words=NUMBER(4), upsampling=NUMBER(2)),
        mm.image.SIFT(num_words=4, upsampling=np.uint8(2), backend=np.str_("skimage")),
        mm.image.ColorHistogram(bins=(NUMBER(2), NUMBER(2), NUMBER(2))),
        mm.image.Pixels(size=NUMBER(8)),
    ],
)
def test_images_with_numpy_numbers_as_settings_are_restored_without_trust(extractor):
    images = np.random.default_rng(0).integers(0, 256, (4, 24, 24), dtype=np.uint8)
    expected = extractor.fit_transform(images)
    np.testing.assert_array_equal(restored(extractor)[0].transform(images), expected)


@pytest.mark.parametrize("dtype", ["float32", "uint8", np.uint8, np.dtype("int32"), int, "<f8"])
def test_word_counts_of_any_type_of_numbers_are_restored_without_trust(dtype):
    texts = ["storm and rain", "the goal"]
    vectorizer = CountVectorizer(dtype=dtype).fit(texts)
    back = restored(vectorizer)[0].transform(texts)
    assert back.dtype == dtype and (back != vectorizer.transform(texts)).nnz == 0


@pytest.mark.parametrize("dtype", ["O", "S3", "f8,f8", "(9,)f8", "M8[s]", "x" * 999, ""])
def test_other_types_need_trust(dtype):
    assert not KNOWN["sklearn.feature_extraction.text:CountVectorizer"].parameters["dtype"](
        dtype, {}
    )


def test_the_default_output_is_restored_without_trust():
    pipeline = make_pipeline(TfidfVectorizer(), TruncatedSVD(2).set_output(transform="default"))
    texts = ["storm and rain", "goal and goal", "rain on the coast", "the goal of the match"]
    expected = pipeline.fit_transform(texts)
    np.testing.assert_allclose(restored(pipeline)[0].transform(texts), expected, atol=1e-12)


def layers_of(model, tmp_path):
    model.save(tmp_path / "model.keras")
    with zipfile.ZipFile(tmp_path / "model.keras") as archive:
        return checked_config(json.loads(archive.read("config.json")))


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("operator", mm.fusion.OPERATORS)
def test_networks_of_the_feature_level_are_known(operator, head, tmp_path):
    shapes = {"text": mm.fusion.TokenIds(6, 9), "image": (4, 4, 3)} if head == "rnn" else VECTORS
    if operator == "attention":  # a vector attends to a grid, which gives a vector
        shapes, head = {"text": (6,), "image": (4, 4, 3)}, "dense"
    project = None if operator in ("concat", "attention") else 4
    model = mm.fusion.feature_level_model(
        shapes, 3, operator=operator, head=head, project=project, modality_dropout=0.2
    )
    assert layers_of(model, tmp_path)["class_name"] == "Functional"


@pytest.mark.parametrize("head", HEADS)
@pytest.mark.parametrize("canvas", CANVASES)
def test_networks_of_the_data_level_are_known(canvas, head, tmp_path):
    shapes = {"text": (8, 16, 1), "image": (16, 16, 1)}
    model = mm.fusion.data_level_model(shapes, 3, operator=canvas, head=head)
    assert layers_of(model, tmp_path)["class_name"] == "Functional"


@pytest.mark.parametrize("operator", [*mm.fusion.RULES, *COMBINERS])
def test_networks_of_the_decision_level_are_known(operator, tmp_path):
    models = {
        name: mm.fusion.unimodal_model({name: shape}, 3, head="dense")
        for name, shape in VECTORS.items()
    }
    for model in models.values():
        model.compile("adam", "sparse_categorical_crossentropy")
    model = mm.fusion.decision_level_model(models, operator=operator)
    assert layers_of(model, tmp_path)["class_name"] == "Functional"


@pytest.mark.parametrize("operator", mm.fusion.OPERATORS)
def test_encoder_decoders_are_known(operator, tmp_path):
    shapes = {"text": mm.fusion.TokenIds(6, 9), "image": (4, 4, 3)}
    target = mm.fusion.TokenIds(5, 8)
    model = mm.fusion.encoder_decoder_model(shapes, target, operator, width=4, units=4)
    assert layers_of(model, tmp_path)["class_name"] == "Functional"


@pytest.mark.parametrize("text", [(6,), (4, 3), mm.fusion.TokenIds(6, 9)], ids=str)
def test_dual_encoders_are_known(text, tmp_path):
    model = mm.fusion.dual_encoder_model({"text": text, "image": (4, 4, 3)}, width=4)
    assert layers_of(model, tmp_path)["class_name"] == "Functional"


def test_ordinary_keras_networks_are_known(tmp_path):
    layers = keras.layers
    inputs = {
        "text": keras.Input((6, 3), name="text"),
        "image": keras.Input((8, 8, 1), name="image"),
    }
    steps = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(inputs["text"])
    steps = layers.LayerNormalization()(layers.MultiHeadAttention(2, 3)(steps, steps) + steps)
    steps = layers.TimeDistributed(layers.Dense(4, "gelu", kernel_regularizer="l2"))(steps)
    part = keras.Sequential(
        [layers.SeparableConv2D(3, 3), layers.BatchNormalization(), layers.ReLU()]
    )
    part.compile("adam", lambda y, p: p)
    image = layers.GlobalAveragePooling2D()(part(inputs["image"]))
    joined = layers.Concatenate()([keras.ops.mean(steps, axis=1), 2 * image[:, 1:]])
    outputs = layers.Dense(
        2, "softmax", kernel_constraint="max_norm", kernel_initializer=keras.initializers.HeNormal()
    )(layers.Dropout(0.5)(joined))
    assert layers_of(keras.Model(inputs, outputs), tmp_path)["class_name"] == "Functional"
