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
    data = mm.datasets.make_newsroom(60, seed=0, size=32)
    _, test = data.split(0.2, seed=0)
    first = sorted(map(data.ids.index, test.ids))[:4]  # in the order of the data, as in 0.1.0
    texts, images = ([data[name][row] for row in first] for name in ("text", "image"))
    return {"text": [*texts[:3], None], "image": [*images[:2], None, images[3]]}


@pytest.mark.parametrize("name", EXPECTED)
def test_a_classifier_of_version_0_1_0_gives_the_same_predictions(name, samples, tmp_path):
    classifier = mm.Classifier.load(FOLDER / name)
    assert np.abs(classifier.predict_proba(samples) - EXPECTED[name]).max() < 1e-5
    classifier.save(tmp_path / name)  # saved in the current format
    again = mm.Classifier.load(tmp_path / name)
    assert (again.predict_proba(samples) == classifier.predict_proba(samples)).all()
