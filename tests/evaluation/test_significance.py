"""Significance tests: published examples, SciPy, and cases without any variation."""

import numpy as np
import pytest
from scipy import stats

from mm_keras.comparison.results import verdicts
from mm_keras.evaluation import significance as mm
from mm_keras.evaluation.metrics import macro_f1

FOLDS = np.array([0.02, 0.01, 0.03, 0, 0.02, 0.01, 0.04, 0.02, 0.01, 0.02])
FIVE_BY_TWO = [[0.02, 0.03], [0.01, 0.04], [0.03, 0], [0.02, 0.02], [0.05, 0.01]]


@pytest.mark.parametrize("b, c", [(10, 2), (2, 10), (0, 5), (7, 7), (1, 0), (31, 17)])
def test_mcnemar_exact_equals_the_binomial_test(b, c):
    exact, mid = mm.mcnemar_p_values(b, c)
    assert exact == pytest.approx(stats.binomtest(b, b + c).pvalue)
    assert mid == pytest.approx(
        min(1, exact if b == c else exact - stats.binom.pmf(min(b, c), b + c, 0.5))
    )


def test_mcnemar_known_answer_and_no_disagreement():
    exact, mid = mm.mcnemar_p_values(10, 2)
    assert (round(exact, 4), round(mid, 4)) == (0.0386, 0.0225)
    same = mm.mcnemar([1, 0, 1], [1, 0, 1])
    assert same == {"difference": 0.0, "only_first": 0, "only_second": 0, "p": 1.0, "p_mid": 1.0}
    forward, backward = (
        mm.mcnemar([1, 1, 1, 0], [0, 0, 1, 1]),
        mm.mcnemar([0, 0, 1, 1], [1, 1, 1, 0]),
    )
    assert (
        forward["difference"] == -backward["difference"] == 0.25 and forward["p"] == backward["p"]
    )


