"""The greedy choice of weights: by hand, and the same mean as the rule of the network."""

import numpy as np
import pytest

from mm_keras.fusion.decision import combine
from mm_keras.portfolio.ensemble import MAX_MEMBERS, greedy_weights, weighted_mean

PRIOR = np.array([0.5, 0.5])
SURE, UNSURE, WRONG = [0.9, 0.1], [0.5, 0.5], [0.2, 0.8]


def test_a_member_that_is_always_better_gets_all_the_weight():
    p = np.array([[SURE] * 4, [WRONG] * 4])
    weights = greedy_weights(p, np.ones((2, 4), bool), np.zeros(4, int), PRIOR)
    assert weights.tolist() == [1, 0]


def test_a_modality_that_a_member_lacks_is_left_out_of_the_mean():
    p = np.array([[SURE, SURE], [WRONG, WRONG]])
    present = np.array([[True, False], [True, True]])
    mean = weighted_mean(p, present, [3, 1], PRIOR)
    assert mean[0] == pytest.approx([0.725, 0.275])  # (3 * .9 + .2) / 4
    assert mean[1] == pytest.approx(WRONG)


def test_a_sample_that_no_member_knows_gets_the_prior():
    prior = np.array([0.3, 0.7])
    assert weighted_mean(np.array([[SURE]]), np.array([[False]]), [1], prior).tolist() == [
        [0.3, 0.7]
    ]


def test_the_mean_equals_the_rule_of_the_network():
    rng = np.random.default_rng(0)
    p, present = rng.dirichlet(np.ones(3), (4, 20)), rng.random((4, 20)) < 0.6
    weights = rng.random(4)
    members = {
        str(i): np.where(present[i][:, np.newaxis], p[i], np.nan) for i in range(len(weights))
    }
    prior = np.array([0.5, 0.3, 0.2])
    expected = combine(members, "weighted_mean", prior, dict(zip(members, weights)))
    np.testing.assert_allclose(weighted_mean(p, present, weights, prior), expected, atol=1e-6)


def test_there_are_at_most_six_members_and_no_better_single_one():
    rng = np.random.default_rng(1)
    labels = rng.integers(2, size=300)
    logits = 0.4 * (2 * labels - 1) + rng.normal(size=(12, 300))  # twelve independent witnesses
    p = np.stack([1 / (1 + np.exp(logits)), 1 / (1 + np.exp(-logits))], axis=-1)
    present = np.ones((12, 300), bool)
    weights = greedy_weights(p, present, labels, PRIOR)
    assert 2 <= np.count_nonzero(weights) <= MAX_MEMBERS and weights.sum() == pytest.approx(1)
    right = (weighted_mean(p, present, weights, PRIOR).argmax(axis=1) == labels).mean()
    assert right > (p.argmax(axis=2) == labels).mean(axis=1).max()
