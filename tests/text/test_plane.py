"""TextPlane: words, topics and bytes as pixels, by hand, against TFIDF and scikit-learn."""

import json

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.decomposition import TruncatedSVD
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.pipeline import make_pipeline

from mm_keras.text import TFIDF, TextPlane
from mm_keras.utils.messages import DataWarning

TEXTS = [
    "storm hits coast",
    "storm and wind",
    "wind and storm and rain",
    "the goal",
]  # storm 3; and, wind 2; others 1
STORIES = [
    "storm hits the coast",
    "storm and wind and rain",
    "the goal of the match",
    "a late goal",
    "rain and wind",
]


def test_pixels_are_given_to_the_words_in_most_texts():
    plane = TextPlane(shape=(2, 3)).fit(TEXTS)
    assert plane.words_ == ["storm", "and", "wind", "coast", "goal", "hits"]  # ties: alphabetical
    assert plane.output_shape_ == (2, 3, 1)
    small = TextPlane(shape=(1, 2), stop_words=["and"], min_df=2).fit(TEXTS)
    assert small.words_ == ["storm", "wind"]


@pytest.mark.parametrize(
    "values, expected",
    [
        ("count", [[[0.5], [1], [0.5]], [[0], [0], [0]]]),
        ("binary", [[[1], [1], [1]], [[0], [0], [0]]]),
    ],
)
def test_counts_by_hand(values, expected):
    plane = TextPlane(shape=(2, 3), values=values, stop_words=["the"]).fit(
        ["a b c", "b c", "b d d"]
    )
    assert plane.words_ == ["b", "c", "a", "d"]
    rows = plane.transform(["b c c a unknown"])
    assert rows.dtype == np.float32 and rows.shape == (1, 2, 3, 1)
    np.testing.assert_array_equal(rows[0], expected)


def test_tfidf_values_are_those_of_tfidf_scaled_to_a_maximum_of_one():
    plane, tfidf = TextPlane(shape=(3, 4)).fit(TEXTS), TFIDF(norm="max").fit(TEXTS)
    pixels = plane.transform(TEXTS).reshape(len(TEXTS), -1)
    columns = [tfidf.vocabulary_[word] for word in plane.words_]
    assert len(columns) == 8
    np.testing.assert_allclose(
        pixels[:, :8], tfidf.transform(TEXTS).toarray()[:, columns], rtol=1e-6
    )
    assert not pixels[:, 8:].any()
    np.testing.assert_array_equal(pixels.max(axis=1), 1)


def test_bytes_by_hand():
    plane = TextPlane(shape=(2, 2), encoding="bytes").fit(TEXTS)
    rows = (plane.transform(["AB", "é雨"]) * 255).round().astype(int)[..., 0]
    assert rows.tolist() == [
        [[65, 66], [0, 0]],
        [[0xC3, 0xA9], [0xE9, 0x9B]],
    ]  # "雨" is e9 9b a8: truncated
    assert plane.words_ == []


@pytest.mark.parametrize("encoding", ["words", "topics", "bytes"])
def test_rows_missing_and_empty(encoding):
    plane = TextPlane(shape=(4, 4), encoding=encoding).fit([*TEXTS, None])
    together = plane.transform(TEXTS)
    assert 0 <= together.min() and together.max() <= 1
    np.testing.assert_array_equal(
        together, np.concatenate([plane.transform([text]) for text in TEXTS])
    )
    assert plane.transform([]).shape == (0, 4, 4, 1)
    assert not plane.transform([None]).any()
    with pytest.warns(DataWarning, match=r"^1 sample .*: row 1\.") as caught:
        rows = plane.transform(["storm", " ", None])
    assert len(caught) == 1 and rows[0].any() and not rows[1:].any()
    with pytest.raises(ValueError, match="empty text"):
        clone(plane).set_params(strict=True).fit(TEXTS).transform([""])