@pytest.mark.parametrize("num_samples, power", [(500, 0.61), (1000, 0.91), (2000, 0.997)])
def test_power_of_mcnemar_for_three_points(num_samples, power):
    """Models disagree on 8 % of the samples, 5.5 % for and 2.5 % against; all outcomes summed."""
    total, rejected = np.arange(num_samples // 4), 0.0
    for m, probability in zip(total, stats.binom.pmf(total, num_samples, 0.08)):
        b = np.arange(m + 1)
        rejected += (
            probability
            * stats.binom.pmf(b, m, 0.055 / 0.08)[mm.mcnemar_p_values(b, m - b)[0] < 0.05].sum()
        )
    assert rejected == pytest.approx(power, abs=0.011)


def test_corrected_t_known_answer_and_the_uncorrected_one_of_scipy():
    first, second = 0.8 + FOLDS, np.full(10, 0.8)
    corrected, naive = (
        mm.corrected_resampled_t_test(first, second, ratio) for ratio in (100 / 900, 0)
    )
    assert (round(corrected["t"], 2), round(corrected["p"], 4), corrected["df"]) == (
        3.45,
        0.0073,
        9,
    )
    assert (round(naive["t"], 2), round(naive["p"], 4)) == (5.01, 0.0007)
    oracle = stats.ttest_rel(first, second)
    assert naive["t"] == pytest.approx(oracle.statistic) and naive["p"] == pytest.approx(
        oracle.pvalue
    )
    np.testing.assert_allclose(naive["interval"], oracle.confidence_interval(0.95))
    assert corrected["interval"][0] < naive["interval"][0] and corrected[
        "difference"
    ] == pytest.approx(0.018)


def test_corrected_t_without_variation():
    equal = mm.corrected_resampled_t_test([0.1, 0.2, 0.3], [0.1, 0.2, 0.3], 0.5)
    assert (equal["t"], equal["p"], equal["interval"]) == (0.0, 1.0, [0.0, 0.0])
    scores = np.array([0.1, 0.2, 0.3])
    # rounding error does not count as spread
    better = mm.corrected_resampled_t_test(scores + 0.1, scores, 0.5)
    assert (
        better["t"] == np.inf
        and better["p"] == 0.0
        and better["interval"] == pytest.approx([0.1, 0.1])
    )
    assert mm.corrected_resampled_t_test([0.1, 0.2], [0.2, 0.3], 0.5)["t"] == -np.inf


def test_five_by_two_known_answers():
    t, f = mm.five_by_two_t(FIVE_BY_TWO), mm.five_by_two_f(FIVE_BY_TWO)
    assert (round(t["t"], 3), round(t["p"], 3)) == (1.069, 0.334)
    assert (round(f["F"], 3), round(f["p"], 3)) == (2.086, 0.216)
    assert t["p"] == pytest.approx(2 * stats.t.sf(t["t"], 5)) and f["p"] == pytest.approx(
        stats.f.sf(f["F"], 10, 5)
    )


@pytest.mark.parametrize("difference, p", [(0.0, 1.0), (0.1, 0.0), (-0.1, 0.0)])
def test_five_by_two_without_variation(difference, p):
    differences = np.full((5, 2), difference)
    assert mm.five_by_two_t(differences)["p"] == p and mm.five_by_two_f(differences)["p"] == p


def test_paired_bootstrap_of_identical_models_is_a_point():
    labels = np.arange(60) % 3
    result = mm.paired_bootstrap(labels, labels[::-1], labels[::-1], num_resamples=200)
    assert result == {"difference": 0.0, "interval": [0.0, 0.0], "p": 1.0}


def test_paired_bootstrap_agrees_with_the_normal_interval_and_takes_any_score():
    rng = np.random.default_rng(0)
    labels = rng.integers(3, size=300)
    first, second = (
        np.where(rng.random(300) < share, labels, rng.integers(3, size=300)) for share in (0.7, 0.6)
    )
    result = mm.paired_bootstrap(labels, first, second)
    gain = (labels == first) * 1.0 - (labels == second)
    oracle = stats.norm.interval(0.95, gain.mean(), gain.std() / np.sqrt(300))
    np.testing.assert_allclose(result["interval"], oracle, atol=0.006)
    assert result["difference"] == pytest.approx(gain.mean())
    assert result["p"] == pytest.approx(
        2 * stats.norm.sf(abs(gain.mean()) / (gain.std() / np.sqrt(300))), abs=0.03
    )
    other = mm.paired_bootstrap(labels, first, second, score=macro_f1, num_resamples=100)
    assert other["difference"] == pytest.approx(macro_f1(labels, first) - macro_f1(labels, second))


def test_friedman_known_answer_and_scipy():
    published = mm.friedman_from_ranks([3.143, 2.000, 2.893, 1.964], 14)
    assert (round(published["chi2"], 2), round(published["F"], 2), published["df"]) == (
        9.28,
        3.69,
        [3, 39],
    )
    scores = np.random.default_rng(0).random((8, 4)) + [0, 0.1, 0.3, 0.5]
    ours, theirs = mm.friedman_test(scores), stats.friedmanchisquare(*scores.T)
    assert ours["chi2"] == pytest.approx(theirs.statistic) and ours["p_chi2"] == pytest.approx(
        theirs.pvalue
    )
    assert ours["p"] == pytest.approx(stats.f.sf(ours["F"], *ours["df"]))
    assert np.argmin(ours["average_ranks"]) == 3  # the best model has the lowest rank


def test_bootstrap_of_means_is_the_paired_bootstrap_of_each_pair(monkeypatch):
    rng = np.random.default_rng(0)
    labels, other = rng.integers(3, size=200), rng.integers(3, size=200)
    models = [np.where(rng.random(200) < share, labels, other) for share in (0.0, 0.1, 0.5)]
    # five test sets at a time
    monkeypatch.setattr("mm_keras.evaluation.significance.pairwise.BOOTSTRAP_CHUNK", 1001)
    results = mm.bootstrap_means(
        np.stack([model == labels for model in models], 1)
        - (other == labels)[:, None].astype(float)
    )
    for model, result in zip(models, results):
        # draws the same samples, one test set after the other
        expected = mm.paired_bootstrap(labels, model, other)
        assert result["p"] == expected["p"]
        np.testing.assert_allclose(
            [result["difference"], *result["interval"]],
            [expected["difference"], *expected["interval"]],
            atol=1e-12,
        )
    assert results[0]["p"] == 1.0 and results[2]["p"] == 2 / 2001


def test_many_contenders_on_one_split_remain_distinguishable():
    from mm_keras.comparison.results.statistics import _differences

    class Predictions:
        def __init__(self, right):
            self.right = np.arange(100) < right

    best, *others = (Predictions(right) for right in (90, *[40] * 60))
    for p in mm.holm([one["p"] for one in _differences("accuracy", others, best, ["one split"])]):
        assert p < 0.02  # 1,000 test sets could not give less than 60 * 2 / 1001 = 0.12


def test_friedman_where_all_agree_or_all_tie():
    agree = mm.friedman_test([[0.9, 0.8, 0.7]] * 4)
    assert agree["F"] == np.inf and agree["p"] == 0.0 and agree["average_ranks"] == [1, 2, 3]
    tied = mm.friedman_test(np.ones((4, 3)))
    assert tied["chi2"] == 0.0 and tied["p"] == 1.0


def test_nemenyi_known_answers():
    q = [mm.nemenyi_distance(k, 1) / np.sqrt(k * (k + 1) / 6) for k in range(2, 7)]
    np.testing.assert_allclose(q, [1.960, 2.344, 2.569, 2.728, 2.850], atol=6e-4)
    assert round(mm.nemenyi_distance(4, 14), 2) == 1.25


def test_holm_known_answer_order_and_limits():
    assert (mm.holm([0.01, 0.04, 0.03]) <= 0.05).tolist() == [True, False, False]
    np.testing.assert_allclose(mm.holm([0.5, 0.001, 0.4]), [0.8, 0.003, 0.8])
    assert (
        mm.holm([]).shape == (0,)
        and mm.holm([0.2]).tolist() == [0.2]
        and mm.holm([1.0, 1.0]).tolist() == [1.0, 1.0]
    )


def test_verdicts():
    verdict = lambda *values: mm.verdict("fusion", "text alone", *values)
    assert verdict(0.004, (-0.012, 0.020), 0.61) == (
        "fusion is not distinguishable from text alone "
        "(difference +0.4 points, 95 % interval -1.2 to +2.0, p = 0.61)"
    )
    assert verdict(0.03, (0.012, 0.05), 0.0002) == (
        "fusion is better than text alone "
        "(difference +3.0 points, 95 % interval +1.2 to +5.0, p < 0.001)"
    )
    assert verdict(-0.03, (-0.05, -0.01), 0.004) == (
        "fusion is worse than text alone "
        "(difference -3.0 points, 95 % interval -5.0 to -1.0, p = 0.004)"
    )
    # test and interval disagree: no claim
    assert "not distinguishable" in verdict(0.02, (-0.001, 0.05), 0.04)
    assert "difference +0.0 points" in verdict(-0.0001, (-0.01, 0.01), 0.9)
    assert "90 % interval" in mm.verdict("a", "b", 0.0, (-0.1, 0.1), 1.0, alpha=0.1)


def test_the_shorter_list_of_names_is_reported():
    def sentence(num_same, num_worse):
        rows = {"best": {"metrics": {"accuracy": {"mean": 0.9}}}}
        for prefix, p, count in (("n", 0.5, num_same), ("w", 0.01, num_worse)):
            versus = {"accuracy": {"difference": -0.1, "interval": [-0.2, -0.01], "p_holm": p}}
            rows |= {
                f"{prefix}{i}": {"name": f"{prefix}{i}", "versus_best": versus}
                for i in range(count)
            }
        return verdicts._best_verdict(rows, "best").removeprefix(
            "best has the highest accuracy, 0.900; "
        )

    assert sentence(0, 3) == "all others are worse."
    assert sentence(3, 0) == "none of the others is distinguishable from it."
    assert sentence(1, 2) == "1 of the 3 others is not distinguishable from it: n0."
    assert sentence(8, 2) == "8 of the 10 others are not distinguishable from it, all but w0, w1."


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: mm.mcnemar([1, 0], [1]), "about the same samples"),
        (lambda: mm.corrected_resampled_t_test([1, 2], [1, 2, 3], 0.1), "same splits"),
        (lambda: mm.corrected_resampled_t_test([1], [1], 0.1), "At least two"),
        (lambda: mm.five_by_two_t([1, 2]), r"\(5, 2\)"),
        (lambda: mm.friedman_test([0.1, 0.2]), r"\(data sets, models\)"),
        (lambda: mm.friedman_test([[0.1, 0.2]]), "two data sets"),
        (lambda: mm.holm([1.5]), r"in \[0, 1\]"),
    ],
)
def test_invalid_input_is_rejected(call, message):
    with pytest.raises(ValueError, match=message):
        call()


