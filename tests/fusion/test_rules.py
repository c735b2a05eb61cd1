"""Decision-level rules against arithmetic by hand and exact results of joint tables."""

import keras
import numpy as np
import pytest

from mm_keras.datasets import JointTable
from mm_keras.datasets.joint_tables import exact_rules, families
from mm_keras.datasets.newsroom.schemes import SCHEMES, scheme_table
from mm_keras.fusion import RULES
from mm_keras.fusion.decision import choose_weights, combine, fit_temperature
from mm_keras.fusion.decision.combine import stack

# TensorFlow keeps double precision; the other backends compute in single precision.
TOLERANCE = (
    {"rtol": 1e-7, "atol": 1e-9}
    if keras.backend.backend() == "tensorflow"
    else {"rtol": 1e-5, "atol": 1e-6}
)

# Three modalities, one sample, three classes.
THREE = {"text": [[0.5, 0.3, 0.2]], "image": [[0.1, 0.6, 0.3]], "audio": [[0.4, 0.35, 0.25]]}
NOTHING = [np.nan, np.nan]
TABLES = {
    "redundant": families.factorial(shared=3),
    "one bit each": families.factorial(text=1, image=1),
    "xor": families.factorial(synergy=1),
    "noisy xor": families.factorial(synergy=1, text_noise=0.05, image_noise=0.1),
    "all kinds": families.factorial(shared=1, text=1, synergy=1),
    "no synergy": families.factorial(1, 1, 1),
    "neutral": families.neutral_mixture(),
    "mixture": families.mixture(),
    "match": families.match(4),
    **{f"newsroom {name}": scheme_table(name) for name in SCHEMES},
}


def on_table(table, rule, weights=None):
    """Rule probabilities (K, T, V) for every pair of symbols, from exact posteriors and prior."""
    num_classes, num_text, num_image = table.probabilities.shape
    p = {
        "text": np.repeat(table.posterior("text").T, num_image, axis=0),
        "image": np.tile(table.posterior("image").T, (num_text, 1)),
    }
    fused = combine(p, rule, priors=table.joint("nothing")[:, 0], weights=weights)
    return fused.T.reshape(num_classes, num_text, num_image)


def accuracy_with_random_ties(table, scores):
    """The expected accuracy if ties are broken uniformly at random."""
    best = scores >= scores.max(axis=0) - 1e-9
    return (table.probabilities * best / best.sum(axis=0)).sum()


@pytest.mark.parametrize(
    "rule, expected",
    [
        ("mean", [1.0 / 3, 1.25 / 3, 0.75 / 3]),  # (.5 + .1 + .4) / 3, ...
        ("product", [0.020 / 0.098, 0.063 / 0.098, 0.015 / 0.098]),  # .5 * .1 * .4 = .020, ...
        ("max", [0.5 / 1.4, 0.6 / 1.4, 0.3 / 1.4]),
        ("min", [0.1 / 0.6, 0.3 / 0.6, 0.2 / 0.6]),
        ("median", [0.4, 0.35, 0.25]),
        ("vote", [(2 + 0.01 * 1.0) / 3.03, (1 + 0.01 * 1.25) / 3.03, 0.01 * 0.75 / 3.03]),
        ("weighted_mean", [1.0 / 3, 1.25 / 3, 0.75 / 3]),
        ("log_linear", np.cbrt([0.020, 0.063, 0.015]) / np.cbrt([0.020, 0.063, 0.015]).sum()),
    ],
)
def test_worked_example(rule, expected):
    np.testing.assert_allclose(combine(THREE, rule), [expected], **TOLERANCE)


@pytest.mark.parametrize(
    "rule, winner",
    [("mean", 1), ("product", 1), ("max", 1), ("min", 1), ("median", 0), ("vote", 0)],
)
def test_worked_example_decision(rule, winner):
    assert combine(THREE, rule).argmax() == winner


