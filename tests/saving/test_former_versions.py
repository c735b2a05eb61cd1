"""Classifiers that version 0.1.0 saved are loaded, and predict what they predicted then.

The folders were written by version 0.1.0 with two epochs on `make_newsroom(60, seed=0, size=32)`.
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
def test_a_classifier_of_version_0_1_0_predicts_what_it_predicted_then(name, samples, tmp_path):
    classifier = mm.Classifier.load(FOLDER / name)
    assert np.abs(classifier.predict_proba(samples) - EXPECTED[name]).max() < 1e-5
    classifier.save(tmp_path / name)  # saved anew, it is a classifier of this version
    again = mm.Classifier.load(tmp_path / name)
    assert (again.predict_proba(samples) == classifier.predict_proba(samples)).all()
