"""Significance tests: published examples, SciPy, and cases without any variation."""

from types import SimpleNamespace

import numpy as np
import pytest
from scipy import stats

from mm_keras.comparison.results import pairs, verdicts
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
    assert same == {
        "difference": 0.0,
        "interval": [0.0, 0.0],
        "only_first": 0,
        "only_second": 0,
        "p": 1.0,
        "p_mid": 1.0,
    }
    forward, backward = (
        mm.mcnemar([1, 1, 1, 0], [0, 0, 1, 1]),
        mm.mcnemar([0, 0, 1, 1], [1, 1, 1, 0]),
    )
    assert (
        forward["difference"] == -backward["difference"] == 0.25 and forward["p"] == backward["p"]
    )


@pytest.mark.parametrize("num_samples, power", [(500, 0.61), (1000, 0.91), (2000, 0.997)])
def test_power_of_mcnemar_for_three_points(num_samples, power):
    """Models disagree on 8% of the samples, 5.5% for and 2.5% against; all outcomes summed."""
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
    class Predictions:
        def __init__(self, right):
            self.right = np.arange(100) < right
            self.labels = np.zeros(100, int)
            self.probabilities = np.stack([self.right, ~self.right], axis=1) * 0.8 + 0.1

    predictions = {f"low {i}": Predictions(40) for i in range(60)} | {"best": Predictions(90)}
    for tests in pairs.versus(list(predictions), "best", predictions, ["one split"]).values():
        # 1,000 test sets could not give less than 60 * 2 / 1001 = 0.12
        assert tests["accuracy"]["p_corrected"] < 0.02 and tests["finding"] == "worse"


@pytest.mark.parametrize("num_splits", [1, 5])
def test_intervals_p_values_and_tables_never_contradict_each_other(num_splits):
    """Two tables with different references, on random models of which some differ clearly."""
    from mm_keras.comparison.splits import Split

    rng, findings = np.random.default_rng(0), set()
    rows = np.array_split(np.arange(100), num_splits)
    splits = [
        Split(test=part, train=np.arange(400), inner=None, repeat=0, fold=i, number=i)
        for i, part in enumerate(rows)
    ]
    for _ in range(12):
        labels, predictions = np.zeros(100, int), {}
        for i, share in enumerate(rng.uniform(0.6, 0.9, 6)):
            right = rng.random(100) < share
            confidence = np.where(right, 0.9, 0.1) + rng.uniform(-0.1, 0.1, 100)
            predictions[f"m{i}"] = one = SimpleNamespace(right=right, labels=labels)
            one.probabilities = np.stack([confidence, 1 - confidence], axis=1)
            one.by_split = [(labels[part], one.probabilities[part]) for part in rows]
        tables = {
            other: pairs.versus(list(predictions), other, predictions, splits)
            for other in ("m0", "m1")
        }
        for tests in (tests for table in tables.values() for tests in table.values()):
            for metric in ("accuracy", "log_loss"):
                low, high = tests[metric]["interval"]
                excludes_zero = low > 0 or high < 0
                found = verdicts.finding(tests, metric)
                findings.add((metric, found))
                assert excludes_zero == (tests[metric]["p_corrected"] < 0.05)
                assert excludes_zero == (found != "not distinguishable")
                assert low <= tests[metric]["difference"] <= high
            assert f" is {tests['finding']} " in tests["sentence"]
            assert tests["sentence"].endswith("corrected for 5 comparisons)")
        forward, backward = tables["m1"]["m0"], tables["m0"]["m1"]
        for metric in ("accuracy", "log_loss"):
            assert forward[metric]["p_corrected"] == pytest.approx(backward[metric]["p_corrected"])
            np.testing.assert_allclose(
                forward[metric]["interval"], np.negative(backward[metric]["interval"][::-1])
            )
    for metric in ("accuracy", "log_loss"):
        assert {found for name, found in findings if name == metric} == {
            "better",
            "worse",
            "not distinguishable",
        }


@pytest.mark.parametrize("level", [0.95, 0.99, 0.995])
def test_the_interval_of_mcnemar_excludes_zero_exactly_where_p_is_small(level):
    for b in range(16):
        for c in range(16):
            first, second = np.repeat([[1, 0, 1], [0, 1, 1]], [b, c, 5], axis=1)
            result = mm.mcnemar(first, second, level)
            low, high = result["interval"]
            assert low <= result["difference"] <= high
            assert (low > 0 or high < 0) == (result["p"] < 1 - level)


@pytest.mark.parametrize("num_resamples, alpha", [(199, 0.05), (2000, 0.05), (1199, 0.01)])
def test_the_bootstrap_interval_excludes_zero_exactly_where_p_is_small(num_resamples, alpha):
    differences = np.random.default_rng(0).choice([-1.0, 0.0, 0.0, 1.0, 1.0], (60, 40))
    found = set()
    for result in mm.bootstrap_means(differences, num_resamples, 1 - alpha):
        low, high = result["interval"]
        found.add(low > 0 or high < 0)
        assert (low > 0 or high < 0) == (result["p"] < alpha)
    assert found == {True, False}


