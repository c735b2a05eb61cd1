"""SIFT visual words against scikit-image's default SIFT: time per image, error of a classifier."""

import warnings
from functools import partial

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_score

from mm_keras.datasets import load_glyphs
from mm_keras.image import SIFT
from tests.benchmarks._measure import Row, in_turns

CHOICES = {
    "SIFT(), a grid": ({}, 10),
    "SIFT(dense=8)": ({"dense": 8}, None),
    "SIFT(dense=None, upsampling=1)": (
        {"dense": None, "backend": "skimage", "upsampling": 1},
        None,
    ),
    "SIFT(dense=None, backend='opencv')": ({"dense": None, "backend": "opencv"}, 10),
}
# Key points and descriptors of `skimage.feature.SIFT()`.
DEFAULT = {"dense": None, "backend": "skimage"}


def rows(full):
    glyphs = load_glyphs(size=128)
    subset = np.sort(np.random.default_rng(0).permutation(len(glyphs))[: 1_000 if full else 400])
    images, labels = glyphs["image"][subset], glyphs.labels[subset]
    common = np.isin(labels, np.flatnonzero(np.bincount(labels) >= 5))
    images, labels = images[common], labels[common]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about images without key points
        default = SIFT(num_words=128, **DEFAULT).fit(images)
        errors = 1 - accuracy(default.transform(images), labels)
        for name, (settings, required) in CHOICES.items():
            try:
                sift = SIFT(num_words=128, **settings).fit(images)
            except ImportError:
                yield Row(f"{name}: not installed", 0, "")
                continue
            best = in_turns(
                {
                    "ours": partial(sift.transform, images[:24]),
                    "default": partial(default.transform, images[:24]),
                },
                4,
            )
            yield Row(
                f"{name}, 128 px, an image",
                best["ours"] / 24,
                "skimage.feature.SIFT() and the same words",
                best["default"] / 24,
                required,
            )
            yield Row(
                "   error of a linear classifier",
                1 - accuracy(sift.transform(images), labels),
                "the same",
                errors,
                0.95 if name.startswith("SIFT()") else None,
                unit="",
            )


def accuracy(words, labels):
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    return cross_val_score(LogisticRegression(C=100, max_iter=500), words, labels, cv=folds).mean()
