"""Curves of missing modalities: ends, straight lines, and orders of samples, all by hand."""

import json

import numpy as np
import pytest

from mm_keras.datasets import MultimodalData
from mm_keras.evaluation.modality_use import missing_scores
from mm_keras.evaluation.robustness import missing_curves

# Text and image show class 0 or 1, each in other samples; no modality: class 0 is guessed.
LABELS = np.array([0, 0, 0, 0, 1, 1, 1, 1])
ARRAYS = {
    "text": np.eye(2)[LABELS] * np.array([4, 4, 0, 0, 3, 3, 0, 0])[:, None],
    "image": np.eye(2)[LABELS] * np.array([0, 0, 2, 2, 0, 0, 2, 2])[:, None],
}


def predict(arrays):
    powers = np.exp(arrays["text"] + arrays["image"] + [0.1, 0])
    return powers / powers.sum(axis=1, keepdims=True)


def curve(mechanism, rates=(0, 0.25, 0.5, 0.75, 1), **options):
    (result,) = missing_curves(predict, ARRAYS, LABELS, ["text"], mechanism, rates, **options)
    return result


def test_ends_are_the_scores_with_and_without_the_modality():
    scores = missing_scores(predict, ARRAYS, LABELS)
    curves = missing_curves(predict, ARRAYS, LABELS)
    assert [(c["modality"], c["mechanism"]) for c in curves] == [
        (name, how) for name in ("text", "image") for how in ("random", "class", "value")
    ]
    for result in curves:
        ends = (scores["none"], scores[result["modality"]])
        assert (result["scores"][0], result["scores"][-1]) == ends == (1.0, 0.75)
        assert result["low"][-1] == result["high"][-1] == 0.75
    assert json.loads(json.dumps(curves)) == curves


def test_at_random_the_accuracy_falls_on_a_straight_line():
    result = curve(["random"], num_draws=2000)
    np.testing.assert_allclose(result["scores"], np.linspace(1, 0.75, 5), atol=0.01)
    assert result["low"][2] == 0.75 and result["high"][2] == 1  # 2 of 8 samples need the text
    assert result["area"] == pytest.approx(0.875, abs=0.01)
    assert result["retained"] == result["area"]


def test_whole_classes_lose_the_modality_one_after_the_other():
    result = curve(["class"])
    # class 0 is guessed anyway: it matters which class is first
    assert result["low"][2] == 0.75 and result["high"][2] == 1
    at_half = [curve(["class"], [0.5], num_draws=1, seed=seed)["scores"][0] for seed in range(9)]
    assert set(at_half) == {0.75, 1.0}


def test_the_samples_of_which_the_modality_says_most_are_first():
    result = curve(["value"])  # the texts of 4 (class 0), of 3 (class 1), then the empty ones
    assert result["scores"] == result["low"] == result["high"] == [1, 1, 0.75, 0.75, 0.75]
    assert result["area"] == 0.84375  # (0.5 + 1 + 0.875 ... ) / 4 by the trapezoidal rule


def test_own_numbers_order_the_samples():
    last_first = np.arange(8)
    assert curve({"late": last_first})["scores"] == [1, 1, 0.75, 0.75, 0.75]
    assert curve({"early": -last_first})["scores"] == [1, 1, 1, 0.75, 0.75]


def test_raw_samples_become_none_and_arrays_zero():
    received = []

    def model(samples):
        received.append(samples)
        return np.full((2, 2), 0.5)

    images = np.ones((2, 4, 4), np.uint8)
    data = MultimodalData({"text": ["a", "b"], "image": images}, [0, 1], class_names=["x", "y"])
    missing_curves(model, data, mechanisms="random", num_draws=1)
    assert received[1]["text"] == [None, None] and received[2]["image"] == [None, None]
    missing_curves(model, {"image": images}, [0, 1], mechanisms="random", num_draws=1)
    assert not received[-1]["image"].any()


def test_labels_may_be_several():
    rows = np.eye(2, dtype=int)[LABELS]
    curves = missing_curves(predict, ARRAYS, rows, mechanisms=["random", "value"], num_draws=2)
    assert curves[0]["scores"][0] == 1.0


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: missing_curves(predict, ARRAYS, LABELS, ["sound"]), "Received: sound; the data"),
        (lambda: curve(["often"]), "mechanisms must be some of random, class, value"),
        (lambda: curve([]), "mechanisms must be"),
        (lambda: curve({"dark": [1, 2]}), "one finite number for each of the 8 samples"),
        (lambda: curve(["random"], [0.5, 0.2]), "strictly increasing"),
        (lambda: curve(["random"], [0, 2]), "between 0 and 1"),
        (lambda: curve(["random"], num_draws=0), "num_draws=0"),
        (lambda: missing_curves(predict, ARRAYS, np.eye(2, dtype=int)[LABELS]), "multi-label"),
    ],
)
def test_invalid_input_is_rejected(call, message):
    with pytest.raises(ValueError, match=message):
        call()
