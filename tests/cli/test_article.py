"""What the article's example prints: the words of a sample, and how a network was trained."""

import keras
import numpy as np
import pytest

import mm_keras as mm
from mm_keras.cli.article import steps
from mm_keras.cli.article.results import describe_training
from mm_keras.datasets import MultimodalData
from mm_keras.training.fit import compile_for

DATA = MultimodalData(
    {"text": ["rain and rain and storm", "a late goal"], "image": np.eye(32)[[[0] * 32, [1] * 32]]},
    [0, 1],
    ["weather", "sports"],
)


class Printed:
    """A console that keeps the lines of the last step."""

    def step(self, title, *lines):
        self.lines = lines


@pytest.mark.parametrize("extractor, words", [
    (mm.text.BagOfWords(), ["and, rain, storm"]),
    (mm.text.Sequence(length=4), []),  # ids of tokens are no weights
])  # fmt: skip
def test_the_strongest_words_are_those_with_the_largest_weights(extractor, words):
    console = Printed()
    features = mm.Features(text=extractor, image=mm.image.HOG(), scale=None)
    steps.extract(console, DATA, features, 0)
    start = "the sample's strongest words: "
    assert [line.partition(start)[2] for line in console.lines if start in line] == words
    assert len(console.lines) == 2 + len(words)
    assert console.lines[0].endswith(" 2 x 6 float32" if words else " 2 x 4 int32")


@pytest.mark.parametrize("options, expected", [
    ({}, "Adam(0.001)"),
    ({"optimizer": "sgd", "learning_rate": 0.2}, "SGD(0.2)"),
    ({"optimizer": "adadelta", "learning_rate": 1.0}, "Adadelta(1.0)"),
])  # fmt: skip
def test_the_optimizer_is_the_one_that_the_options_choose(options, expected):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(2, "softmax")])
    history = {"loss": [1.0, 0.5], "accuracy": [0.5, 0.75]}
    line = describe_training(history, "text", "dense", compile_for(model, "dense", **options), DATA)
    assert f"6 parameters; {expected}, categorical cross-entropy" in line
    assert "2 epochs, loss 1.000 -> 0.500, accuracy 0.750" in line
