"""Partial information of gates and joint tables with known answers, exactly and from samples."""

import json

import numpy as np
import pytest
from scipy.special import rel_entr

from mm_keras.datasets import make_newsroom
from mm_keras.datasets.joint_tables import factorial, match, mixture, neutral_mixture
from mm_keras.datasets.newsroom.schemes import scheme_table
from mm_keras.evaluation.modality_use import estimate_partial_information, partial_information
from mm_keras.features.defaults import features_of_kind


def gate(function, num_classes, probabilities=((0.25, 0.25), (0.25, 0.25))):
    """The joint table of two bits and a function of them."""
    table = np.zeros((num_classes, 2, 2))
    for t in (0, 1):
        for v in (0, 1):
            table[function(t, v), t, v] = probabilities[t][v]
    return table


def parts(result):
    return [result["redundant"], *result["unique"].values(), result["synergistic"]]


# redundant, unique to the first and to the second, synergistic
KNOWN = {
    "and": (gate(lambda t, v: t & v, 2), [0.75 * np.log2(4 / 3), 0, 0, 0.5]),
    "or": (gate(lambda t, v: t | v, 2), [0.75 * np.log2(4 / 3), 0, 0, 0.5]),
    "exclusive or": (gate(lambda t, v: t ^ v, 2), [0, 0, 0, 1]),
    "copy of both": (gate(lambda t, v: 2 * t + v, 4), [0, 1, 1, 0]),
    "sum": (gate(lambda t, v: t + v, 3), [0.5, 0, 0, 1]),
    "unique": (gate(lambda t, v: t, 2), [0, 1, 0, 0]),
    "redundant": (gate(lambda t, v: t, 2, ((0.5, 0), (0, 0.5))), [1, 0, 0, 0]),
    "one of each": (factorial(1, 1, 1, 1).probabilities, [1, 1, 1, 1]),
    "match": (match(4).probabilities, [0, 0, 0, 1]),
    "news": (neutral_mixture().probabilities, [1.29248, 0.64624, 0, 0.38774]),
    "misleading": (mixture().probabilities, [0.42400, 0.76920, 0, 0.27227]),
    "noisy exclusive or": (
        factorial(synergy=1, text_noise=0.05, image_noise=0.1).probabilities,
        [0, 0, 0, 0.41576],
    ),
}


@pytest.mark.parametrize("name", KNOWN)
def test_known_answers_within_a_ten_thousandth_of_a_bit(name):
    table, known = KNOWN[name]
    result = partial_information(table)
    np.testing.assert_allclose(parts(result), known, atol=1e-4)
    assert result["gap"] <= 1e-5 and min(parts(result)) >= 0
    assert json.loads(json.dumps(result)) == result


def test_redundancy_of_a_copy_of_related_bits_is_their_mutual_information():
    joint = np.array([[0.4, 0.1], [0.1, 0.4]])
    mutual = (joint * np.log2(joint / 0.25)).sum()
    result = partial_information(gate(lambda t, v: 2 * t + v, 4, joint))
    np.testing.assert_allclose(parts(result), [mutual, 1 - mutual, 1 - mutual, 0], atol=1e-4)


def test_parts_add_up_to_the_information_of_the_table():
    table = scheme_table("mixed").with_noise(0.1, 0.2)
    result = partial_information(table.probabilities)
    redundant, text, image, synergistic = parts(result)
    assert redundant + text == pytest.approx(table.information("text"))
    assert redundant + image == pytest.approx(table.information("image"))
    assert redundant + text + image + synergistic == pytest.approx(table.information("both"))
    assert result["information"]["both"] == pytest.approx(table.information("both"))


def test_exchanged_modalities_exchange_their_unique_parts():
    table = np.random.default_rng(1).dirichlet(np.full(24, 0.5)).reshape(2, 3, 4)
    result = partial_information(table, ("audio", "video"))
    other = partial_information(table.transpose(0, 2, 1), ("video", "audio"))
    for name in ("audio", "video"):
        assert other["unique"][name] == pytest.approx(result["unique"][name], abs=2e-5)
    assert other["synergistic"] == pytest.approx(result["synergistic"], abs=2e-5)


def test_solution_is_that_of_a_fine_grid():
    """With two classes and bits, each class has one free number: try 400 x 400 of them."""
    table = np.array([[[0.2, 0.05], [0.15, 0.1]], [[0.05, 0.2], [0.02, 0.23]]])
    classes = []
    for p in table:
        row, column, total = p[0].sum(), p[:, 0].sum(), p.sum()
        a = np.linspace(max(0, row + column - total), min(row, column), 400)
        classes.append(np.stack([a, row - a, column - a, total - row - column + a]))
    first, second = classes[0][:, :, None], classes[1][:, None, :]
    cells = first + second
    loss = (rel_entr(first, cells) + rel_entr(second, cells)).sum(axis=0) / np.log(2)  # -H(y|t,v)
    prior = table.sum((1, 2))
    least = loss.min() - (prior * np.log2(prior)).sum()
    result = partial_information(table)
    assert result["information"]["both"] - result["synergistic"] == pytest.approx(least, abs=1e-4)
    assert result["synergistic"] > 0.005