@pytest.mark.parametrize(
    "p, scores, naive",
    [
        (0.8, [0.64 / 0.9, 0.04 / 0.1], 0),  # .711 and .4: the same class as without priors
        # .544 and .9: the rare class, which the naive product never finds
        (0.7, [0.49 / 0.9, 0.09 / 0.1], 0),
    ],
)
def test_product_divides_the_prior_out(p, scores, naive):
    pair = {"text": [[p, 1 - p]], "image": [[p, 1 - p]]}
    fused = combine(pair, "product", priors=[0.9, 0.1])
    np.testing.assert_allclose(fused, [np.divide(scores, sum(scores))], **TOLERANCE)
    assert combine(pair, "product").argmax() == naive
    assert fused.argmax() == np.argmax(scores)


def test_other_rules_with_priors():
    pair = {"text": [[0.7, 0.3]], "image": [[0.6, 0.4]]}
    priors = [0.8, 0.2]
    np.testing.assert_allclose(
        combine(pair, "mean", priors), [[0.5, 0.5]], **TOLERANCE
    )  # 1.3 - .8 and .7 - .2
    np.testing.assert_allclose(
        combine(pair, "max", priors), [[0.5, 0.5]], **TOLERANCE
    )  # 1.4 - .8 and .8 - .2, sum 1.2
    np.testing.assert_allclose(
        combine(pair, "min", priors), [[0.75 / 2.25, 1.5 / 2.25]], **TOLERANCE
    )  # .6 / .8 and .3 / .2
    against = {"text": [[0.3, 0.7]], "image": [[0.2, 0.8]]}
    np.testing.assert_allclose(
        combine(against, "mean", priors), [[0, 1]], **TOLERANCE
    )  # .5 - .8 is negative
    for rule in ("median", "vote", "weighted_mean", "log_linear"):
        np.testing.assert_array_equal(combine(pair, rule, priors), combine(pair, rule))


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("rule", exact_rules.RULES)
def test_rules_reach_the_accuracy_computed_from_the_table(name, rule):
    table = TABLES[name]
    assert accuracy_with_random_ties(table, on_table(table, rule)) == pytest.approx(
        table.rule_accuracy(rule), abs=TOLERANCE["atol"]
    )


@pytest.mark.parametrize("name", TABLES)
@pytest.mark.parametrize("weights", [{"text": 0.5, "image": 0.5}, {"text": 0.8, "image": 0.2}])
def test_weighted_rules_reach_the_accuracy_of_plain_sums_and_powers(name, weights):
    table = TABLES[name]
    text, image = table.posterior("text")[:, :, None], table.posterior("image")[:, None, :]
    pools = {
        "weighted_mean": weights["text"] * text + weights["image"] * image,
        "log_linear": np.maximum(text, 1e-6) ** weights["text"]
        * np.maximum(image, 1e-6) ** weights["image"],
    }
    for rule, expected in pools.items():
        accuracy = accuracy_with_random_ties(table, on_table(table, rule, weights))
        assert accuracy == pytest.approx(
            (table.probabilities * exact_rules.choose(expected)).sum(), abs=1e-9
        ), rule


@pytest.mark.parametrize(
    "name, product, maximum",
    [
        ("redundant", 1, 1),
        ("one bit each", 1, 1 / 3),
        ("xor", 0.5, 0.5),
        ("noisy xor", 0.5, 0.5),
        ("all kinds", 0.5, 0.5),
        ("no synergy", 1, 1 / 3),
        ("neutral", 0.9167, 0.9167),
        ("mixture", 0.75, 0.75),
        ("match", 0.5, 0.5),
    ],
)
def test_product_and_max_reach_known_accuracies(name, product, maximum):
    table = TABLES[name]
    assert accuracy_with_random_ties(table, on_table(table, "product")) == pytest.approx(
        product, abs=5e-5
    )
    assert accuracy_with_random_ties(table, on_table(table, "max")) == pytest.approx(
        maximum, abs=5e-5
    )


def test_product_is_exact_when_modalities_are_independent_given_the_class():
    rng = np.random.default_rng(0)
    prior = rng.dirichlet(np.ones(3))
    text = rng.dirichlet(np.ones(4), 3)
    image = rng.dirichlet(np.ones(5), 3)
    table = JointTable(prior[:, None, None] * text[:, :, None] * image[:, None, :])
    np.testing.assert_allclose(on_table(table, "product"), table.posterior("both"), **TOLERANCE)
    assert np.abs(on_table(table, "mean") - table.posterior("both")).max() > 0.01


