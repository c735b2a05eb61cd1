"""What each level and operator can learn, on generated news with known optimal accuracies."""

import functools

import keras
import numpy as np
import pytest
from sklearn.decomposition import PCA, TruncatedSVD
from sklearn.pipeline import make_pipeline

from mm_keras import Features
from mm_keras.datasets import make_newsroom
from mm_keras.fusion import RULES, decision_level_model, feature_level_model, unimodal_model
from mm_keras.fusion.decision import (
    choose_weights,
    combine,
    fit_combiner,
    fit_temperature,
    weighted_rules,
)
from mm_keras.image import HOG
from mm_keras.text import TFIDF

# A weight for every pair of a text and an image feature, at some rank.
PRODUCTS = ("product", "outer", "bilinear")
SEEDS = (0, 1)


@functools.cache
def prepared(scheme, seed):
    """`(train, validation, test)` as (arrays, labels), and the truth; 24 + 48 features."""
    data = make_newsroom(3000, scheme, seed=seed, size=32, pixel_noise=0.05)
    features = Features(
        text=make_pipeline(TFIDF(), TruncatedSVD(24, random_state=0)),
        scale="block",
        image=make_pipeline(
            HOG(pixels_per_cell=(4, 4), cells_per_block=(1, 1)), PCA(48, random_state=0)
        ),
    )
    rows = np.split(np.arange(3000), (1400, 1800))
    features.fit(data[rows[0]])
    return [(features.transform(data[part]), data.labels[part]) for part in rows], data.info[
        "truth"
    ]


def trained(model, arrays, labels, epochs=15):
    model.compile(keras.optimizers.Adam(0.02), "sparse_categorical_crossentropy")
    model.fit(
        {name: arrays[name] for name in model.input},
        labels,
        epochs=epochs,
        batch_size=100,
        verbose=0,
    )
    return model


def accuracy(probabilities, labels):
    return (np.asarray(probabilities).argmax(axis=1) == labels).mean()


def linear_accuracy(scheme, operator, seed):
    ((train, labels), _, (test, answers)), truth = prepared(scheme, seed)
    keras.utils.set_random_seed(seed)
    model = feature_level_model(
        {name: array.shape[1:] for name, array in train.items()},
        labels.max() + 1,
        operator,
        "linear",
        l2=3e-4,
    )
    return accuracy(trained(model, train, labels).predict(test, verbose=0), answers), truth


@functools.cache
def decisions(scheme, seed):
    """The unimodal models, and their probabilities on the validation and the test samples."""
    ((train, labels), (validation, _), (test, _)), _ = prepared(scheme, seed)
    keras.utils.set_random_seed(seed)
    models = {
        name: trained(
            unimodal_model({name: train[name].shape[1:]}, labels.max() + 1, "linear", l2=3e-4),
            train,
            labels,
        )
        for name in train
    }

    def predict(arrays):
        return {
            name: model.predict({name: arrays[name]}, verbose=0) for name, model in models.items()
        }

    return models, predict(validation), predict(test)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("operator", PRODUCTS)
def test_match_is_seen_by_products(operator, seed):
    assert linear_accuracy("match", operator, seed)[0] > 0.85


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("operator", ["concat", "mean"])
def test_match_is_not_seen_by_sums(operator, seed):
    found, truth = linear_accuracy("match", operator, seed)
    assert abs(found - truth["additive"]) < 0.05 and truth["additive"] == 0.5 and truth["both"] == 1


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("rule", RULES)
def test_match_is_not_seen_by_any_rule_of_decisions(rule, seed):
    (_, (_, held), (_, answers)), truth = prepared("match", seed)
    _, validation, test = decisions("match", seed)
    weights = choose_weights(validation, held, rule) if rule in weighted_rules() else None
    assert abs(accuracy(combine(test, rule, weights=weights), answers) - 0.5) < 0.05
    assert truth["decisions"] == 0.5


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("operator", ["concat", "outer"])
def test_match_is_not_seen_by_a_trained_combiner(operator, seed):
    (_, (_, held), (arrays, answers)), _ = prepared("match", seed)
    models, validation, _ = decisions("match", seed)
    model = fit_combiner(decision_level_model(models, operator), validation, held)
    assert abs(accuracy(model.predict(arrays, verbose=0), answers) - 0.5) < 0.05


def test_where_evidence_adds_up_concat_is_at_least_as_good_as_product():
    found = {
        operator: [linear_accuracy("news", operator, seed)[0] for seed in SEEDS]
        for operator in ("concat", "product")
    }
    truth = prepared("news", 0)[1]
    assert truth["both"] == truth["additive"] == pytest.approx(0.9167, abs=1e-4)
    assert all(
        truth["both"] - 0.05 < accuracy < truth["both"] + 0.025 for accuracy in found["concat"]
    ), found
    assert np.mean(found["concat"]) >= np.mean(found["product"]), found


@pytest.mark.parametrize("seed", SEEDS)
def test_where_evidence_adds_up_decisions_reach_nearly_the_best(seed):
    """With temperatures: the min rule uses the less confident modality, with all its errors."""
    (_, (_, held), (_, answers)), truth = prepared("news", seed)
    _, validation, test = decisions("news", seed)
    temperatures = {name: fit_temperature(p, held) for name, p in validation.items()}
    gaps = {
        rule: truth["both"] - accuracy(combine(test, rule, temperatures=temperatures), answers)
        for rule in RULES
    }
    assert all(-0.025 < gap < 0.06 for gap in gaps.values()), gaps
    alone = {name: accuracy(p, answers) for name, p in test.items()}
    assert alone["text"] == pytest.approx(truth["text"], abs=0.04)
    assert alone["image"] == pytest.approx(truth["image"], abs=0.05)


@pytest.mark.parametrize("seed", SEEDS)
def test_modality_dropout_learns_to_classify_without_the_image(seed):
    ((train, labels), _, (test, answers)), truth = prepared("news", seed)
    shapes = {name: array.shape[1:] for name, array in train.items()}
    found = {}
    for rate in (0.0, 0.3):
        keras.utils.set_random_seed(seed)
        model = trained(
            feature_level_model(shapes, 6, "gated", "linear", modality_dropout=rate), train, labels
        )
        found[rate] = [
            accuracy(model.predict(arrays, verbose=0), answers)
            for arrays in (test, {**test, "image": np.zeros_like(test["image"])})
        ]
    assert found[0.3][1] > found[0.0][1] - 0.01  # without the image at least as good
    assert found[0.3][1] > truth["text"] - 0.05 and found[0.3][0] > truth["both"] - 0.05, found
