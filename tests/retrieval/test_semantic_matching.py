"""SemanticMatching: class probabilities of scikit-learn, pipelines with CCA, saved files."""

import json

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline

from mm_keras.evaluation.metrics import retrieval_scores
from mm_keras.retrieval import CCA, SemanticMatching
from mm_keras.saving.estimators import decode, encode


def of_classes(num_samples=200, num_classes=4, seed=0):
    """Pairs of features that depend on the class only, and their labels."""
    rng, centers = np.random.default_rng(seed), np.random.default_rng(99)
    labels = np.arange(num_samples) % num_classes
    arrays = {
        name: centers.normal(size=(num_classes, width))[labels]
        + rng.normal(size=(num_samples, width))
        for name, width in (("text", 9), ("image", 6))
    }
    return arrays, labels


@pytest.mark.parametrize("num_classes", [2, 4])
def test_vectors_are_centered_class_probabilities_of_scikit_learn(num_classes):
    arrays, labels = of_classes(num_classes=num_classes)
    vectors = SemanticMatching(C=0.5).fit(arrays, labels).transform(arrays)
    for name, rows in arrays.items():
        model = LogisticRegression(C=0.5, max_iter=1000).fit(rows, labels)
        expected = model.predict_proba(rows) - 1 / num_classes
        expected /= np.linalg.norm(expected, axis=1, keepdims=True)
        np.testing.assert_allclose(vectors[name], expected, atol=1e-4)


def test_it_finds_samples_of_the_class_but_not_the_partner():
    arrays, labels = of_classes(400)
    unseen, truth = of_classes(400, seed=1)
    for embedding in (SemanticMatching(), make_pipeline(CCA(), SemanticMatching())):
        vectors = embedding.fit(arrays, labels).transform(unseen)
        scores = vectors["text"] @ vectors["image"].T
        by_class = retrieval_scores(scores, truth[:, None] == truth)
        assert by_class["mAP"] > 0.7  # by chance 0.25
        assert retrieval_scores(scores, np.arange(400))["R@1"] < 0.03


def test_a_pipeline_of_both_is_cloned_saved_and_loaded():
    arrays, labels = of_classes()
    names = np.array(["bee", "cow", "emu", "fox"])[labels]
    scm = clone(make_pipeline(CCA(5), SemanticMatching(C=2.0))).fit(arrays, names)
    assert scm.get_params()["cca__num_components"] == 5
    assert scm[1].classes_.tolist() == ["bee", "cow", "emu", "fox"]
    stored = {}
    back = decode(json.loads(json.dumps(encode(scm, stored))), stored)
    one = {"image": arrays["image"]}
    np.testing.assert_array_equal(back.transform(one)["image"], scm.transform(one)["image"])


@pytest.mark.parametrize("dtype", [bool, float, str])
def test_classes_of_any_type_are_saved_and_loaded(dtype):
    arrays, labels = of_classes(num_classes=2)
    matching, stored = SemanticMatching().fit(arrays, labels.astype(dtype)), {}
    back = decode(json.loads(json.dumps(encode(matching, stored))), stored)
    assert back.classes_.tolist() == np.unique(labels.astype(dtype)).tolist()


@pytest.mark.parametrize(
    "attribute, value",
    [
        ("weights_", {"text": np.zeros((9, 4), np.float32)}),
        ("weights_", {"text": np.zeros((9, 4)), "image": np.zeros((6, 3))}),
        ("weights_", {"text": np.zeros((9, 4)), "audio": np.zeros((6, 4))}),
        ("biases_", {"text": np.zeros(4), "image": np.full(4, np.inf)}),
        ("biases_", np.zeros(4)),
    ],
)
def test_saved_values_that_do_not_fit_are_refused(attribute, value):
    matching = SemanticMatching().fit(*of_classes())
    setattr(matching, attribute, value)
    stored = {}
    with pytest.raises(ValueError, match="_ of mm_keras.retrieval:SemanticMatching|do not fit"):
        decode(encode(matching, stored), stored)


def test_labels_are_needed_one_per_sample_and_of_two_classes():
    arrays, labels = of_classes(20)
    for wrong, message in (
        (None, "Received: none. Without classes use CCA"),
        (np.eye(4)[labels], r"labels \(20, 4\)"),
        (labels[1:], "20 image samples, 19 labels"),
        (np.zeros(20, int), "two or more classes. Received: one"),
    ):
        with pytest.raises(ValueError, match=message):
            SemanticMatching().fit(arrays, wrong)