@pytest.mark.parametrize("rule", ["product", "min"])
def test_a_class_that_never_occurs_is_not_chosen(rule):
    # Divided by a prior of (nearly) zero, a class without training samples would win.
    pair = {"text": [[0.6, 0.39, 0.01]], "image": [[0.5, 0.49, 0.01]]}
    fused = combine(pair, rule, priors=[0.5, 0.5, 0.0])
    np.testing.assert_allclose(
        fused[:, :2],
        combine({k: [v[0][:2]] for k, v in pair.items()}, rule, [0.5, 0.5]),
        **TOLERANCE,
    )
    # A label that all samples have.
    constant = combine({"text": [[0.9]], "image": [[0.8]]}, rule, priors=[1.0], multi_label=True)
    np.testing.assert_allclose(constant, [[1.0]], **TOLERANCE)


def test_vote_ties_go_to_the_larger_mean_probability():
    # One vote each; the means are .55 and .45, and for the second sample .45 and .55.
    pair = {"text": [[0.9, 0.1], [0.6, 0.4]], "image": [[0.2, 0.8], [0.3, 0.7]]}
    assert combine(pair, "vote").argmax(axis=1).tolist() == [0, 1]
    # Classes 0 and 1 tie inside the text model and share its vote, so the image decides: 1/2, 3/2.
    tied = {"text": [[0.5, 0.5, 0.0]], "image": [[0.1, 0.6, 0.3]]}
    np.testing.assert_allclose(
        combine(tied, "vote"), [[0.506 / 2.02, 1.511 / 2.02, 0.003 / 2.02]], **TOLERANCE
    )


def test_median_is_the_mean_for_two_and_the_middle_for_more():
    pair = {"text": THREE["text"], "image": THREE["image"]}
    np.testing.assert_allclose(combine(pair, "median"), combine(pair, "mean"), **TOLERANCE)
    rng = np.random.default_rng(1)
    for count in (3, 4, 5):
        p = {str(i): rng.dirichlet(np.ones(4), 6) for i in range(count)}
        middle = np.median(list(p.values()), axis=0)
        np.testing.assert_allclose(
            combine(p, "median"), middle / middle.sum(axis=1, keepdims=True), **TOLERANCE
        )


@pytest.mark.parametrize("rule", RULES)
def test_missing_modalities_are_left_out(rule):
    rng = np.random.default_rng(2)
    p = {name: rng.dirichlet(np.ones(4), 5) for name in ("text", "image", "audio")}
    priors = [0.4, 0.3, 0.2, 0.1]
    without = combine({name: p[name] for name in ("text", "audio")}, rule, priors)
    p["image"][:] = np.nan
    np.testing.assert_allclose(combine(p, rule, priors), without, **TOLERANCE)
    nothing = dict.fromkeys(p, np.full((5, 4), np.nan))
    np.testing.assert_allclose(combine(nothing, rule, priors), [priors] * 5, **TOLERANCE)
    np.testing.assert_allclose(combine(nothing, rule), np.full((5, 4), 0.25), **TOLERANCE)


@pytest.mark.parametrize("rule", [rule for rule in RULES if rule != "vote"])
def test_a_single_present_modality_is_returned_unchanged(rule):
    # With R = 1 the prior terms of max and mean vanish, and the exponent of product and min is 0.
    pair = {"text": [[0.8, 0.2], NOTHING], "image": [NOTHING, [0.3, 0.7]]}
    np.testing.assert_allclose(
        combine(pair, rule, [0.9, 0.1]), [[0.8, 0.2], [0.3, 0.7]], **TOLERANCE
    )