NAN = float("nan")


@pytest.mark.parametrize(
    "call",
    [
        lambda bad: mm.mcnemar([1, 0, bad], [1, 0, 1]),
        lambda bad: mm.mcnemar([1, 0, 1], [1, 0, bad]),
        lambda bad: mm.mcnemar_p_values(bad, 2),
        lambda bad: mm.mcnemar_p_values([1, 2], [3, bad]),
        lambda bad: mm.paired_bootstrap([0, 1, 1], [0, 1, 1], [0, bad, 1], num_resamples=9),
        lambda bad: mm.paired_bootstrap([0, 1], [0, 1], [0, 1], lambda *_: bad, num_resamples=9),
        lambda bad: mm.bootstrap_means([[0.1], [bad], [0.2]], num_resamples=9),
        lambda bad: mm.corrected_resampled_t_test([0.1, bad, 0.3], [0.1, 0.2, 0.3], 0.1),
        lambda bad: mm.corrected_resampled_t_test([0.1, 0.2, 0.3], [0.1, bad, 0.3], 0.1),
        lambda bad: mm.five_by_two_t([*FIVE_BY_TWO[:4], [0.1, bad]]),
        lambda bad: mm.five_by_two_f([*FIVE_BY_TWO[:4], [0.1, bad]]),
        lambda bad: mm.friedman_test([[0.1, 0.2], [0.3, bad]]),
        lambda bad: mm.friedman_from_ranks([1.0, bad], 5),
        lambda bad: mm.holm([0.1, bad]),
        lambda bad: mm.verdict("a", "b", bad, (0.1, 0.2), 0.01),
        lambda bad: mm.verdict("a", "b", 0.1, (bad, 0.2), 0.01),
        lambda bad: mm.verdict("a", "b", 0.1, (0.1, 0.2), bad),
    ],
)
def test_a_value_that_is_not_a_number_never_becomes_a_p_value(call):
    with pytest.raises(ValueError, match="NaN|must be|in \\[0, 1\\]"):
        call(NAN)
    with pytest.raises(ValueError):
        call(None)