def test_counts_classes_without_samples_and_unused_symbols_change_nothing():
    table, _ = KNOWN["and"]
    counts = np.zeros((3, 3, 2))
    counts[[0, 2], :2] = 400 * table
    np.testing.assert_allclose(
        parts(partial_information(counts)), parts(partial_information(table)), atol=1e-9
    )


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: partial_information([[1, 0], [0, 1]]), "three axes"),
        (lambda: partial_information(np.zeros((2, 2, 2))), "not all of them zero"),
        (lambda: partial_information(-np.ones((2, 2, 2))), "non-negative"),
        (lambda: partial_information(np.ones((2, 2, 2)), ("text", "both")), "not 'both'"),
        (lambda: partial_information(np.ones((2, 2, 2)), tolerance=0), "positive"),
        (lambda: estimate([0] * 60, method="bins"), "method must be one of informed"),
        (lambda: estimate([0] * 30), "at least 40 samples. Received: 30"),
        (lambda: estimate([[0, 1]] * 60), "one class per sample"),
        (lambda: estimate([0] * 60, num_symbols=1), "num_symbols must be between 2"),
        (lambda: estimate([0] * 60, fill=np.nan), "Those of text are not"),
    ],
)
def test_invalid_input_is_rejected(call, message):
    with pytest.raises(ValueError, match=message):
        call()


def estimate(labels, fill=0.5, **options):
    arrays = {name: np.full((len(labels), 2), fill) for name in ("text", "image")}
    return estimate_partial_information(arrays, labels, **options)


@pytest.fixture(scope="module", params=["match", "news", "unique"])
def newsroom(request):
    """Features of 1,200 drawn samples, their labels, and the exact parts of their table."""
    data = make_newsroom(1200, request.param)
    arrays = features_of_kind(data, "vector", ["text", "image"]).fit_transform(data)
    exact = partial_information(scheme_table(request.param).probabilities)
    return {name: arrays[name] for name in ("text", "image")}, data.labels, exact


def test_informed_estimate_is_near_the_exact_parts(newsroom):
    arrays, labels, exact = newsroom
    result = estimate_partial_information(arrays, labels, num_shuffles=1)
    np.testing.assert_allclose(parts(result), parts(exact), atol=0.16)
    shuffled = result["shuffled"]
    assert shuffled["redundant"] < 0.03 and max(shuffled["unique"].values()) < 0.05
    assert result["num_samples"] == 1200 and result["num_symbols"] == {"text": 8, "image": 8}
    assert json.loads(json.dumps(result)) == result
    again = estimate_partial_information(arrays, labels, num_shuffles=0)
    assert parts(again) == parts(result) and again["shuffled"] is None


def test_predicted_classes_miss_synergy_that_clusters_show():
    rng = np.random.default_rng(0)
    bits = rng.integers(0, 2, (2, 600))
    arrays = {n: b[:, None] + 0.1 * rng.normal(size=(600, 3)) for n, b in zip("tv", bits)}
    labels = bits[0] ^ bits[1]
    blind = estimate_partial_information(arrays, labels, "predictions", num_shuffles=0)
    assert blind["synergistic"] < 0.5
    for method in ("clusters", "informed"):
        result = estimate_partial_information(arrays, labels, method, 2, num_shuffles=0)
        assert result["synergistic"] > 0.95


def test_shuffled_labels_show_the_bias_of_an_estimate_without_information():
    rng = np.random.default_rng(0)
    arrays = {name: rng.normal(size=(400, 5)) for name in ("text", "image")}
    result = estimate_partial_information(arrays, rng.integers(0, 4, 400))
    bias = result["shuffled"]["information"]["both"]
    assert bias > 0.15  # 64 cells per class, 100 samples
    assert result["information"]["both"] == pytest.approx(bias, rel=0.5)


def test_symbols_are_used_as_they_are_and_constant_features_say_nothing():
    labels = np.arange(80) % 2
    arrays = {"text": labels + 5, "image": np.ones((80, 3))}
    for method in ("informed", "clusters", "predictions"):
        result = estimate_partial_information(arrays, labels, method, num_shuffles=0)
        np.testing.assert_allclose(parts(result), [0, 1, 0, 0], atol=1e-6)
