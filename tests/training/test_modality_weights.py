"""The weight of each modality where features are concatenated."""

import numpy as np
import pytest

from mm_keras import Classifier, Features
from mm_keras.datasets import MultimodalData
from mm_keras.image import Pixels
from mm_keras.text import BagOfWords
from mm_keras.training import train_cell
from mm_keras.training.modality_weights import LOW_WEIGHT, weightings

NOISE = np.random.default_rng(0)
LABELS = NOISE.integers(0, 2, 600)
WORDS = np.where(NOISE.random(600) < 0.9, LABELS, 1 - LABELS)
DATA = MultimodalData(  # the words say most, the images nothing
    {
        "text": [("rain", "goal")[word] for word in WORDS],
        "image": NOISE.integers(0, 256, (600, 8, 8), dtype=np.uint8),
    },
    LABELS,
    ["weather", "sport"],
)


@pytest.fixture(autouse=True)
def quick(few_epochs):
    """Short training in all tests."""


def features():
    return Features(text=BagOfWords(), image=Pixels(size=8), scale="block")


def trained(head="linear", **options):
    return train_cell(DATA, "feature", "concat", head, features=features(), epochs=30, **options)


@pytest.mark.parametrize("head", ["linear", "dense"])
def test_a_modality_of_noise_gets_the_low_weight(head):
    assert trained(head).modality_weights == {"text": 1.0, "image": LOW_WEIGHT}


def test_the_weights_are_part_of_the_saved_features(tmp_path):
    cell = trained(modality_weights={"image": 0.3})
    plain = features().fit_transform(DATA)
    weighed = cell.classifier.features.transform(DATA)
    np.testing.assert_allclose(weighed["image"], 0.3 * plain["image"], atol=1e-6)
    np.testing.assert_array_equal(weighed["text"], plain["text"])
    p = cell.classifier.predict_proba(DATA)
    cell.classifier.save(tmp_path / "classifier")
    again = Classifier.load(tmp_path / "classifier")
    np.testing.assert_array_equal(again.predict_proba(DATA), p)
    assert np.mean(p.argmax(axis=1) == LABELS) > 0.8  # trained on the same rows as it predicts from


def test_without_weights_all_modalities_count_equally():
    cell = trained(modality_weights=None)
    np.testing.assert_array_equal(
        cell.classifier.features.transform(DATA)["image"], features().fit_transform(DATA)["image"]
    )
    assert cell.modality_weights == {"text": 1.0, "image": 1.0}


def test_each_modality_is_low_once():
    assert weightings(["text", "image"]) == [
        {"text": 1.0, "image": 1.0},
        {"text": 1.0, "image": LOW_WEIGHT},
        {"text": LOW_WEIGHT, "image": 1.0},
    ]


def test_unsuitable_weights_are_refused_before_training():
    with pytest.raises(ValueError, match=r"keys text, image.*Received: 'sound'"):
        trained(modality_weights={"sound": 0.3})
    with pytest.raises(ValueError, match="greater than 0. Received: 0"):
        trained(modality_weights={"image": 0})
    with pytest.raises(ValueError, match="operator='concat'. Received: level='feature'"):
        train_cell(DATA, "feature", "product", "dense", modality_weights={"image": 0.3})
