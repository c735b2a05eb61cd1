"""Classifiers saved by version 0.1.0 can be loaded and give the same predictions.

The folders were written by version 0.1.0 after two epochs on `make_newsroom(60, seed=0, size=32)`.
"""

import json
from pathlib import Path

import numpy as np
import pytest

import mm_keras as mm

FOLDER = Path(__file__).parent / "fixtures" / "classifiers_0.1.0"
EXPECTED = json.loads((FOLDER / "expected.json").read_text())


@pytest.fixture(scope="module")
def samples():
    _, test = mm.datasets.make_newsroom(60, seed=0, size=32).split(0.2, seed=0)
    return {
        "text": [*test["text"][:3], None],
        "image": [*test["image"][:2], None, test["image"][3]],
    }


@pytest.mark.parametrize("name", EXPECTED)
def test_a_classifier_of_version_0_1_0_gives_the_same_predictions(name, samples, tmp_path):
    classifier = mm.Classifier.load(FOLDER / name)
    assert np.abs(classifier.predict_proba(samples) - EXPECTED[name]).max() < 1e-5
    classifier.save(tmp_path / name)  # saved in the current format
    again = mm.Classifier.load(tmp_path / name)
    assert (again.predict_proba(samples) == classifier.predict_proba(samples)).all()
