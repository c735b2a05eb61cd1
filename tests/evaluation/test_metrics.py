"""Metrics, calibration and intervals: computed by hand, by scikit-learn and by SciPy."""

import json

import numpy as np
import pytest
from scipy import stats
from sklearn import metrics as sk

from mm_keras.evaluation import metrics as mm


def random_predictions(seed=0, num_samples=200, num_classes=5, missing_class=True):
    """Labels, with one class that never occurs, and probabilities that favor them."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(num_classes - missing_class, size=num_samples)
    logits = rng.normal(size=(num_samples, num_classes)) + 1.5 * (
        labels[:, None] == np.arange(num_classes)
    )
    return labels, np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)


def f1_score(labels, predicted, average):
    return sk.f1_score(labels, predicted, average=average, zero_division=0)


@pytest.mark.parametrize("seed", range(5))
def test_single_label_scores_equal_scikit_learn(seed):
    labels, probabilities = random_predictions(seed)
    predicted = probabilities.argmax(axis=1)
    assert mm.accuracy(labels, probabilities) == pytest.approx(sk.accuracy_score(labels, predicted))
    for average, score in (("micro", mm.micro_f1), ("macro", mm.macro_f1)):
        assert score(labels, predicted) == pytest.approx(f1_score(labels, predicted, average))
    matrix = sk.confusion_matrix(labels, predicted, labels=range(5))
    np.testing.assert_array_equal(mm.confusion_matrix(labels, predicted, 5), matrix)
    assert mm.log_loss(labels, probabilities) == pytest.approx(
        sk.log_loss(labels, probabilities, labels=range(5))
    )
    ours, theirs = (
        mm.per_class(labels, predicted, 5),
        sk.precision_recall_fscore_support(labels, predicted, labels=range(5), zero_division=0),
    )
    for name, expected in zip(("precision", "recall", "f1", "support"), theirs):
        np.testing.assert_allclose(ours[name], expected)


@pytest.mark.parametrize("seed", range(3))
def test_further_scores_equal_scikit_learn(seed):
    labels, probabilities = random_predictions(seed, missing_class=False)
    predicted, classes = probabilities.argmax(axis=1), range(5)
    rows = np.eye(5)[labels]
    assert mm.balanced_accuracy(labels, probabilities) == pytest.approx(
        sk.balanced_accuracy_score(labels, predicted)
    )
    assert mm.mcc(labels, probabilities) == pytest.approx(sk.matthews_corrcoef(labels, predicted))
    assert mm.roc_auc(labels, probabilities) == pytest.approx(
        sk.roc_auc_score(labels, probabilities, multi_class="ovr")
    )
    for targets in (labels, rows.astype(int)):
        assert mm.average_precision(targets, probabilities) == pytest.approx(
            sk.average_precision_score(rows, probabilities, average="macro")
        )
    for k in (1, 2, 3):
        assert mm.top_k_accuracy(labels, probabilities, k) == pytest.approx(
            sk.top_k_accuracy_score(labels, probabilities, k=k, labels=classes)
        )


def test_classes_without_samples_are_left_out_of_the_mean():
    labels, probabilities = random_predictions(missing_class=True)  # class 4 never occurs
    rows, found = np.eye(5)[labels], range(4)
    expected = np.mean([sk.roc_auc_score(rows[:, k], probabilities[:, k]) for k in found])
    assert mm.roc_auc(labels, probabilities) == pytest.approx(expected)
    assert mm.roc_auc([0, 0], [[0.9, 0.1], [0.6, 0.4]]) is None
    assert mm.average_precision([[0], [0]], [[0.9], [0.6]]) is None


@pytest.mark.parametrize(
    "labels, predicted", [([0, 0], [0, 0]), ([0, 3], [3, 0]), ([2, 2, 0], [2, 4, 4])]
)
def test_macro_f1_excludes_unused_classes_like_scikit_learn(labels, predicted):
    assert mm.macro_f1(labels, predicted, 6) == pytest.approx(f1_score(labels, predicted, "macro"))


@pytest.mark.parametrize("seed", range(3))
def test_multi_label_scores_equal_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    labels, probabilities = rng.integers(2, size=(60, 4)), rng.random((60, 4))
    labels[:, 3], probabilities[:, 3] = 0, 0.1  # a label that never occurs and is never predicted
    predicted = (probabilities >= 0.5).astype(int)
    assert mm.accuracy(labels, probabilities) == sk.accuracy_score(labels, predicted)
    for average, score in (("micro", mm.micro_f1), ("macro", mm.macro_f1)):
        assert score(labels, probabilities) == pytest.approx(f1_score(labels, predicted, average))
    entropy = -(labels * np.log(probabilities) + (1 - labels) * np.log(1 - probabilities)).mean()
    assert mm.log_loss(labels, probabilities) == pytest.approx(entropy)
    assert mm.brier(labels, probabilities) == pytest.approx(((labels - probabilities) ** 2).mean())


def test_log_loss_and_brier_by_hand():
    # a certain but wrong prediction is clipped
    assert mm.log_loss([0], [[0.0, 1.0]]) == pytest.approx(-np.log(1e-7))
    assert mm.log_loss([0], [[1.0, 0.0]]) == pytest.approx(1e-7, rel=1e-3)
    assert mm.brier([0], [[0.0, 1.0]]) == 2.0
    labels, probabilities = random_predictions(num_classes=2, missing_class=False)
    assert mm.brier(labels, probabilities) / 2 == pytest.approx(
        sk.brier_score_loss(labels, probabilities[:, 1])
    )


@pytest.mark.parametrize("equal_mass", [False, True])
def test_ece_of_constant_confidence_is_its_distance_from_accuracy(equal_mass):
    probabilities = np.tile([0.7, 0.3], (10, 1))
    labels = np.array([0] * 4 + [1] * 6)  # accuracy 0.4
    assert mm.ece(labels, probabilities, num_bins=1, equal_mass=equal_mass) == pytest.approx(0.3)
    assert mm.ece(labels, probabilities) == pytest.approx(0.3)


def test_ece_equals_a_loop_over_bins():
    labels, probabilities = random_predictions(num_samples=500)
    confidence, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == labels
    total = 0.0
    for b in range(15):
        inside = (confidence > b / 15) & (confidence <= (b + 1) / 15)
        if inside.any():
            total += inside.mean() * abs(right[inside].mean() - confidence[inside].mean())
    assert mm.ece(labels, probabilities) == pytest.approx(total)


def test_equal_mass_bins_hold_equally_many_samples():
    counts = mm.reliability_curve(*random_predictions(num_samples=152), equal_mass=True)["count"]
    assert counts.sum() == 152 and counts.max() - counts.min() <= 1 and len(counts) == 15


@pytest.mark.parametrize(
    "num_samples, expected, margin",
    [(200, 0.065, 0.003), (1000, 0.028, 0.002), (10_000, 0.009, 0.001)],
)
def test_ece_null_of_evenly_spread_confidences(num_samples, expected, margin):
    confidence = 0.5 + np.arange(num_samples) / num_samples / 2
    null = mm.ece_null(np.stack([confidence, 1 - confidence], axis=1))
    assert null["mean"] == pytest.approx(expected, abs=margin)
    assert null["mean"] < null["upper"] < 2 * null["mean"]


def test_ece_null_is_the_ece_of_a_calibrated_model():
    rng, values = np.random.default_rng(0), []
    confidence = 0.5 + rng.random(300) / 2
    probabilities = np.stack([confidence, 1 - confidence], axis=1)
    for _ in range(100):
        values.append(mm.ece((rng.random(300) > confidence).astype(int), probabilities))
    null = mm.ece_null(probabilities)
    assert np.mean(values) == pytest.approx(null["mean"], rel=0.05)
    assert 0.88 <= np.mean(np.array(values) <= null["upper"]) <= 1


@pytest.mark.parametrize("hits, trials", [(0, 10), (3, 10), (10, 10), (861, 1000)])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_wilson_equals_scipy(hits, trials, level):
    expected = stats.binomtest(hits, trials).proportion_ci(level, method="wilson")
    np.testing.assert_allclose(mm.wilson_interval(hits, trials, level), expected, atol=1e-12)


def test_wilson_ends_exactly_at_zero_and_one():
    assert all(mm.wilson_interval(0, trials)[0] == 0 for trials in range(1, 50))
    assert all(mm.wilson_interval(trials, trials)[1] == 1 for trials in range(1, 50))


def test_fold_interval_equals_scipy_without_the_correction_and_is_wider_with_it():
    scores = np.array([0.80, 0.85, 0.78, 0.90, 0.83])
    expected = stats.t.interval(0.95, 4, loc=scores.mean(), scale=scores.std(ddof=1) / np.sqrt(5))
    np.testing.assert_allclose(mm.fold_interval(scores, 0), expected)
    low, high = mm.fold_interval(scores, 1 / 4)  # five folds: the variance is (1/5 + 1/4) s^2
    assert (high - low) / (expected[1] - expected[0]) == pytest.approx(np.sqrt(0.45 / 0.2))
    assert mm.fold_interval([0.7, 0.7, 0.7], 0.5) == (pytest.approx(0.7), pytest.approx(0.7))


def test_bootstrap_interval_agrees_with_the_normal_one_and_is_reproducible():
    labels, probabilities = random_predictions(num_samples=400)
    predicted = probabilities.argmax(axis=1)
    ours = mm.bootstrap_interval(mm.accuracy, labels, predicted)
    share = (labels == predicted).mean()
    np.testing.assert_allclose(
        ours, stats.norm.interval(0.95, share, np.sqrt(share * (1 - share) / 400)), atol=0.006
    )
    assert ours == mm.bootstrap_interval(mm.accuracy, labels, predicted)


def test_evaluate_is_json_and_agrees_with_the_single_metrics():
    labels, probabilities = random_predictions()
    result = mm.evaluate(labels, probabilities.astype(np.float32), list("abcde"))
    assert json.loads(json.dumps(result)) == result
    assert result["accuracy"] == mm.accuracy(labels, probabilities) and result["num_samples"] == 200
    assert result["majority"] == np.bincount(labels).max() / 200
    assert (
        sum(row["support"] for row in result["per_class"].values())
        == np.sum(result["confusion"])
        == 200
    )
    low, high = result["accuracy_interval"]
    assert low < result["accuracy"] < high
    many = mm.evaluate((probabilities > 0.3).astype(int), probabilities, list("abcde"))
    assert json.loads(json.dumps(many)) == many and {"micro_f1", "macro_f1", "brier"} <= set(many)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: mm.accuracy([], []), "n > 0"),
        (lambda: mm.accuracy([0, 1], [0]), "same samples"),
        (lambda: mm.accuracy([0, -1], [0, 0]), "starting at 0"),
        (lambda: mm.accuracy([0.5], [0]), "integers"),
        (lambda: mm.log_loss([0], [[3.0, -1.0]]), "softmax"),
        (lambda: mm.log_loss([0], [[0.9, 0.9]]), "sum to one"),
        (lambda: mm.log_loss([0], [[np.nan, 1.0]]), "in \\[0, 1\\]"),
        (lambda: mm.log_loss([2], [[0.5, 0.5]]), "only 2 columns"),
        (lambda: mm.log_loss([[0, 1]], [[0.5, 0.5, 0.5]]), "same shape"),
        (lambda: mm.confusion_matrix([0, 2], [0, 1], num_classes=2), "at least 3"),
        (lambda: mm.confusion_matrix([[0, 1]], [[0, 1]]), "per_class"),
        (lambda: mm.mcc([[0, 1]], [[0, 1]]), "one class per sample"),
        (lambda: mm.top_k_accuracy([0], [[0.5, 0.5]], k=0), "at least 1"),
        (lambda: mm.evaluate([0], [[0.5, 0.5]], ["only"]), "One class name per column"),
        (lambda: mm.reliability_curve([0], [[0.5, 0.5]], num_bins=0), "at least 1"),
        (lambda: mm.wilson_interval(3, 2), "3 of 2"),
        (lambda: mm.fold_interval([0.5], 0.1), "At least two"),
    ],
)
def test_invalid_input_is_rejected(call, message):
    with pytest.raises(ValueError, match=message):
        call()