@pytest.mark.parametrize("rule", RULES)
def test_results_are_probabilities_even_for_certain_contradictions(rule):
    p = {"text": np.eye(3), "image": np.eye(3)[[1, 2, 0]], "audio": np.eye(3)[[2, 0, 1]]}
    fused = combine(p, rule, priors=[0.7, 0.2, 0.1])
    assert np.isfinite(fused).all() and (fused >= 0).all()
    np.testing.assert_allclose(fused.sum(axis=1), 1, **TOLERANCE)


def test_a_zero_is_a_finite_veto_in_the_product():
    # .999999 * 1e-6 against 1e-6 * .5: the clipped zero is a strong veto, not an infinite one.
    fused = combine({"text": [[1.0, 0.0]], "image": [[0.0, 1.0]]}, "product")
    np.testing.assert_allclose(fused, [[0.5, 0.5]], **TOLERANCE)


@pytest.mark.parametrize("rule", ["weighted_mean", "log_linear"])
def test_weights(rule):
    pair = {"text": [[0.8, 0.2]], "image": [[0.4, 0.6]]}
    np.testing.assert_allclose(
        combine(pair, rule, weights={"text": 1, "image": 0}), pair["text"], **TOLERANCE
    )
    expected = {
        "weighted_mean": [0.7, 0.3],
        "log_linear": [0.8**0.75 * 0.4**0.25, 0.2**0.75 * 0.6**0.25],
    }[rule]
    weights = {"image": 1, "text": 3}  # by name, of any sum
    np.testing.assert_allclose(
        combine(pair, rule, weights=weights), [np.divide(expected, sum(expected))], **TOLERANCE
    )
    only_image = combine(
        {**pair, "text": [NOTHING]}, rule, [0.9, 0.1], weights={"text": 1, "image": 0}
    )
    np.testing.assert_allclose(
        only_image, [[0.9, 0.1]], **TOLERANCE
    )  # no modality with a positive weight is present


def test_temperatures_soften_before_the_rule():
    # (.9, .1)^(1/2) = .949 : .316 = 3 : 1.
    one = {"text": [[0.9, 0.1]]}
    np.testing.assert_allclose(
        combine(one, "mean", temperatures={"text": 2}), [[0.75, 0.25]], **TOLERANCE
    )
    np.testing.assert_allclose(
        combine(one, "mean", temperatures={"text": 1}), one["text"], **TOLERANCE
    )


@pytest.mark.parametrize("rule", RULES)
def test_multi_label_applies_the_rule_to_each_label(rule):
    rng = np.random.default_rng(3)
    p = {"text": rng.random((6, 2)), "image": rng.random((6, 2))}
    shares = np.array([0.3, 0.6])
    fused = combine(p, rule, priors=shares, multi_label=True)
    for k in range(2):
        two_classes = {
            name: np.stack([1 - values[:, k], values[:, k]], axis=1) for name, values in p.items()
        }
        np.testing.assert_allclose(
            fused[:, k], combine(two_classes, rule, [1 - shares[k], shares[k]])[:, 1], **TOLERANCE
        )


@pytest.mark.parametrize("power", [0.5, 1, 2, 4])
def test_temperature_of_sharpened_probabilities_is_found(power):
    # Ten samples of each row, with class frequencies as in the row; then each row to the power T.
    rows = np.repeat([[0.8, 0.2], [0.4, 0.6]], 10, axis=0)
    labels = [0] * 8 + [1] * 2 + [0] * 4 + [1] * 6
    sharp = rows**power / (rows**power).sum(axis=1, keepdims=True)
    assert fit_temperature(sharp, labels) == pytest.approx(power, rel=1e-4)
    np.testing.assert_allclose(
        combine({"text": sharp}, "mean", temperatures={"text": power}), rows, **TOLERANCE
    )
    assert fit_temperature([*sharp, NOTHING], [*labels, 1]) == pytest.approx(power, rel=1e-4)
    assert fit_temperature(sharp[:, 1:], np.array(labels)[:, None]) == pytest.approx(
        power, rel=1e-4
    )  # one label


