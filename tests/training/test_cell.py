"""Cells from data to a trained classifier: multi-label data, rare classes, caching, pipelines."""

import numpy as np
import pytest
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.feature_selection import SelectKBest, chi2
from sklearn.pipeline import make_pipeline
from sklearn.utils.class_weight import compute_class_weight

from mm_keras import Classifier, Features
from mm_keras.datasets import MultimodalData, make_newsroom
from mm_keras.image import HOG, Pixels
from mm_keras.text import TFIDF, TextPlane
from mm_keras.training import default_features, train_cell
from mm_keras.training.decision import UnimodalModels
from mm_keras.training.fit import class_weights

NEWS = make_newsroom(60, size=24, seed=0)
TAGS = MultimodalData(
    {name: NEWS[name] for name in NEWS.modalities},
    class_names=["early in the alphabet", "late", "any"],
    labels=np.stack([NEWS.labels < 3, NEWS.labels > 3, np.ones(60, int)], axis=1).astype(int),
)


@pytest.fixture(autouse=True)
def quick(few_epochs):
    """Short training in all tests."""


def features_for(level):
    if level == "data":
        return Features(text=TextPlane((2, 12)), image=Pixels(size=12))
    return Features(
        text=TFIDF(max_features=30), image=HOG(pixels_per_cell=(8, 8), cells_per_block=(1, 1))
    )


@pytest.mark.parametrize(
    "level, operator, head",
    [("image", None, "dense"), ("data", "product", "cnn"), ("feature", "gated", "linear")],
)
def test_multi_label_data_with_every_builder(level, operator, head, tmp_path):
    features = features_for(level).only(level) if level in TAGS.modalities else features_for(level)
    classifier = train_cell(TAGS, level, operator, head, features=features, epochs=20).classifier
    check_predictions(classifier, tmp_path)


def test_multi_label_data_at_the_decision_level(tmp_path):
    features = features_for("feature")
    arrays = features.fit_transform(TAGS)
    unimodal = UnimodalModels(features.shapes, arrays, TAGS, "linear", epochs=15)
    for operator in ("product", "log_linear", "concat"):  # the others: test_decision_level
        check_predictions(
            Classifier(features, unimodal.fuse(operator), TAGS.class_names, threshold=0.5), tmp_path
        )


def check_predictions(classifier, folder):
    p = classifier.predict_proba(TAGS)
    assert p.shape == (60, 3) and (p >= 0).all() and (p <= 1).all()
    assert np.abs(p.sum(axis=1) - 1).max() > 0.1  # three independent labels
    assert p[:, 2].mean() > 0.5  # the label that all samples have
    assert 0 <= classifier.evaluate(TAGS)["macro_f1"] <= 1
    assert all(isinstance(names, tuple) for names in classifier.predict(TAGS))
    classifier.save(folder / "saved")
    np.testing.assert_array_equal(Classifier.load(folder / "saved").predict_proba(TAGS), p)


def test_class_weights_equal_those_of_scikit_learn():
    labels = np.array([0] * 6 + [1] * 3 + [2])
    data = MultimodalData({"text": ["word"] * 10}, labels, ["a", "b", "c", "absent"])
    expected = dict(enumerate(compute_class_weight("balanced", classes=np.arange(3), y=labels)))
    assert data.class_weights == pytest.approx(expected)  # 10 / (3 * 6), 10 / (3 * 3), 10 / (3 * 1)
    assert class_weights(np.eye(4)[labels]) == pytest.approx(expected)
    with pytest.raises(ValueError, match="one class per sample. Received: multi-label data"):
        _ = TAGS.class_weights
    with pytest.raises(ValueError, match="multi-label data.*Omit balanced"):
        train_cell(TAGS, "text", head="linear", balanced=True)


def test_balanced_training_finds_the_rare_class():
    """Nine in ten are of class 0, and no word is conclusive: equal weights never predict 1."""
    rng = np.random.default_rng(0)
    labels = (np.arange(400) % 10 == 0).astype(int)
    texts = ["rain" if rng.random() < (0.8 if label else 0.3) else "sun" for label in labels]
    data = MultimodalData({"text": texts}, labels, ["frequent", "rare"])
    plain, balanced = (
        train_cell(
            data, "text", head="linear", features=Features(text=TFIDF()), balanced=choice
        ).classifier
        for choice in (False, True)
    )
    predicted = [classifier.predict_proba(data).argmax(axis=1) for classifier in (plain, balanced)]
    assert not predicted[0].any()
    assert predicted[1][labels == 1].mean() > 0.6 and predicted[1][labels == 0].mean() < 0.5