@pytest.mark.parametrize("encoding", ["words", "topics", "bytes"])
def test_state_is_json_and_arrays(encoding):
    plane = TextPlane(shape=(2, 3), encoding=encoding).fit(TEXTS)
    copy = TextPlane()
    for name, value in vars(plane).items():
        setattr(
            copy,
            name,
            value.copy() if isinstance(value, np.ndarray) else json.loads(json.dumps(value)),
        )
    np.testing.assert_array_equal(copy.transform(TEXTS), plane.transform(TEXTS))


@pytest.mark.parametrize(
    "options, message",
    [
        ({"shape": (0, 3)}, "shape"),
        ({"shape": 64}, "shape"),
        ({"shape": (2.5, 3)}, "shape"),
        ({"encoding": "pixels"}, "bytes"),
        ({"values": "idf"}, "binary"),
        ({"min_df": -1}, "min_df"),
        ({"min_df": 5}, "lower min_df"),
    ],
)
def test_invalid_parameters(options, message):
    with pytest.raises(ValueError, match=message):
        TextPlane(**options).fit(TEXTS)


def test_unfitted_use_and_wrong_input():
    with pytest.raises(NotFittedError):
        TextPlane().transform(TEXTS)
    with pytest.raises(TypeError, match="Received"):
        TextPlane().fit("one text")
    with pytest.raises(TypeError, match="Received"):
        TextPlane(encoding="bytes").fit([]).transform([b"bytes"])


def scikit_learn_topics(texts):
    """The topics of the texts by scikit-learn, learned from STORIES."""
    vectorizer = TfidfVectorizer(token_pattern=r"\w+")
    return make_pipeline(vectorizer, TruncatedSVD(2, random_state=0)).fit(STORIES).transform(texts)


def test_topics_are_the_truncated_svd_of_scikit_learn():
    plane = TextPlane(shape=(3, 2), encoding="topics").fit([*STORIES, None])
    gray = plane.transform(STORIES)
    assert gray.shape == (5, 3, 2, 1) and plane.topics_.shape == (2, len(plane.words_))
    np.testing.assert_array_equal(gray, np.repeat(gray[:, :1], 3, axis=1))  # all rows are equal
    z = scikit_learn_topics(STORIES)
    expected = np.clip(0.5 + (z - z.mean(axis=0)) / (6 * z.std(axis=0)), 0, 1)
    np.testing.assert_allclose(gray[:, 0, :, 0], expected, atol=1e-5)
    new = scikit_learn_topics(["the wind and the rain"])
    np.testing.assert_allclose(
        plane.transform(["the wind and the rain"])[0, 0, :, 0],
        np.clip(0.5 + ((new - z.mean(axis=0)) / (6 * z.std(axis=0)))[0], 0, 1),
        atol=1e-5,
    )


def test_texts_without_a_known_word_are_black_and_surplus_topics_gray():
    # two words: two topics
    plane = TextPlane(shape=(1, 6), encoding="topics").fit(["sun", "rain rain", "sun rain"])
    rows = plane.transform(["sun", "snow", None])[:, 0, :, 0]
    assert (
        (rows[0, 2:] == 0.5).all() and np.abs(rows[0, :2] - 0.5).min() > 0.01 and not rows[1:].any()
    )
    assert not plane.topics_[2:].any() and (plane.spread_[2:] == 1).all()


def test_topics_separate_classes_that_few_word_pixels_cannot():
    """Forty words for six pixels, which show words that are in every text."""
    rng = np.random.default_rng(0)
    labels = np.arange(60) % 2
    texts = [
        "a b c d e f " + " ".join(f"{'xy'[label]}{n}" for n in rng.integers(0, 17, 3))
        for label in labels
    ]
    gaps = {}
    for encoding in ("words", "topics"):
        plane = TextPlane(shape=(1, 6), encoding=encoding).fit(texts)
        rows = plane.transform(texts).reshape(60, -1)
        difference = rows[labels == 0].mean(axis=0) - rows[labels == 1].mean(axis=0)
        gaps[encoding] = np.abs(difference).max()
    assert gaps["topics"] > 0.2 and gaps["words"] < 1e-6
