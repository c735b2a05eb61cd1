"""Small data and recording contenders for the tests of the comparison."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

from mm_keras import Features
from mm_keras.comparison.contenders import Contender, Fitted
from mm_keras.datasets import MultimodalData


def small_data(num_samples=60, num_classes=3, seed=0, **columns):
    """Noisy texts that name their class in two of three cases, and images that show it as a bar."""
    rng = np.random.default_rng(seed)
    labels = np.arange(num_samples) % num_classes
    texts = [
        f"{i} "
        + " ".join(
            [f"topic{label}"] * int(rng.random() < 2 / 3)
            + [f"word{w}" for w in rng.integers(0, 50, 4)]
        )
        for i, label in enumerate(labels)
    ]
    images = rng.integers(0, 120, (num_samples, 24, 24), dtype=np.uint8)
    for image, label in zip(images, labels):
        image[6 * label : 6 * label + 4] = 220
    return MultimodalData(
        {"text": texts, "image": images},
        labels,
        [f"class{k}" for k in range(num_classes)],
        columns=columns,
        info={"name": "small"},
    )


class Numbers(BaseEstimator, TransformerMixin):
    """Extracts the number at the start of a text; `fitted_on` records what it was fitted on."""

    fitted_on = []

    def fit(self, texts, labels=None):
        self.fitted_on.append([int(text.split()[0]) for text in texts])
        return self

    def transform(self, texts):
        return np.array([[float(text.split()[0])] for text in texts])


def only_numbers():
    return Features(text=Numbers(), scale=None)


class Spy(Contender):
    """Records its inputs; `answers` (n, K) are its predictions for the sample with each number."""

    title, level, modalities = "spy", "text", ("text",)

    def __init__(self, answers=None, num_classes=3, **attributes):
        self.answers = answers
        self.num_classes = num_classes
        self.trained_on = []
        self.predicted_on = []
        for name, value in attributes.items():
            setattr(self, name, value)

    def fit(self, train, setting, seed):
        self.trained_on.append({name: array.copy() for name, array in train.arrays.items()})
        return Fitted(self._predict, None)

    def _predict(self, arrays):
        self.predicted_on.append({name: array.copy() for name, array in arrays.items()})
        if self.answers is None:
            return np.full(
                (len(next(iter(arrays.values()))), self.num_classes), 1 / self.num_classes
            )
        return self.answers[arrays["text"].astype(int).ravel()]


def answers_right_in(share, labels, num_classes, seed):
    """Probabilities (n, K) that are correct for about this share of the samples."""
    rng = np.random.default_rng(seed)
    predicted = np.where(
        rng.random(len(labels)) < share, labels, rng.integers(0, num_classes, len(labels))
    )
    probabilities = rng.uniform(0.1, 0.3, (len(labels), num_classes))
    probabilities[np.arange(len(labels)), predicted] += rng.uniform(0.4, 1.0, len(labels))
    return (
        (probabilities / probabilities.sum(axis=1, keepdims=True)).astype(np.float32).astype(float)
    )


def by_name(result):
    return {row["name"]: row for row in result["contenders"]}