def test_balanced_training_is_balanced_out_of_fold_as_well(monkeypatch):
    fits = []
    monkeypatch.setattr(
        "mm_keras.fusion.decision.stacking._fit_and_predict",
        lambda model, name, train, labels, test, options: (
            fits.append(options) or np.full((len(test), 6), 1 / 6)
        ),
    )
    features = features_for("feature")
    arrays = features.fit_transform(NEWS)
    member = UnimodalModels(
        {"text": features.shapes["text"]}, arrays, NEWS, "linear", epochs=1, balanced=True
    ).members["text"]
    assert member.fit_out_of_fold().shape == (60, 6)
    assert [fit["class_weight"] for fit in fits] == [pytest.approx(NEWS.class_weights)] * 5


def test_cached_models_are_not_trained_again():
    features = features_for("feature")
    arrays = features.fit_transform(NEWS)
    cache = {}
    first = UnimodalModels(features.shapes, arrays, NEWS, "linear", cache=cache, epochs=2)
    # On vectors, "cnn" is replaced by the linear head as well.
    again = UnimodalModels(features.shapes, arrays, NEWS, "cnn", cache=cache, epochs=2)
    assert set(cache) == {("text", "linear", (30,)), ("image", "linear", (81,))}
    assert all(again.models[name] is first.models[name] for name in features.shapes)
    assert again.head_of("text") == "linear"


@pytest.mark.parametrize("head", ["linear", "dense"])
def test_an_overconfident_network_is_calibrated_before_the_rule(head):
    """Text: correct in four of five samples. Image: noise; 200 features memorize 280 samples."""
    rng = np.random.default_rng(0)
    labels = np.tile([0, 1], 200)
    arrays = {
        "text": np.eye(2, dtype="float32")[np.where(rng.random(400) < 0.8, labels, 1 - labels)],
        "image": rng.normal(size=(400, 200)).astype("float32"),
    }
    train, test = np.arange(280), np.arange(280, 400)
    data = MultimodalData(
        {name: array[train] for name, array in arrays.items()}, labels[train], ["a", "b"]
    )
    unimodal = UnimodalModels(
        {"text": (2,), "image": (200,)},
        {name: array[train] for name, array in arrays.items()},
        data,
        head,
    )
    temperatures = unimodal.fit_temperatures()
    assert temperatures["image"] > 2 and temperatures["text"] < 1.5
    unseen = {name: array[test] for name, array in arrays.items()}
    plain, calibrated = (
        (
            unimodal.fuse("product", choice).predict(unseen, verbose=0).argmax(axis=1)
            == labels[test]
        ).mean()
        for choice in (False, True)
    )
    assert calibrated > plain + 0.03 and calibrated > 0.75  # the text alone: 0.8


def test_few_samples_are_not_calibrated():
    features = features_for("feature")
    arrays = features.fit_transform(NEWS)
    unimodal = UnimodalModels(features.shapes, arrays, NEWS, "linear", epochs=1)
    assert unimodal.fit_temperatures() == {"text": 1.0, "image": 1.0}


def test_attention_gets_a_grid_for_any_head():
    for head in ("linear", "cnn"):
        assert (
            not default_features(NEWS, "feature", head, operator="attention")
            .extractors["image"]
            .feature_vector
        )
    assert default_features(NEWS, "feature", "linear").extractors["image"].feature_vector
    cell = train_cell(NEWS, "feature", "attention", "linear", epochs=1)
    assert cell.classifier.predict_proba(NEWS).shape == (60, 6)


@pytest.mark.parametrize(
    "text, image, widths",
    [
        (TruncatedSVD(5, random_state=0), PCA(4, random_state=0), (5, 4)),
        (SelectKBest(chi2, k=7), SelectKBest(k=6), (7, 6)),
    ],
)
def test_dimension_reduction_of_scikit_learn_in_a_pipeline(text, image, widths, tmp_path):
    features = Features(
        text=make_pipeline(TFIDF(), text),
        image=make_pipeline(HOG(pixels_per_cell=(8, 8), cells_per_block=(1, 1)), image),
    )
    classifier = train_cell(
        NEWS, "feature", "product", "linear", features=features, epochs=2
    ).classifier
    assert features.shapes == {"text": (widths[0],), "image": (widths[1],)}
    classifier.save(tmp_path / "saved")
    np.testing.assert_array_equal(
        Classifier.load(tmp_path / "saved").predict_proba(NEWS), classifier.predict_proba(NEWS)
    )


def test_unknown_choices_are_refused():
    with pytest.raises(
        ValueError,
        match="level must be one of data, feature, decision, or a modality: text, image. "
        "Received: 'late'",
    ):
        train_cell(NEWS, "late")
    with pytest.raises(ValueError, match="no default extractor for sound"):
        default_features(MultimodalData({"sound": [1, 2]}), "feature")
