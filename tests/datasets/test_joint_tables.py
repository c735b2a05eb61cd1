"""Joint tables: closed forms, rules by hand, scikit-learn and SciPy as references."""

import json

import numpy as np
import pytest

from mm_keras.datasets import JointTable
from mm_keras.datasets.joint_tables import exact_rules
from mm_keras.datasets.joint_tables.families import (
    factorial,
    match,
    mixture,
    neutral_mixture,
    two_part,
)

# Table; accuracy of majority, text, image, both, product rule, max rule, additive model;
# information of text, image, both in bits.
KNOWN = {
    "three shared bits": (factorial(shared=3), 0.125, 1, 1, 1, 1, 1, 1, 3, 3, 3),
    "one bit each": (factorial(text=1, image=1), 0.25, 0.5, 0.5, 1, 1, 1 / 3, 1, 1, 1, 2),
    "exclusive or": (factorial(synergy=1), 0.5, 0.5, 0.5, 1, 0.5, 0.5, 0.5, 0, 0, 1),
    "noisy exclusive or": (
        factorial(synergy=1, text_noise=0.05, image_noise=0.10),
        0.5,
        0.5,
        0.5,
        0.86,
        0.5,
        0.5,
        0.5,
        0,
        0,
        0.4158,
    ),
    "shared, text, synergy": (factorial(1, 1, 0, 1), 0.125, 0.5, 0.25, 1, 0.5, 0.5, 0.5, 2, 1, 3),
    "the same with noise": (
        factorial(1, 1, 0, 1, text_noise=0.05, image_noise=0.10),
        0.125,
        0.4513,
        0.225,
        0.7762,
        0.4513,
        0.4513,
        0.4513,
        1.4272,
        0.5310,
        1.9582,
    ),
    "shared, text, image": (factorial(1, 1, 1, 0), 0.125, 0.5, 0.5, 1, 1, 1 / 3, 1, 2, 2, 3),
    "neutral mixture": (
        neutral_mixture(6, 0.35, 0.4, 0.15, 0.1),
        1 / 6,
        0.7917,
        0.5833,
        0.9167,
        0.9167,
        0.9167,
        0.9167,
        1.9387,
        1.2925,
        2.3265,
    ),
    "mixture": (
        mixture(6, 0.3, 0.4, 0.1, 0.1, 0.1),
        1 / 6,
        0.75,
        0.5,
        0.75,
        0.75,
        0.75,
        0.75,
        1.1932,
        0.4240,
        1.4655,
    ),
    "match with image noise": (
        match(4).with_noise(image_noise=0.05),
        0.5,
        0.5,
        0.5,
        0.9667,
        0.5,
        0.5,
        0.5,
        0,
        0,
        0.7949,
    ),
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_values(name):
    table, *known = KNOWN[name]
    truth = table.truth()
    values = [truth[key] for key in ("majority", "text", "image", "both")]
    values += [
        truth["rules"]["product"],
        truth["rules"]["max"],
        truth["additive"],
        *truth["information"].values(),
    ]
    np.testing.assert_allclose(values, known, atol=6e-5)
    assert json.loads(json.dumps(truth)) == truth


@pytest.mark.parametrize("size", [2, 3])
@pytest.mark.parametrize(
    "counts", [(1, 0, 0, 0), (0, 1, 1, 0), (1, 0, 1, 1), (1, 1, 1, 1), (0, 0, 0, 2)]
)
def test_factorial_without_noise_follows_its_closed_form(counts, size):
    shared, text, image, synergy = counts
    table = factorial(*counts, size=size)
    assert len(table.class_names) == size ** sum(counts)
    assert table.accuracy("text") == pytest.approx(size ** -float(image + synergy))
    assert table.accuracy("image") == pytest.approx(size ** -float(text + synergy))
    assert table.accuracy("both") == pytest.approx(1)


def test_factorial_with_noise_follows_its_closed_form():
    text_noise, image_noise = 0.05, 0.10
    for shared, text, image, synergy in [(1, 0, 0, 0), (0, 1, 2, 0), (1, 1, 0, 1), (1, 1, 1, 1)]:
        table = factorial(
            shared, text, image, synergy, text_noise=text_noise, image_noise=image_noise
        )
        # Both correct, or both wrong, which cancels.
        both_right = 1 - text_noise - image_noise + 2 * text_noise * image_noise
        assert table.accuracy("text") == pytest.approx(
            (1 - text_noise) ** (shared + text) / 2 ** (image + synergy)
        )
        assert table.accuracy("image") == pytest.approx(
            (1 - image_noise) ** (shared + image) / 2 ** (text + synergy)
        )
        assert table.accuracy("both") == pytest.approx(
            (1 - min(text_noise, image_noise)) ** shared
            * (1 - text_noise) ** text
            * (1 - image_noise) ** image
            * both_right**synergy
        )


@pytest.mark.parametrize("num_classes", [2, 5])
def test_neutral_mixture_follows_its_closed_form(num_classes):
    truth = neutral_mixture(num_classes, shared=0.1, text=0.2, image=0.3, neither=0.4).truth()
    assert truth["text"] == pytest.approx(0.1 + 0.2 + (0.3 + 0.4) / num_classes)
    assert truth["image"] == pytest.approx(0.1 + 0.3 + (0.2 + 0.4) / num_classes)
    assert truth["both"] == truth["additive"] == pytest.approx(1 - 0.4 + 0.4 / num_classes)


@pytest.mark.parametrize("num_symbols", [2, 3, 4, 7])
def test_match_is_pure_synergy(num_symbols):
    truth = match(num_symbols).truth()
    assert truth["text"] == truth["image"] == truth["additive"] == 0.5 and truth["both"] == 1
    assert set(truth["rules"].values()) == {0.5}
    assert truth["information"]["text"] == truth["information"]["image"] == 0


def test_two_independent_parts_multiply():
    table = two_part(factorial(text=1, size=3), factorial(image=1, size=2))  # 6 = 3 x 2 classes
    assert (
        table.accuracy("text"),
        table.accuracy("image"),
        table.accuracy("both"),
    ) == pytest.approx((1 / 2, 1 / 3, 1))
    section, verdict = neutral_mixture(3), match(4)
    assert two_part(section, verdict).accuracy("both") == pytest.approx(
        section.accuracy("both") * verdict.accuracy("both")
    )
    assert two_part(section, verdict).information("both") == pytest.approx(
        section.information("both") + 1
    )


def test_rules_by_hand():
    """Prior (.9, .1), both posteriors (.7, .3): product .49 / .9 = .544 is less than .09 / .1."""
    prior, posterior = np.array([0.9, 0.1]).reshape(2, 1, 1), np.array([0.7, 0.3]).reshape(2, 1, 1)
    expected = {
        "product": [0, 1],  # .544 < .9
        "mean": [0.5, 0.5],  # .7 + .7 - .9 = .3 + .3 - .1 = .5: a tie
        "max": [0.5, 0.5],  # the same, since both posteriors are equal
        "min": [0, 1],  # .7 / .9 < .3 / .1
        "median": [1, 0],
        "vote": [1, 0],
    }
    for rule, decision in expected.items():
        np.testing.assert_allclose(
            exact_rules.RULES[rule](posterior, posterior, prior).ravel(), decision, err_msg=rule
        )
    assert set(expected) == set(exact_rules.RULES)


def test_ties_are_shared_equally():
    np.testing.assert_allclose(
        exact_rules.choose(np.array([0.1 + 0.2, 0.3, 0.3, 0.0])), [1 / 3, 1 / 3, 1 / 3, 0]
    )
    table = factorial(text=1, image=1)
    # Three of four classes have a posterior of 1/2.
    assert table.rule_accuracy("max") == pytest.approx(1 / 3)
    # Only one class has votes from both.
    assert all(
        table.rule_accuracy(rule) == 1 for rule in ("mean", "product", "min", "median", "vote")
    )
    # One vote for each class: the tie is broken by the sums, .7 + .4 > .3 + .6 -> class 0.
    text, image, prior = (
        np.array(p).reshape(2, 1, 1) for p in ((0.7, 0.3), (0.4, 0.6), (0.5, 0.5))
    )
    np.testing.assert_array_equal(exact_rules.vote(text, image, prior).ravel(), [1, 0])


def test_decisions_accuracy():
    # All posteriors are (.5, .5), so they carry no information.
    assert match(4).decisions_accuracy() == 0.5
    # The shared bit is known, the other one is a guess.
    assert factorial(synergy=1, shared=1).decisions_accuracy() == 0.5
    table = neutral_mixture()  # every symbol has its own posterior
    assert table.decisions_accuracy() == pytest.approx(table.accuracy("both"))
    rng = np.random.default_rng(0)
    for _ in range(5):
        table = JointTable(rng.dirichlet(np.full(27, 0.3)).reshape(3, 3, 3))
        assert all(
            table.rule_accuracy(rule) <= table.decisions_accuracy() + 1e-9
            for rule in exact_rules.RULES
        )


def test_product_is_the_best_rule_when_modalities_are_independent_given_the_class():
    rng = np.random.default_rng(0)
    prior, text, image = (
        rng.dirichlet(np.ones(4)),
        rng.dirichlet(np.ones(3), 4),
        rng.dirichlet(np.ones(5), 4),
    )
    table = JointTable(prior[:, None, None] * text[:, :, None] * image[:, None, :])
    assert table.rule_accuracy("product") == pytest.approx(table.accuracy("both"))
    assert table.additive_accuracy() == pytest.approx(table.accuracy("both"))
    assert all(
        table.rule_accuracy(rule) <= table.accuracy("both") + 1e-9 for rule in exact_rules.RULES
    )


def test_additive_model_agrees_with_logistic_regression():
    from sklearn.linear_model import LogisticRegression

    for seed in range(3):
        table = JointTable(np.random.default_rng(seed).dirichlet(np.full(60, 0.5)).reshape(3, 4, 5))
        y, t, v = (index.ravel() for index in np.indices((3, 4, 5)))
        inputs = np.hstack([np.eye(4)[t], np.eye(5)[v]])
        weights = table.probabilities.ravel()
        model = LogisticRegression(C=1e8, tol=1e-8, max_iter=5000).fit(
            inputs, y, sample_weight=weights
        )
        assert table.additive_accuracy() == pytest.approx(
            weights[model.predict(inputs) == y].sum(), abs=1e-9
        )


def test_information_agrees_with_entropies():
    from scipy.stats import entropy

    table = JointTable(np.random.default_rng(1).dirichlet(np.ones(24)).reshape(2, 3, 4))
    for given in ("text", "image", "both"):
        joint = table.joint(given)  # I(y; x) = H(y) + H(x) - H(y, x)
        parts = [joint.sum(axis=1), joint.sum(axis=0), joint.ravel()]
        first, second, together = (entropy(part, base=2) for part in parts)
        assert table.information(given) == pytest.approx(first + second - together)


def test_posterior():
    table = JointTable([[[0.4, 0.1], [0.0, 0.0]], [[0.1, 0.4], [0.0, 0.0]]])
    np.testing.assert_allclose(table.posterior("image"), [[0.8, 0.2], [0.2, 0.8]])
    # The second symbol never occurs.
    np.testing.assert_allclose(table.posterior("text"), [[0.5, 0.5], [0.5, 0.5]])
    np.testing.assert_allclose(table.posterior("both")[:, 0], [[0.8, 0.2], [0.2, 0.8]])
    np.testing.assert_allclose(table.posterior("nothing"), [[0.5], [0.5]])


def test_noise():
    table = match(4)
    # A match remains one with probability .95; a mismatch becomes one with probability .05 / 3.
    noisy = table.with_noise(image_noise=0.05)
    assert noisy.accuracy("both") == pytest.approx(0.5 * 0.95 + 0.5 * (1 - 0.05 / 3))
    assert noisy.class_names == table.class_names
    np.testing.assert_allclose(table.with_noise().probabilities, table.probabilities)
    uninformative = factorial(shared=1, size=4).with_noise(text_noise=0.75)
    assert uninformative.information("text") == pytest.approx(0)


def test_sample_follows_the_table():
    table, num_samples = mixture(), 500
    y, t, v = table.sample(num_samples, np.random.default_rng(0))
    counts = np.zeros(table.probabilities.shape)
    np.add.at(counts, (y, t, v), 1)
    of_class = table.probabilities / table.probabilities.sum(axis=(1, 2), keepdims=True)
    assert np.abs(counts - of_class * counts.sum(axis=(1, 2), keepdims=True)).max() < 1
    assert np.abs(np.bincount(y) - num_samples / 6).max() < 1
    assert (np.diff(y) < 0).any()
    np.testing.assert_array_equal(y, table.sample(num_samples, np.random.default_rng(0))[0])


def test_any_two_modalities():
    family = neutral_mixture(3)
    table = JointTable(family.probabilities, modalities=("audio", "video"))
    truth, expected = table.truth(), family.truth()
    assert list(truth) == ["majority", "audio", "video", "both", *list(expected)[4:]]
    assert list(truth["information"]) == ["audio", "video", "both"]
    for audio, text in (("audio", "text"), ("video", "image"), ("both", "both")):
        assert truth[audio] == expected[text] == table.accuracy(audio)
        assert truth["information"][audio] == expected["information"][text]
        np.testing.assert_array_equal(table.posterior(audio), family.posterior(text))
    assert truth["rules"] == expected["rules"] and truth["decisions"] == expected["decisions"]
    assert repr(table) == "JointTable: 3 classes, 4 audio symbols, 4 video symbols"
    noisy = table.with_noise(0.1, 0.2)
    assert noisy.modalities == ("audio", "video") and noisy.accuracy("audio") < table.accuracy(
        "audio"
    )
    with pytest.raises(ValueError, match="nothing, audio, video, both. Received: 'text'"):
        table.accuracy("text")
    with pytest.raises(ValueError, match="`video_noise` must be a probability"):
        table.with_noise(0, 2)
    with pytest.raises(ValueError, match="`modalities` needs 2 distinct names"):
        JointTable(family.probabilities, modalities=("audio",))


def test_symbols_with_the_same_name_cannot_be_distinguished():
    table = factorial(text=1, image=1, size=4)
    halves = table.with_renamed_symbols({"1": "0", "3": "2"})
    assert halves.text_names == halves.image_names == ("0", "2")
    assert halves.class_names == table.class_names
    assert halves.accuracy("both") == pytest.approx(1 / 4)  # two of four values, twice
    np.testing.assert_allclose(
        halves.probabilities, table.probabilities.reshape(16, 2, 2, 2, 2).sum(axis=(2, 4))
    )
    same = table.with_renamed_symbols({"no such symbol": "0"})
    np.testing.assert_array_equal(same.probabilities, table.probabilities)


def test_the_decisions_of_one_table_tested_on_another():
    table = JointTable([[[0.3, 0.1]], [[0.1, 0.5]]], image_names=("a", "b"))
    swapped = table.with_renamed_symbols({"a": "b", "b": "a"})
    assert swapped.image_names == ("a", "b")
    np.testing.assert_allclose(swapped.probabilities, [[[0.1, 0.3]], [[0.5, 0.1]]])
    # "a" is taken for class 0, which is right with .1; "b" for class 1, right with .1.
    assert table.accuracy("image", test=swapped) == pytest.approx(0.2)
    assert table.accuracy("nothing", test=swapped) == pytest.approx(0.6)
    for given in ("nothing", "text", "image", "both"):
        assert table.accuracy(given, test=table) == pytest.approx(table.accuracy(given))
    uniform = factorial(image=1)  # without the image, any class is a guess
    assert uniform.accuracy("text", test=uniform) == 0.5
    with pytest.raises(ValueError, match="`test` needs the same classes and symbols"):
        table.accuracy("image", test=uniform)


@pytest.mark.parametrize(
    "make, message",
    [
        (lambda: JointTable([0.5, 0.5]), "three axes"),
        (lambda: JointTable(np.ones((2, 2, 2))), "sum 8"),
        (lambda: JointTable([[[1.5]], [[-0.5]]]), "minimum -0.5"),
        (lambda: JointTable([[[0.5]], [[0.5]]], class_names=["a"]), "2 distinct names"),
        (lambda: match(4).with_noise(text_noise=1.2), "`text_noise` must be a probability"),
        (lambda: match(4).accuracy("audio"), "nothing, text, image, both"),
        (lambda: match(4).rule_accuracy("average"), "mean, product, max, min, median, vote"),
        (lambda: match(1), "at least 2"),
        (lambda: factorial(), "At least one factor"),
        (lambda: neutral_mixture(6, 0.5, 0.5, 0.5, 0.5), "sum 2"),
    ],
)
def test_errors_say_what_to_do(make, message):
    with pytest.raises(ValueError, match=message):
        make()
