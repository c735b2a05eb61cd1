"""Drawn newsrooms, whose truth is known: the comparison must find it and the report must say it."""

import numpy as np
import pytest

from mm_keras import compare
from mm_keras.comparison.report.write import html_page
from mm_keras.datasets import MultimodalData, make_newsroom
from tests.comparison.compare_example import by_name

EASY = {"clauses": 1, "size": 32, "pixel_noise": 0.02, "seed": 1}


def drawn(num_samples, scheme):
    """A newsroom with a split column: three quarters to train on."""
    data = make_newsroom(num_samples, scheme, **EASY)
    parts = np.where(np.random.default_rng(0).random(num_samples) < 0.75, "train", "test").tolist()
    return MultimodalData(
        data.samples, data.labels, data.class_names, data.ids, {"split": parts}, data.info
    )


def compared(data, contenders):
    return compare(data, contenders, cv="split", num_settings=1, robustness=False, workers=0)


def test_match_only_the_combination_tells():
    data = drawn(1500, "match")
    result = compared(
        data,
        ["majority", "text-logistic", "image-logistic", "both-logistic", "feature-product-dense"],
    )
    found = by_name(result)
    for name in ("text-logistic", "image-logistic", "both-logistic"):  # truth: 0.5, also for a sum
        low, high = found[name]["metrics"]["accuracy"]["interval"]
        assert low <= 0.5 <= high, name
        assert found[name]["versus_majority"]["finding"] == "not distinguishable"
    product = found["feature-product-dense"]
    assert (
        product["metrics"]["accuracy"]["mean"] > 0.75
        and product["versus_best_unimodal"]["finding"] == "better"
    )
    use = product["modality_use"]
    assert (
        abs(use["emap"]["emap_accuracy"] - 0.5) < 0.16 and use["emap"]["drop"] > 0.2
    )  # 100 samples: chance is 0.5 +- 3 x 0.05
    for modality in ("text", "image"):
        assert abs(use["permutation"][modality]["shuffled"] - 0.5) < 0.1
    additive = found["both-logistic"]["modality_use"]["emap"]
    assert additive["drop"] == 0 and additive["interaction_share"] < 1e-9
    split = result["shapley_attribution"]["accuracy"]
    v = split["scores"]
    assert split["values"]["text"] == pytest.approx(
        (v["text"] - v[""] + v["text+image"] - v["image"]) / 2
    )
    assert split["interactions"]["text+image"] == pytest.approx(
        v["text+image"] - v["text"] - v["image"] + v[""]
    )
    told = " ".join(result["verdicts"])
    assert (
        "Fusion (feature-product-dense) is better than" in told and "it uses them together" in told
    )
    assert (
        "text alone 0.500, the image alone 0.500, both 1.000, a sum of what each says alone 0.500"
        in told
    )
    page = html_page(result, data)
    assert "Yes: fusion is better than" in page and "What is possible at all" in page
    row = page[page.index("side by side, logistic regression") :]
    assert (
        "<td>0.500</td>" in row[: row.index("</tr>")]
    )  # the best possible of a sum stands beside the linear model


def test_redundant_both_deserve_half():
    result = compared(
        drawn(480, "redundant"), ["majority", "text-logistic", "image-logistic", "both-logistic"]
    )
    split = result["shapley_attribution"][
        "accuracy"
    ]  # K = 6: (1 - 1/6) / 2 each, interaction -(1 - 1/6)
    assert split["values"] == pytest.approx({"text": 5 / 12, "image": 5 / 12}, abs=0.05)
    assert split["interactions"]["text+image"] == pytest.approx(-5 / 6, abs=0.08)
    assert (
        by_name(result)["both-logistic"]["versus_best_unimodal"]["finding"] == "not distinguishable"
    )


def test_unique_adding_up_is_enough():
    result = compared(
        drawn(600, "unique"), ["majority", "text-logistic", "image-logistic", "both-logistic"]
    )
    found = by_name(result)
    accuracy = {name: one["metrics"]["accuracy"]["mean"] for name, one in found.items()}
    assert accuracy["text-logistic"] == pytest.approx(1 / 2, abs=0.12) and accuracy[
        "image-logistic"
    ] == pytest.approx(1 / 3, abs=0.12)
    assert (
        accuracy["both-logistic"] > 0.95
        and found["both-logistic"]["versus_best_unimodal"]["finding"] == "better"
    )
    emap = found["both-logistic"]["modality_use"]["emap"]
    assert (
        emap["emap_accuracy"] == emap["accuracy"] and emap["interaction_share"] < 1e-9
    )  # a linear model only adds up
    assert any("no more than adding up is seen" in sentence for sentence in result["verdicts"])
    assert (
        result["shapley_attribution"]["bits"]["values"]["text"]
        > result["shapley_attribution"]["bits"]["values"]["image"]
    )
