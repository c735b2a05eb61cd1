"""Modality use of models with a known answer: additive, exclusive or, one-sided, redundant."""

import json

import numpy as np
import pytest

from mm_keras.evaluation import modality_use as mm
from mm_keras.evaluation.metrics import accuracy


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def xor_data(copies=25):
    """All four combinations of bits equally often, and their exclusive or as labels."""
    bits = np.tile([[0, 0], [0, 1], [1, 0], [1, 1]], (copies, 1))
    arrays = {"text": bits[:, :1].astype(float), "image": bits[:, 1:].astype(float)}
    return arrays, bits[:, 0] ^ bits[:, 1]


def xor_model(arrays):
    different = np.abs(arrays["text"] - arrays["image"])[:, 0]
    return np.stack([0.9 - 0.8 * different, 0.1 + 0.8 * different], axis=1)


def additive_case(num_samples=40, seed=0):
    rng = np.random.default_rng(seed)
    arrays = {"text": rng.normal(size=(num_samples, 3)), "image": rng.normal(size=(num_samples, 5))}
    weights = {"text": rng.normal(size=(3, 4)), "image": rng.normal(size=(5, 4))}
    logits = lambda a: np.tanh(a["text"]) @ weights["text"] + a["image"] ** 2 @ weights["image"]
    return arrays, logits, rng.integers(4, size=num_samples)


def test_projection_is_the_least_squares_additive_fit():
    grid = np.random.default_rng(0).normal(size=(5, 5))
    rows, columns = np.divmod(np.arange(25), 5)
    design = np.concatenate([np.eye(5)[rows], np.eye(5)[columns]], axis=1)
    fitted = design @ np.linalg.lstsq(design, grid.ravel(), rcond=None)[0]
    np.testing.assert_allclose(mm.additive_projection(grid).ravel(), fitted, atol=1e-12)


def test_emap_of_additive_logits_is_the_model_itself():
    arrays, logits, labels = additive_case()
    grid = mm.pair_grid(lambda a: softmax(logits(a)), arrays, "text")
    centered = logits(arrays) - logits(arrays).mean(axis=1, keepdims=True)
    np.testing.assert_allclose(grid[np.arange(40), np.arange(40)], centered, atol=1e-9)
    np.testing.assert_allclose(mm.additive_projection(grid), grid, atol=1e-9)
    result = mm.emap(lambda a: softmax(logits(a)).astype(np.float32), arrays, labels)
    assert result["drop"] == 0 and result["interaction_share"] < 1e-10
    assert result["accuracy"] == accuracy(labels, softmax(logits(arrays)))


def test_emap_of_exclusive_or_is_chance():
    arrays, labels = xor_data()
    result = mm.emap(xor_model, arrays, labels)
    assert result == {
        "modality": "text",
        "num_samples": 100,
        "accuracy": 1.0,
        "emap_accuracy": 0.5,
        "drop": 0.5,
        "interval": [0.5, 0.5],  # of every sample half is lost: it is a tie
        "interaction_share": pytest.approx(1.0),
    }
    # probabilities of exactly 0 and 1
    hard = mm.emap(lambda a: np.rint(xor_model(a)), arrays, labels)
    assert hard["emap_accuracy"] == 0.5 and np.isfinite(hard["interaction_share"])


def test_interval_of_the_emap_drop_is_that_of_paired_differences():
    """The model is right for all 200 samples; the sum for those whose image shows the label."""
    rng = np.random.default_rng(0)
    text, image = rng.integers(0, 2, (2, 200))
    arrays = {"text": text[:, None], "image": image[:, None]}
    # +3 for an image of 1, and an interaction that is stronger for half of the samples
    logit = lambda a: (
        2 * (a["image"][:, 0] - 0.5) + 6 * (a["text"][:, 0] - 0.5) * (2 * a["image"][:, 0] - 1)
    )
    predict = lambda a: softmax(np.stack([-logit(a), logit(a)], axis=1))
    labels = (logit(arrays) > 0).astype(int)
    result = mm.emap(predict, arrays, labels)
    drop, error = result["drop"], (result["drop"] * (1 - result["drop"]) / 200) ** 0.5
    assert result["accuracy"] == 1 and 0.3 < drop < 0.7
    np.testing.assert_allclose(
        result["interval"], [drop - 1.96 * error, drop + 1.96 * error], atol=0.3 * error
    )
    assert json.loads(json.dumps(result)) == result


def test_emap_of_a_constant_model_is_defined():
    arrays, labels = xor_data()
    result = mm.emap(lambda a: np.full((len(a["text"]), 2), 0.5), arrays, labels)
    assert (result["accuracy"], result["drop"], result["interaction_share"]) == (0.5, 0.0, 0.0)


