"""Words and columns that reveal a class without exception, and those that nearly do."""

import numpy as np
import pytest

from mm_keras.evaluation.modality_use import giveaway_columns, giveaway_words

LABELS = np.repeat([0, 1, 2], 12)
TEXTS = [
    f"report {i} of the day {['Wetter', 'goal goal', 'price'][label]}"
    for i, label in enumerate(LABELS)
]


def test_word_in_all_texts_of_a_class_and_in_no_other():
    assert giveaway_words(TEXTS, LABELS) == [
        {"class": 0, "name": "wetter", "num_samples": 12},
        {"class": 1, "name": "goal", "num_samples": 12},
        {"class": 2, "name": "price", "num_samples": 12},
    ]


def test_one_exception_is_enough():
    texts = TEXTS.copy()
    texts[0] = "no such word"  # in its own class
    texts[13] += " price"  # in another class
    assert [row["name"] for row in giveaway_words(texts, LABELS)] == ["goal"]


def test_missing_texts_are_ignored_and_small_classes_not_judged():
    texts = [*TEXTS[:20], None, "", "  ", None, *TEXTS[24:]]
    names = [row["name"] for row in giveaway_words(texts, LABELS)]
    assert names == ["wetter", "price"]  # of class 1, 8 texts are left
    assert [row["name"] for row in giveaway_words(texts, LABELS, min_count=8)] == [
        "wetter",
        "goal",
        "price",
    ]
    assert giveaway_words([None] * 36, LABELS) == [] == giveaway_words(["!"] * 36, LABELS)
    assert giveaway_words(["one class"] * 12, np.zeros(12, int)) == []


def test_column_whose_numbers_are_apart():
    rows = np.random.default_rng(0).normal(size=(36, 3))
    rows[:, 1] = LABELS == 1
    rows[:, 2] = np.where(LABELS == 2, np.nan, 0)
    found = giveaway_columns(rows, LABELS, ["a", "b", "c"])
    assert found == [{"class": 1, "name": "b", "num_samples": 12}]
    rows[0, 1] = 1  # touches
    assert giveaway_columns(rows, LABELS) == []


def test_several_labels_are_refused():
    with pytest.raises(ValueError, match="one class per sample"):
        giveaway_words(["a", "b"], np.eye(2, dtype=int))
