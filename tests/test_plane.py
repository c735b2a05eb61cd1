"""TextPlane: words and bytes as pixels, by hand and against TFIDF."""

import json

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from mm_keras._messages import DataWarning
from mm_keras.text import TFIDF, TextPlane

TEXTS = ["storm hits coast", "storm and wind", "wind and storm and rain", "the goal"]   # storm 3; and, wind 2; others 1


def test_pixels_go_to_the_words_in_most_texts():
    plane = TextPlane(shape=(2, 3)).fit(TEXTS)
    assert plane.words_ == ["storm", "and", "wind", "coast", "goal", "hits"]   # ties by the alphabet
    assert plane.output_shape_ == (2, 3, 1)
    small = TextPlane(shape=(1, 2), stop_words=["and"], min_df=2).fit(TEXTS)
    assert small.words_ == ["storm", "wind"]


@pytest.mark.parametrize("values, expected", [
    ("count", [[[.5], [1], [.5]], [[0], [0], [0]]]),
    ("binary", [[[1], [1], [1]], [[0], [0], [0]]]),
])
def test_counts_by_hand(values, expected):
    plane = TextPlane(shape=(2, 3), values=values, stop_words=["the"]).fit(["a b c", "b c", "b d d"])
    assert plane.words_ == ["b", "c", "a", "d"]
    rows = plane.transform(["b c c a unknown"])
    assert rows.dtype == np.float32 and rows.shape == (1, 2, 3, 1)
    np.testing.assert_array_equal(rows[0], expected)


def test_tfidf_values_are_those_of_tfidf_with_the_largest_at_one():
    plane, tfidf = TextPlane(shape=(3, 4)).fit(TEXTS), TFIDF(norm="max").fit(TEXTS)
    pixels = plane.transform(TEXTS).reshape(len(TEXTS), -1)
    columns = [tfidf.vocabulary_[word] for word in plane.words_]
    assert len(columns) == 8
    np.testing.assert_allclose(pixels[:, :8], tfidf.transform(TEXTS).toarray()[:, columns], rtol=1e-6)
    assert not pixels[:, 8:].any()
    np.testing.assert_array_equal(pixels.max(axis=1), 1)


def test_bytes_by_hand():
    plane = TextPlane(shape=(2, 2), encoding="bytes").fit(TEXTS)
    rows = (plane.transform(["AB", "é雨"]) * 255).round().astype(int)[..., 0]
    assert rows.tolist() == [[[65, 66], [0, 0]], [[0xC3, 0xA9], [0xE9, 0x9B]]]   # "雨" is e9 9b a8: cut
    assert plane.words_ == []


@pytest.mark.parametrize("encoding", ["words", "bytes"])
def test_rows_missing_and_empty(encoding):
    plane = TextPlane(shape=(4, 4), encoding=encoding).fit([*TEXTS, None])
    together = plane.transform(TEXTS)
    assert 0 <= together.min() and together.max() <= 1
    np.testing.assert_array_equal(together, np.concatenate([plane.transform([text]) for text in TEXTS]))
    assert plane.transform([]).shape == (0, 4, 4, 1)
    assert not plane.transform([None]).any()
    with pytest.warns(DataWarning, match=r"^1 sample .*: row 1\.") as caught:
        rows = plane.transform(["storm", " ", None])
    assert len(caught) == 1 and rows[0].any() and not rows[1:].any()
    with pytest.raises(ValueError, match="empty text"):
        clone(plane).set_params(strict=True).fit(TEXTS).transform([""])


@pytest.mark.parametrize("encoding", ["words", "bytes"])
def test_state_is_json_and_arrays(encoding):
    plane = TextPlane(shape=(2, 3), encoding=encoding).fit(TEXTS)
    copy = TextPlane()
    for name, value in vars(plane).items():
        setattr(copy, name, value.copy() if isinstance(value, np.ndarray) else json.loads(json.dumps(value)))
    np.testing.assert_array_equal(copy.transform(TEXTS), plane.transform(TEXTS))


@pytest.mark.parametrize("options, part", [
    ({"shape": (0, 3)}, "shape"), ({"shape": 64}, "shape"), ({"shape": (2.5, 3)}, "shape"),
    ({"encoding": "pixels"}, "bytes"), ({"values": "idf"}, "binary"), ({"min_df": -1}, "min_df"),
    ({"min_df": 5}, "lower min_df"),
])
def test_what_cannot_work_is_explained(options, part):
    with pytest.raises(ValueError, match=part):
        TextPlane(**options).fit(TEXTS)


def test_unfitted_use_and_wrong_input():
    with pytest.raises(NotFittedError):
        TextPlane().transform(TEXTS)
    with pytest.raises(TypeError, match="Received"):
        TextPlane().fit("one text")
    with pytest.raises(TypeError, match="Received"):
        TextPlane(encoding="bytes").fit([]).transform([b"bytes"])