def test_emap_depends_on_the_seed_but_not_on_the_batch_size():
    arrays, logits, labels = additive_case()
    predict = lambda a: softmax(logits(a) * a["text"][:, :1])
    results = [
        mm.emap(predict, arrays, labels, max_samples=20, batch_size=size)
        for size in (1, 64, 10_000)
    ]
    assert results[0] == results[1] == results[2] and results[0]["num_samples"] == 20
    assert mm.emap(predict, arrays, labels, max_samples=20, seed=1) != results[0]
    assert (
        json.loads(json.dumps(results[0])) == results[0] and results[0]["interaction_share"] > 0.01
    )


def test_emap_of_three_modalities_compares_one_with_the_rest():
    arrays, labels = xor_data()
    arrays = {**arrays, "audio": np.arange(100.0)[:, None]}
    assert mm.emap(xor_model, arrays, labels, modality="image")["drop"] == 0.5
    assert mm.emap(xor_model, arrays, labels, modality="audio")["drop"] == 0.0
    with pytest.raises(ValueError, match="modality=None"):
        mm.emap(xor_model, arrays, labels)


def test_emap_accepts_lists_and_multi_label_targets():
    arrays, labels = xor_data()
    lists = {name: values[:, 0].tolist() for name, values in arrays.items()}
    predict = lambda a: np.array(
        [[0.9, 0.2] if t != v else [0.1, 0.2] for t, v in zip(a["text"], a["image"])]
    )
    targets = np.stack([labels, np.zeros_like(labels)], axis=1)
    result = mm.emap(predict, lists, targets)
    # the first label is at chance, the second always correct
    assert result["accuracy"] == 1.0 and result["emap_accuracy"] == 0.5


def test_permutation_scores_of_exclusive_or_and_of_an_unused_modality():
    arrays, labels = xor_data(copies=250)
    both = mm.permutation_scores(xor_model, arrays, labels)
    for name in ("text", "image"):
        assert both[name]["drop"] == pytest.approx(0.5, abs=0.02) == both[name]["changed"]
    text_bit = arrays["text"][:, 0].astype(int)
    one = mm.permutation_scores(lambda a: np.hstack([1 - a["text"], a["text"]]), arrays, text_bit)
    assert one["image"]["drop"] == one["image"]["changed"] == one["image"]["std"] == 0.0
    assert one["text"]["relative"] == pytest.approx(0.5, abs=0.02)
    assert (
        both == mm.permutation_scores(xor_model, arrays, labels)
        and json.loads(json.dumps(both)) == both
    )


def test_permutation_scores_of_a_redundant_model_are_small_although_all_are_informative():
    rng = np.random.default_rng(0)
    labels = rng.integers(2, size=400)
    arrays = {name: labels[:, None] * 2.0 - 1 for name in ("text", "image", "audio")}
    vote = lambda a: softmax(np.stack([-sum(a.values())[:, 0], sum(a.values())[:, 0]], axis=1))
    drops = mm.permutation_scores(vote, arrays, labels)
    assert all(row["drop"] == 0 for row in drops.values())  # two of three still agree
    assert set(mm.missing_scores(vote, arrays, labels).values()) == {1.0}


def test_missing_modality_is_zero_rows_or_none():
    arrays, labels = xor_data()
    seen = []

    def predict(a):
        seen.append(dict(a))
        return xor_model(arrays)

    mm.missing_scores(predict, {"text": ["a"] * 100, "image": arrays["image"]}, labels)
    assert (
        seen[1]["text"] == [None] * 100
        and seen[1]["image"] is arrays["image"]
        and not seen[2]["image"].any()
    )
    assert mm.missing_scores(xor_model, arrays, labels) == {"none": 1.0, "text": 0.5, "image": 0.5}
    assert mm.subset_scores(xor_model, arrays, labels) == {
        "": 0.5,
        "text": 0.5,
        "image": 0.5,
        "text+image": 1.0,
    }


def test_inputs_are_not_modified():
    arrays, labels = xor_data()
    before = {name: values.copy() for name, values in arrays.items()}
    for function in (mm.emap, mm.permutation_scores, mm.subset_scores, mm.missing_scores):
        function(xor_model, arrays, labels)
    assert all((arrays[name] == before[name]).all() for name in before) and list(arrays) == list(
        before
    )


@pytest.mark.parametrize("num_classes", [2, 4])
def test_shapley_of_redundant_modalities(num_classes):
    chance = 1 / num_classes
    result = mm.shapley({"": chance, "text": 1, "image": 1, "text+image": 1})
    assert result["values"] == {
        "text": pytest.approx((1 - chance) / 2),
        "image": pytest.approx((1 - chance) / 2),
    }
    assert result["interactions"]["text+image"] == pytest.approx(-(1 - chance))


def test_shapley_of_exclusive_or_and_of_independent_bits():
    xor = mm.shapley({"": 0.5, "text": 0.5, "image": 0.5, "text+image": 1})
    assert xor == {"values": {"text": 0.25, "image": 0.25}, "interactions": {"text+image": 0.5}}
    unique = mm.shapley({"": 0.25, "text": 0.5, "image": 0.5, "text+image": 1})
    # there is no interaction, but accuracy suggests one
    assert unique["interactions"]["text+image"] == 0.25
    bits = mm.shapley({"": 0, "text": 1, "image": 1, "image+text": 2})
    assert bits["interactions"] == {"image+text": 0.0} and bits["values"] == {
        "image": 1.0,
        "text": 1.0,
    }


