"""Cells of a label column: lists, spellings that look alike, invisible characters."""

import numpy as np
import pytest

from mm_keras.datasets import load_pairs
from mm_keras.datasets.pairs.labels import clean_name, note_on_look_alikes, read_labels
from mm_keras.utils.messages import DataWarning


def names_in(cells, separator=None):
    """(names per cell, multi-label, reported lines)."""
    names, multi_label, notes = read_labels(cells, range(2, len(cells) + 2), "label", separator)
    return names, multi_label, [note[0] for note in notes]


@pytest.mark.parametrize(
    "cell",
    [
        "['Drama', 'Comedy']",
        '["Drama", "Comedy"]',
        "['Drama' 'Comedy']",
        "['Drama'\n 'Comedy']",
        "('Drama', 'Comedy')",
        "{'Drama', 'Comedy'}",
        "[Drama, Comedy]",
        " [ 'Drama' , \"Comedy\", None ] ",
        "[u'Drama', u'Comedy']",
        "['Drama', 'Drama', ' Comedy\u200b']",
    ],
)
@pytest.mark.parametrize("separator", [None, ",", "|"])
def test_lists_are_read_as_the_names_in_them(cell, separator):
    names, multi_label, notes = names_in([cell, "['Drama']", "[]", ""], separator)
    assert list(map(sorted, names)) == [["Comedy", "Drama"], ["Drama"], [], []]
    assert multi_label and notes[0] == ["line 2", "line 3"] and notes[1] == []


def test_apostrophes_and_commas_in_lists():
    cells = ['["it\'s", "a, b"]', "['say \"x\"', 'it\\'s']"]
    assert names_in(cells)[0] == [["it's", "a, b"], ['say "x"', "it's"]]


def test_lists_of_one_name_are_classes():
    assert names_in(["['a']", "['b']"]) == ([["a"], ["b"]], False, [["line 2", "line 3"], []])


def test_brackets_may_be_part_of_a_name():
    cells = ["[other]", "sports", "a (b)", "(unknown)"]
    assert names_in(cells) == ([[cell] for cell in cells], False, [[], []])
    assert names_in(["sports", "[a, b]"])[2] == [[], ["line 3"]]
    assert names_in(["sports", "['a', 'b']"])[0] == [["sports"], ["a", "b"]]


@pytest.mark.parametrize("cells", [["[0, 1]", "[1, 0]"], ["[0. 1. 0.]", "[1. 0. 0.]"]])
def test_lists_of_0_and_1_are_refused(cells):
    with pytest.raises(ValueError, match="needs class names. Received: lists of [23] numbers"):
        names_in(cells)


def test_names_without_what_cannot_be_seen():
    for cell in ("New\u00a0York", "New York\u200b", "\ufeffNew  York", " New\u2009York\u00ad\t"):
        assert clean_name(cell) == "New York"
    assert clean_name("\u200b \u00a0") == ""
    assert clean_name("👩\u200d🚒") == "👩\u200d🚒"


@pytest.mark.parametrize(
    "one, two",
    [
        ("1", "1.0"),
        ("1", "01"),
        ("True", "TRUE"),
        ("e-mail", "E mail"),
        ("sport", "Sport."),
        ("1,5", "1.5"),
        ("ﬁlm", "film"),
        ("A\u2013B", "A-B"),
    ],  # fmt: skip
)
def test_labels_that_look_alike_stay_apart_and_are_reported(tmp_path, one, two):
    rows = "".join(f'a,"{name}"\n' for name in [one, one, two, two, one, "other", "other"])
    (tmp_path / "pairs.csv").write_text(f"text,label\n{rows}", encoding="utf-8")
    with pytest.warns(DataWarning, match="2 samples had a label that differs .* line 4, line 5"):
        data = load_pairs(tmp_path, image=None, strict=True)
    assert sorted(data.class_names) == sorted([one, two, "other"])
    assert np.bincount(data.labels).max() == 3


@pytest.mark.parametrize("names", [["C", "C++", "C#"], ["1", "2"], ["10", "1.1"], ["-", "?", "!"]])
def test_other_labels_are_not_reported(names):
    assert note_on_look_alikes([[name] for name in names], range(9))[0] == []


@pytest.mark.parametrize(
    "cells, separator",
    [
        (["1|0|0", "0|1|0"], "|"),
        (["1 0 0", "0 1 0"], " "),
        (["0;1", "", "1;0"], ";"),
        (["1.0, 0.0", "0.0, 0.0"], ","),
        (["True|False", "False|False"], "|"),
        (["[1 0]", "[]", "[0 1]"], None),
        (["[1, 0]", "[]", "[0, 1]"], "|"),
    ],
)
def test_zeros_and_ones_are_not_names(cells, separator):
    with pytest.raises(ValueError, match="numbers 0 and 1"):
        read_labels(cells, range(len(cells)), "label", separator)


def test_numbers_may_be_names_if_cells_differ_in_length():
    names, _, _ = read_labels(["0|1", "1", "0"], [2, 3, 4], "label", "|")
    assert names == [["0", "1"], ["1"], ["0"]]


@pytest.mark.parametrize("minus", ["\u2212", "\u2013", "\uff0d", "\ufe63"])
def test_numbers_with_other_minus_signs_look_alike(minus):
    names = [["-1"], ["-1"], [f"{minus}1"], ["1"]]
    assert note_on_look_alikes(names, [2, 3, 4, 5])[0] == ["line 4"]