def test_bonferroni_intervals_and_tests_that_disagree():
    level = mm.simultaneous_level(5)
    assert level == pytest.approx(0.99)
    differences = mm.corrected_resampled_t_test(0.8 + FOLDS, np.full(10, 0.8), 1 / 9, level)
    error = np.sqrt((1 / 10 + 1 / 9) * FOLDS.var(ddof=1))
    np.testing.assert_allclose(differences["interval"], stats.t.interval(0.99, 9, 0.018, error))
    test = {"difference": 0.1, "p": 0.01, "interval": [0.02, 0.18]}
    opposite = {"difference": -0.1, "p": 0.001, "interval": [-0.15, -0.05]}
    assert mm.combine_tests(test, num_comparisons=3) == {
        "p": 0.01,
        "p_corrected": 0.03,
        "interval": [0.02, 0.18],
    }
    # Each test finds a difference, but not in the same direction.
    both = mm.combine_tests(test, opposite)
    assert both == {"p": 1.0, "p_corrected": 1.0, "interval": [-0.15, 0.18]}
    with pytest.raises(ValueError, match="at least 1"):
        mm.simultaneous_level(0)


def test_practical_equivalence_known_answers():
    """The values of baycomp 1.0.3: two_on_single(y, x, rope, runs)."""
    first, second = 0.8 + FOLDS, np.full(10, 0.8)
    for ratio, rope, expected in [
        (1 / 9, 0.01, [0.9202585247784703, 0.07951563711075371, 0.0002258381107760485]),
        (1 / 9, 0.02, [0.3551567013113257, 0.6448201019631354, 2.319672553889307e-05]),
        (1 / 4, 0.01, [0.8679607162033733, 0.13083141366883877, 0.0012078701277878925]),
    ]:
        result = mm.practical_equivalence(first, second, ratio, rope=rope)
        assert list(result) == ["better", "equal", "worse"]
        np.testing.assert_allclose(list(result.values()), expected, rtol=1e-9)
        mirrored = mm.practical_equivalence(second, first, ratio, rope=rope)
        assert mirrored["worse"] == result["better"] and mirrored["better"] == result["worse"]
    # With no region, the probability of a better model is one minus half the p value.
    none = mm.practical_equivalence(first, second, 1 / 9, rope=0)
    p = mm.corrected_resampled_t_test(first, second, 1 / 9)["p"]
    assert none["better"] == pytest.approx(1 - p / 2) and none["equal"] == pytest.approx(0)
    constant = [mm.practical_equivalence([0.5 + d] * 3, [0.5] * 3, 0.5) for d in (0.02, 0, -0.02)]
    assert [list(one.values()) for one in constant] == [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    for rope in (-0.01, NAN):
        with pytest.raises(ValueError, match="rope"):
            mm.practical_equivalence(first, second, 1 / 9, rope=rope)


def test_probabilities_of_practical_equivalence_in_words():
    def sentence(better, equal, worse):
        probabilities = {"rope": 0.01, "better": better, "equal": equal, "worse": worse}
        return verdicts._equivalence_verdict({"equivalence": probabilities})

    assert sentence(0.9203, 0.0795, 0.0002) == (
        "It is better by more than 1 point with probability 0.92, practically equal (within 1 "
        "point) with probability 0.08, and worse by more than 1 point with probability < 0.01 (for "
        "this pair by itself, not corrected)."
    )
    assert sentence(0.02, 0.95, 0.03).startswith("The two are practically equal: it is better by")
    assert sentence(0.03, 0.949, 0.021).startswith("It is better by")


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
        "(difference +0.4 points, 95% interval -1.2 to +2.0, p = 0.61)"
    )
    assert verdict(0.03, (0.012, 0.05), 0.0002) == (
        "fusion is better than text alone "
        "(difference +3.0 points, 95% interval +1.2 to +5.0, p < 0.001)"
    )
    assert verdict(-0.03, (-0.05, -0.01), 0.004) == (
        "fusion is worse than text alone "
        "(difference -3.0 points, 95% interval -5.0 to -1.0, p = 0.004)"
    )
    # test and interval disagree: no claim
    assert "not distinguishable" in verdict(0.02, (-0.001, 0.05), 0.04)
    assert "difference +0.0 points" in verdict(-0.0001, (-0.01, 0.01), 0.9)
    assert mm.verdict("a", "b", 0.1, (0.02, 0.18), 0.03, num_comparisons=6) == (
        "a is better than b "
        "(difference +10.0 points, 95% interval +2.0 to +18.0, p = 0.030, corrected for 6 "
        "comparisons)"
    )
    assert "90% interval" in mm.verdict("a", "b", 0.0, (-0.1, 0.1), 1.0, alpha=0.1)


def test_the_shorter_list_of_names_is_reported():
    def sentence(num_same, num_worse):
        rows = {"best": {"metrics": {"accuracy": {"mean": 0.9}}}}
        for prefix, p, count in (("n", 0.5, num_same), ("w", 0.01, num_worse)):
            versus = {"accuracy": {"difference": -0.1, "interval": [-0.2, -0.01], "p_corrected": p}}
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