def test_shapley_of_three_sums_to_the_whole_and_equals_all_orders_of_arrival():
    from itertools import combinations, permutations

    rng, names = np.random.default_rng(0), ("text", "image", "audio")
    values = {"+".join(s): rng.random() for size in range(4) for s in combinations(names, size)}
    result = mm.shapley(values)
    score = {frozenset(key.split("+")) - {""}: value for key, value in values.items()}
    for name in names:
        gains = [
            score[frozenset(order[: order.index(name) + 1])]
            - score[frozenset(order[: order.index(name)])]
            for order in permutations(names)
        ]
        assert result["values"][name] == pytest.approx(np.mean(gains))
    assert sum(result["values"].values()) == pytest.approx(values["text+image+audio"] - values[""])
    assert set(result["interactions"]) == {"text+image", "text+audio", "image+audio"}


def test_bits_of_noisy_exclusive_or():
    """Exact proportions of 800 samples of a xor b; the text flips a in 5%, the image b in 10%."""
    flips = [
        (e, g)
        for e, often in ((0, 19), (1, 1))
        for g, share in ((0, 9), (1, 1))
        for _ in range(often * share)
    ]
    rows = [(a ^ b, a ^ e, b ^ g) for a in (0, 1) for b in (0, 1) for e, g in flips]
    labels, text, image = np.array(rows).T
    confidence = 1 - (0.05 + 0.10 - 2 * 0.05 * 0.10)  # 0.86
    posterior = np.where((text ^ image)[:, None] == [0, 1], confidence, 1 - confidence)
    assert accuracy(labels, posterior) == pytest.approx(0.86)
    assert mm.information_bits(labels, posterior) == pytest.approx(0.4158, abs=1e-4)

    def predict(a):
        return np.where((a["text"] ^ a["image"])[:, None] == [0, 1], confidence, 1 - confidence)

    result = mm.emap(predict, {"text": text, "image": image}, labels, max_samples=800)
    assert result["accuracy"] == pytest.approx(0.86) and result["emap_accuracy"] == pytest.approx(
        0.5
    )


def test_bits_of_complementary_modalities():
    """120 samples; class shown by both (.35), text only (.40), image only (.15), neither (.10)."""
    labels = np.repeat(np.arange(6), 20)
    sees_text, sees_image = (
        np.tile([1] * 15 + [0] * 5, 6),
        np.tile([1] * 7 + [0] * 8 + [1] * 3 + [0] * 2, 6),
    )
    posterior = lambda seen: np.where(seen[:, None] > 0, np.eye(6)[labels], 1 / 6)
    for seen, right, bits in (
        (sees_text, 0.7917, 1.9387),
        (sees_image, 0.5833, 1.2925),
        (sees_text | sees_image, 0.9167, 2.3265),
    ):
        probabilities = posterior(seen)
        ties = probabilities == probabilities.max(axis=1, keepdims=True)
        assert (ties[np.arange(120), labels] / ties.sum(axis=1)).mean() == pytest.approx(
            right, abs=1e-4
        )
        assert mm.information_bits(labels, probabilities) == pytest.approx(bits, abs=3e-4)


@pytest.mark.parametrize(
    "both, alone, expected",
    [
        # exclusive or
        (1.0, {"text": 0.5, "image": 0.5}, {"text": 0.5, "image": 0.5, "difference": 0.0}),
        # redundant
        (0.8, {"text": 0.8, "image": 0.8}, {"text": 0.0, "image": 0.0, "difference": 0.0}),
        # only the text contributes
        (1.0, {"text": 1.0, "image": 0.25}, {"text": 0.75, "image": 0.0, "difference": 0.75}),
        (0.0, {"text": 0.0, "image": 0.0}, {"text": 0.0, "image": 0.0, "difference": 0.0}),
    ],
)
def test_conditional_utilization(both, alone, expected):
    assert mm.conditional_utilization(both, alone) == expected


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: mm.emap(xor_model, {"text": np.zeros(3)}, [0, 1, 0]), "two modalities"),
        (
            lambda: mm.emap(xor_model, {"text": np.zeros(3), "image": np.zeros(2)}, [0, 1, 0]),
            "one sample per label",
        ),
        (lambda: mm.permutation_scores(xor_model, *xor_data(), num_permutations=0), "at least 1"),
        (lambda: mm.shapley({"": 0, "text": 1, "text+image": 1}), "image"),
        (lambda: mm.shapley({}), "Missing"),
        (lambda: mm.conditional_utilization(1.0, {"text": 1.0}), "two modalities"),
        (lambda: mm.information_bits([[0, 1]], [[0.5, 0.5]]), "one class per sample"),
    ],
)
def test_invalid_input_is_rejected(call, message):
    with pytest.raises(ValueError, match=message):
        call()
