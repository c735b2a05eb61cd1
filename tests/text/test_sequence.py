"""Sequence: token ids, by hand and against Keras's TextVectorization."""

import json

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from mm_keras.text import Sequence
from mm_keras.utils.messages import DataWarning

TEXTS = ["Rain, rain and wind!", "Wind: goal (1-0).", "a goal a day", "The sun and the rain."]


def test_ids_by_hand():
    # rain 3; wind, the, goal, and, a 2 each: reverse alphabetical; then sun, day, 1, 0
    sequence = Sequence(length=3).fit(TEXTS)
    assert list(sequence.vocabulary_) == [
        "rain",
        "wind",
        "the",
        "goal",
        "and",
        "a",
        "sun",
        "day",
        "1",
        "0",
    ]
    assert list(sequence.vocabulary_.values()) == list(range(2, 12))
    assert sequence.num_ids_ == 12 and sequence.output_shape_ == (3,)
    rows = sequence.transform(["rain snow wind sun", "goal"])
    assert rows.dtype == np.int32
    assert rows.tolist() == [[2, 1, 3], [5, 0, 0]]


@pytest.mark.parametrize(
    "padding, truncating, expected",
    [
        ("post", "post", [[2, 3], [2, 0]]),
        ("pre", "post", [[2, 3], [0, 2]]),
        ("post", "pre", [[3, 4], [2, 0]]),
        ("pre", "pre", [[3, 4], [0, 2]]),
    ],
)
def test_padding_and_truncating_by_hand(padding, truncating, expected):
    sequence = Sequence(length=2, padding=padding, truncating=truncating).fit(["c b a"])
    assert sequence.transform(["c b a", "c"]).tolist() == expected


@pytest.mark.parametrize("length, max_features", [(3, None), (6, 4), (20, 100)])
def test_equals_keras_text_vectorization(length, max_features):
    import keras

    layer = keras.layers.TextVectorization(
        max_tokens=max_features and max_features + 2, output_sequence_length=length
    )
    plain = [text.replace("-", " ") for text in TEXTS]  # Keras joins "1-0" to "10"
    layer.adapt(plain)
    sequence = Sequence(length=length, max_features=max_features).fit(plain)
    assert ["", "[UNK]", *sequence.vocabulary_] == layer.get_vocabulary()
    new = [*plain, "unknown words and rain", "snow"]
    np.testing.assert_array_equal(sequence.transform(new), np.asarray(layer(new)))


def test_stop_words_and_stems():
    sequence = Sequence(length=3, stop_words=["the"], stem="porter").fit(["the storms the storm"])
    assert sequence.vocabulary_ == {"storm": 2}
    assert sequence.transform(["The storming the sea"]).tolist() == [[2, 1, 0]]


def test_rows_missing_and_empty():
    sequence = Sequence(length=4).fit([*TEXTS, None])
    together = sequence.transform(TEXTS)
    np.testing.assert_array_equal(
        together, np.concatenate([sequence.transform([text]) for text in TEXTS])
    )
    assert sequence.transform([]).shape == (0, 4)
    assert not sequence.transform([None]).any()
    with pytest.warns(DataWarning, match=r"^1 sample .*: row 1\.") as caught:
        rows = sequence.transform(["sun", " ", None])
    assert len(caught) == 1 and rows[0].any() and not rows[1:].any()
    with pytest.raises(ValueError, match="empty text"):
        clone(sequence).set_params(strict=True).fit(TEXTS).transform([""])


def test_state_is_json():
    sequence, copy = Sequence(length=5).fit(TEXTS), Sequence()
    for name, value in json.loads(json.dumps(vars(sequence))).items():
        setattr(copy, name, value)
    np.testing.assert_array_equal(copy.transform(TEXTS), sequence.transform(TEXTS))


@pytest.mark.parametrize(
    "options, message",
    [
        ({"length": 0}, "length"),
        ({"max_features": 0}, "max_features"),
        ({"padding": "left"}, "post"),
        ({"truncating": "left"}, "post"),
        ({"stop_words": ["sun"]}, "vocabulary is empty"),
    ],
)
def test_invalid_parameters(options, message):
    with pytest.raises(ValueError, match=message):
        Sequence(**options).fit(["sun"])


def test_unfitted_use_and_wrong_input():
    with pytest.raises(NotFittedError):
        Sequence().transform(TEXTS)
    with pytest.raises(TypeError, match="Received"):
        Sequence().fit("one text")
