"""Retrieval metrics: by hand, by scikit-learn, and against their expected values by chance."""

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from mm_keras.evaluation.metrics import retrieval_scores


def test_scores_by_hand():
    # Relevant items at ranks 2 and 5: P@1 0, P@5 2/5, AP = (1/2 + 2/5) / 2.
    scores = retrieval_scores(
        [[0.9, 0.8, 0.7, 0.6, 0.5]], [[False, True, False, False, True]], [1, 5]
    )
    assert scores == pytest.approx(
        {"R@1": 0, "R@5": 1, "median rank": 2, "P@1": 0, "P@5": 0.4, "mAP": 0.45}
    )
    # Relevant items at ranks 1 and 3: AP = (1 + 2/3) / 2.
    scores = retrieval_scores([[0.2, 0.9, 0.5]], [[True, True, False]], [1])
    assert scores["mAP"] == pytest.approx(5 / 6) and scores["R@1"] == 1


def test_a_partner_is_one_relevant_item():
    similarities = np.random.default_rng(0).normal(size=(30, 40))
    partners = np.arange(30)[::-1] + 5
    by_item = retrieval_scores(similarities, partners)
    assert by_item == retrieval_scores(similarities, partners[:, None] == np.arange(40))
    own = similarities[np.arange(30), partners]
    ranks = 1 + (similarities > own[:, None]).sum(axis=1)
    assert by_item["R@10"] == np.mean(ranks <= 10) == 10 * by_item["P@10"]
    assert by_item["median rank"] == np.median(ranks)
    assert by_item["mAP"] == pytest.approx(np.mean(1 / ranks))


def test_a_rank_with_ties_is_1_plus_better_plus_half_of_the_ties():
    row = [0.5, 0.9, 0.5, 0.5, 0.1]
    assert retrieval_scores([row], [0], [1])["median rank"] == 1 + 1 + 2 / 2
    # Two of three tied items are relevant: the first of them is expected at place (3 + 1) / (2 + 1)
    # of the group, and place 2 of the ranking holds one with probability 2/3.
    scores = retrieval_scores([row], [[True, False, True, False, False]], [1, 2, 4])
    assert scores["median rank"] == pytest.approx(1 + 4 / 3)
    assert scores["P@1"] == 0
    assert scores["P@2"] == pytest.approx(2 / 3 / 2)
    assert scores["P@4"] == 2 / 4


@pytest.mark.parametrize("num_values", [3, 1000])
def test_map_equals_scikit_learn_also_with_ties(num_values):
    rng = np.random.default_rng(num_values)
    similarities = rng.integers(num_values, size=(40, 25)) / 10
    relevant = rng.random((40, 25)) < 0.3
    relevant[:, 0] = True
    expected = [average_precision_score(*row) for row in zip(relevant, similarities)]
    assert retrieval_scores(similarities, relevant)["mAP"] == pytest.approx(np.mean(expected))


def test_random_similarities_score_as_expected_by_chance():
    num_items, num_relevant = 20, 4
    similarities = np.random.default_rng(0).normal(size=(4000, num_items))
    relevant = np.tile(np.arange(num_items) < num_relevant, (4000, 1))
    scores = retrieval_scores(similarities, relevant)
    harmonic = (1 / np.arange(1, num_items + 1)).sum()
    expected = (num_relevant - 1) / (num_items - 1) * (num_items - harmonic) + harmonic
    assert round(expected / num_items, 4) == 0.3094
    assert scores["mAP"] == pytest.approx(0.3094, abs=0.01)
    assert scores["P@5"] == pytest.approx(num_relevant / num_items, abs=0.01)
    by_item = retrieval_scores(similarities, relevant.argmax(axis=1))
    assert by_item["R@10"] == pytest.approx(10 / num_items, abs=0.02)


def test_constant_similarities_rank_nothing_first():
    relevant = np.arange(10) < 4
    scores = retrieval_scores(np.zeros((3, 10)), [relevant] * 3, [1, 5])
    assert scores["P@1"] == scores["P@5"] == scores["mAP"] == pytest.approx(0.4)
    assert scores["R@1"] == 0 and scores["median rank"] == 11 / 5


@pytest.mark.parametrize(
    "similarities, relevant, ks, message",
    [
        ([[1.0, np.nan]], [0], [1], "finite"),
        ([1.0, 2.0], [0], [1], r"shape \(2,\)"),
        ([[1.0, 2.0]], [2], [1], "from 0 to 1. Received: 2"),
        ([[1.0, 2.0]], [0.0], [1], "float64"),
        ([[1.0, 2.0]], [[True]], [1], r"bool \(1, 1\)"),
        ([[1.0, 2.0]], [[False, False]], [1], "1 queries without one"),
        ([[1.0, 2.0]], [0], [1, 3], "between 1 and 2"),
    ],
)
def test_wrong_arguments_are_refused(similarities, relevant, ks, message):
    with pytest.raises(ValueError, match=message):
        retrieval_scores(similarities, relevant, ks)
