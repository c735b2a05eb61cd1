"""Generated newsrooms, whose best possible accuracies are known, must give matching results."""

import numpy as np
import pytest

from mm_keras import compare
from mm_keras.comparison.report.write import html_page
from mm_keras.datasets import MultimodalData, make_newsroom
from tests.comparison.compare_example import by_name

EASY = {"clauses": 1, "size": 32, "pixel_noise": 0.02, "seed": 1}


def drawn(num_samples, scheme):
    """A newsroom with a split column: three quarters are training samples."""
    data = make_newsroom(num_samples, scheme, **EASY)
    split = np.where(np.random.default_rng(0).random(num_samples) < 0.75, "train", "test").tolist()
    return MultimodalData(
        data.samples, data.labels, data.class_names, data.ids, {"split": split}, data.info
    )


def compared(data, contenders):
    return compare(data, contenders, cv="split", num_settings=1, robustness=False, workers=0)


def test_match_needs_both_modalities():
    data = drawn(1500, "match")
    result = compared(
        data,
        ["majority", "text-logistic", "image-logistic", "both-logistic", "feature-product-dense"],
    )
    found = by_name(result)
    # Best possible accuracy: 0.5, also for an additive model.
    for name in ("text-logistic", "image-logistic", "both-logistic"):
        low, high = found[name]["metrics"]["accuracy"]["interval"]
        assert low <= 0.5 <= high, name
        assert found[name]["versus_majority"]["finding"] == "not distinguishable"
    product = found["feature-product-dense"]
    assert (
        product["metrics"]["accuracy"]["mean"] > 0.75
        and product["versus_best_unimodal"]["finding"] == "better"
    )
    use = product["modality_use"]
    # On 100 samples, chance is 0.5 +- 3 x 0.05.
    assert abs(use["emap"]["emap_accuracy"] - 0.5) < 0.16 and use["emap"]["drop"] > 0.2
    for modality in ("text", "image"):
        assert abs(use["permutation"][modality]["shuffled"] - 0.5) < 0.1
    additive = found["both-logistic"]["modality_use"]["emap"]
    assert additive["drop"] == 0 and additive["interaction_share"] < 1e-9
    attribution = result["shapley_attribution"]["accuracy"]
    v = attribution["scores"]
    assert attribution["values"]["text"] == pytest.approx(
        (v["text"] - v[""] + v["text+image"] - v["image"]) / 2
    )
    assert attribution["interactions"]["text+image"] == pytest.approx(
        v["text+image"] - v["text"] - v["image"] + v[""]
    )
    text = " ".join(result["verdicts"])
    assert "Fusion (feature-product-dense) is better than" in text
    assert ": it uses interactions between the modalities." in text
    assert "text alone 0.500, image alone 0.500, both 1.000, additive model 0.500." in text
    page = html_page(result, data)
    assert "Yes: fusion is better than" in page and "Best possible accuracy" in page
    row = page[page.index("concatenated, logistic regression") :]
    # The row of the linear model shows the best possible accuracy of an additive model.
    assert "<td>0.500</td>" in row[: row.index("</tr>")]


def test_redundant_modalities_contribute_half_each():
    result = compared(
        drawn(480, "redundant"), ["majority", "text-logistic", "image-logistic", "both-logistic"]
    )
    # With K = 6 classes, (1 - 1/6) / 2 for each modality and an interaction of -(1 - 1/6).
    attribution = result["shapley_attribution"]["accuracy"]
    assert attribution["values"] == pytest.approx({"text": 5 / 12, "image": 5 / 12}, abs=0.05)
    assert attribution["interactions"]["text+image"] == pytest.approx(-5 / 6, abs=0.08)
    assert (
        by_name(result)["both-logistic"]["versus_best_unimodal"]["finding"] == "not distinguishable"
    )


def test_unique_needs_no_interactions():
    result = compared(
        drawn(600, "unique"), ["majority", "text-logistic", "image-logistic", "both-logistic"]
    )
    found = by_name(result)
    accuracy = {name: one["metrics"]["accuracy"]["mean"] for name, one in found.items()}
    assert accuracy["text-logistic"] == pytest.approx(1 / 2, abs=0.12)
    assert accuracy["image-logistic"] == pytest.approx(1 / 3, abs=0.12)
    assert (
        accuracy["both-logistic"] > 0.95
        and found["both-logistic"]["versus_best_unimodal"]["finding"] == "better"
    )
    emap = found["both-logistic"]["modality_use"]["emap"]
    # A linear model has no interactions.
    assert emap["emap_accuracy"] == emap["accuracy"] and emap["interaction_share"] < 1e-9
    assert any("no evidence that it uses interactions" in text for text in result["verdicts"])
    assert (
        result["shapley_attribution"]["bits"]["values"]["text"]
        > result["shapley_attribution"]["bits"]["values"]["image"]
    )