@pytest.mark.parametrize("score", ["accuracy", "log_loss"])
@pytest.mark.parametrize("rule", ["weighted_mean", "log_linear"])
def test_chosen_weights_are_never_worse_than_the_best_modality(rule, score):
    rng = np.random.default_rng(4)
    labels = rng.integers(3, size=200)
    good = 0.7 * np.eye(3)[labels] + 0.1
    noisy = {"text": good, "image": rng.dirichlet(np.ones(3), 200)}
    weights = choose_weights(noisy, labels, rule, score=score)
    assert weights["text"] >= 0.9 and sum(weights.values()) == pytest.approx(1)
    uninformative = {"text": good, "image": np.full((200, 3), 1 / 3)}
    assert choose_weights(uninformative, labels, rule, score=score) == {"text": 1.0, "image": 0.0}
    # Each is correct where the other is uninformative: both are needed.
    half = np.arange(200)[:, None] < 100
    halves = {"text": np.where(half, good, 1 / 3), "image": np.where(half, 1 / 3, good)}
    assert choose_weights(halves, labels, rule, score=score)["text"] == pytest.approx(
        0.5, abs=0.051
    )


def test_the_two_scores_choose_different_weights():
    # The text is confident and correct in nine of ten samples; the image is undecided in these, and
    # correct in the tenth.
    labels = np.zeros(10, dtype=int)
    p = {
        "text": np.array([[0.9, 0.1]] * 9 + [[0.45, 0.55]]),
        "image": np.array([[0.5, 0.5]] * 9 + [[0.8, 0.2]]),
    }
    weights = {
        score: choose_weights(p, labels, "weighted_mean", score=score)
        for score in ("accuracy", "log_loss")
    }
    num_correct = {
        score: (combine(p, "weighted_mean", weights=chosen).argmax(axis=1) == 0).sum()
        for score, chosen in weights.items()
    }
    assert num_correct == {"accuracy": 10, "log_loss": 9}
    with pytest.raises(ValueError, match="'accuracy' or 'log_loss'. Received: 'f1'"):
        choose_weights(p, labels, score="f1")


def test_multi_label_weights():
    labels = np.array([[0, 1], [1, 1], [1, 0], [0, 0]])
    good, bad = 0.8 * labels + 0.1, 0.9 - 0.8 * labels
    assert choose_weights({"text": good, "image": bad}, labels, "weighted_mean") == {
        "text": 1.0,
        "image": 0.0,
    }


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"rule": "sum"}, "one of mean, product"),
        ({"priors": [0.9, 0.9]}, "sum 1"),
        ({"priors": [1.0]}, "priors"),
        ({"weights": {"text": 1, "image": 1}}, "uses no weights"),
        ({"rule": "log_linear", "weights": {"text": 1}}, "text, image"),
        ({"rule": "log_linear", "weights": {"text": 0, "image": 0}}, "not all 0"),
        ({"temperatures": {"text": 0, "image": 1}}, "greater than 0"),
    ],
)
def test_errors(arguments, message):
    with pytest.raises(ValueError, match=message):
        combine({"text": [[0.5, 0.5]], "image": [[0.5, 0.5]]}, **arguments)


def test_more_errors():
    with pytest.raises(ValueError, match="one shape"):
        combine({"text": [[0.5, 0.5]], "image": [[0.2, 0.3, 0.5]]})
    with pytest.raises(ValueError, match="for image, row 1"):
        combine({"text": [[0.5, 0.5]] * 2, "image": [NOTHING, [2.0, -1.0]]})
    with pytest.raises(TypeError, match="dict"):
        combine([[0.5, 0.5]])
    with pytest.raises(ValueError, match="has no weights. Use"):
        choose_weights(THREE, [0], rule="product")
    with pytest.raises(ValueError, match="integer labels from 0 to 2"):
        choose_weights(THREE, [3])
    with pytest.raises(ValueError, match="smaller num_steps"):
        choose_weights(THREE, [0], num_steps=200)


def test_functions_take_plain_stacks():
    _, stacked, present = stack(THREE)
    for name, rule in RULES.items():
        expected = combine(THREE, name)
        np.testing.assert_array_equal(np.asarray(rule(stacked)), expected)
        np.testing.assert_allclose(
            np.asarray(rule(stacked.astype("float32"), present)), expected, atol=1e-6
        )