def test_mcnemar_takes_right_or_wrong_not_classes():
    for wrong in ([0, 1, 2, 2], [-1, 1, 1, 0], [0.5, 0.5, 1, 0], ["a", "b", "a", "b"], []):
        with pytest.raises(ValueError, match="first_right"):
            mm.mcnemar(wrong, [1, 0, 1, 1])
    for right in ([1.0, 0.0, 1.0, 1.0], np.array([1, 0, 1, 1], bool), np.array([1, 0, 1, 1])):
        assert mm.mcnemar(right, [1, 1, 1, 1])["only_second"] == 1


def test_a_score_that_some_resampled_test_sets_lack_is_refused():
    """With 1 of 5 samples positive, many resampled test sets have no positive sample."""

    def recall(labels, predictions):
        return (predictions[labels == 1] == 1).sum() / np.float64((labels == 1).sum())

    labels, first = np.array([1, 0, 0, 0, 0]), np.array([1, 0, 0, 0, 0])
    with np.errstate(invalid="ignore"), pytest.raises(ValueError, match="resampled test sets"):
        mm.paired_bootstrap(labels, first, 1 - first, recall, num_resamples=50)


@pytest.mark.parametrize("call", [
    lambda: mm.corrected_resampled_t_test([0.1, 0.2], [0.2, 0.4], NAN),
    lambda: mm.nemenyi_distance(NAN, 5),
    lambda: mm.nemenyi_distance(3, NAN),
    lambda: mm.mcnemar_p_values(10**19, 1),
    lambda: mm.friedman_from_ranks([5, 7, 9], 10),
    lambda: mm.paired_bootstrap([0, 1], [0, 1], np.ma.array([1, 1], mask=[0, 1])),
    lambda: mm.bootstrap_means(np.ma.array([[1.0], [2.0]], mask=[[0], [1]])),
    lambda: mm.bootstrap_means([[1.0], [2.0]], num_resamples=NAN),
])  # fmt: skip
def test_impossible_arguments_are_refused(call):
    with pytest.raises(ValueError):
        call()
