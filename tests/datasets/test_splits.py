"""The column "split": its names, and what is said about samples that are left out."""

import warnings

import numpy as np
import pytest

from mm_keras.comparison.protocol import drop_unassigned
from mm_keras.comparison.splits import own_split
from mm_keras.datasets import MultimodalData, load_pairs
from mm_keras.datasets.splits import find_split_column, split_rows, train_and_test
from mm_keras.utils.messages import DataWarning

TRAIN = ["train", "Training", " TRN ", "train_set", "train2017", "fit", "trainval", "训练集"]
VALIDATION = ["val", "valid", "Validation", "dev", "development", "VAL ", "validation-set", "tune"]
TEST = ["test", "Testing", "test set", "tst", "eval", "Evaluation", "holdout", "hold-out", "测试"]


def with_split(values, labels=None):
    labels = np.arange(len(values)) % 2 if labels is None else labels
    return MultimodalData(
        {"text": ["t"] * len(values)},
        labels,
        ["a", "b", "c"][: max(labels) + 1],
        columns={"split": values},
    )


def parts_of(data):
    """((train ids, test ids), warnings)."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        train, test = train_and_test(data)
    return (train.ids, test.ids), [str(warning.message) for warning in caught]


@pytest.mark.parametrize(
    "part, names", [("train", TRAIN), ("validation", VALIDATION), ("test", TEST)]
)
def test_all_usual_names_are_known(part, names):
    for name in names:
        assert getattr(split_rows([name, "unused"]), part).tolist() == [0], name


def test_eval_is_for_validation_beside_test():
    assert split_rows(["train", "eval", "test"]).validation.tolist() == [1]
    assert split_rows(["train", "dev", "eval"]).test.tolist() == [2]


@pytest.mark.parametrize("value", ["", None, float("nan"), "unused", "0", 3, "te st x", "contest"])
def test_other_values_belong_to_no_part(value):
    assert split_rows([value]).others.tolist() == [0]


def test_validation_samples_are_training_samples_and_this_is_reported():
    values = ["train"] * 8 + ["val"] * 8 + ["test"] * 8
    (train, test), messages = parts_of(with_split(values))
    assert train == list(map(str, range(16))) and test == list(map(str, range(16, 24)))
    assert len(messages) == 1 and "8 samples had a split for validation" in messages[0]
    assert "They are training samples too: 8 + 8" in messages[0]


def test_what_is_left_out_is_reported_with_counts():
    values = ["train"] * 4 + ["test"] * 4 + ["extra"] * 3 + [""]
    (train, test), messages = parts_of(with_split(values))
    assert len(train) == len(test) == 4 and len(messages) == 1
    assert "4 samples had a split other than" in messages[0]
    assert "'extra' (3), empty (1). They are left out" in messages[0]


@pytest.mark.parametrize("values", [["train"] * 6 + ["val"] * 6, ["1", "2"] * 6, [""] * 12])
def test_a_column_that_cannot_be_used_is_reported(values):
    data = with_split(values)
    (train, test), messages = parts_of(data)
    assert [train, test] == [part.ids for part in data.split(shuffle=False)]
    assert len(messages) == 1 and "12 samples had a column 'split' that is not used" in messages[0]


def test_plain_splits_need_no_words():
    assert parts_of(with_split(["train", "train", "test", "test"])) == (
        (["0", "1"], ["2", "3"]),
        [],
    )


def test_data_without_labels_are_split_by_the_column_or_at_random():
    texts = {"text": list("abcdefgh")}
    with pytest.raises(ValueError, match="Training needs labels"):
        train_and_test(MultimodalData(texts))
    train, test = train_and_test(MultimodalData(texts), 0.25, seed=3, needs_labels=False)
    again = train_and_test(MultimodalData(texts), 2, seed=3, needs_labels=False)[1]
    assert (len(train), len(test)) == (6, 2) and again.ids == test.ids
    assert sorted(train["text"] + test["text"]) == texts["text"]
    columns = {"split": ["test"] * 3 + ["train"] * 5}
    train, test = train_and_test(MultimodalData(texts, columns=columns), needs_labels=False)
    assert test["text"] == ["a", "b", "c"] and len(train) == 5
    with pytest.raises(ValueError, match="Cannot split 8 samples with test_size=8"):
        train_and_test(MultimodalData(texts), 8, needs_labels=False)


def test_training_samples_of_one_class_are_refused():
    with pytest.raises(ValueError, match="2 training samples, all of class 'a'; none of b"):
        train_and_test(with_split(["train", "test"] * 2))
    with pytest.raises(ValueError, match="all of class 'a'."):
        train_and_test(MultimodalData({"text": ["t"] * 8}, [0] * 8, ["a"]))


def test_a_class_only_in_the_test_part_is_reported():
    data = with_split(["train"] * 4 + ["test"] * 4, [0, 1, 0, 1, 2, 0, 2, 1])
    with pytest.warns(
        DataWarning, match=r"2 samples for testing had .*: 4, 6. .* predict: c \(2\)"
    ):
        train_and_test(data)


def test_the_comparison_reads_the_column_likewise():
    values = ["Training", "development", "hold-out", "unused"] * 10
    data, note = drop_unassigned(with_split(values))
    split = own_split(data.columns["split"], data.labels)
    assert "10 samples were left out: their split is 'unused'" in note
    assert (len(split.train), len(split.test), len(split.inner[1])) == (20, 10, 10)
    with pytest.warns(DataWarning):
        train, test = train_and_test(with_split(values, np.arange(40) // 20))
    assert data[split.train].ids == train.ids and data[split.test].ids == test.ids


@pytest.mark.parametrize("name", ["Split", "SPLIT", "sPlit"])
def test_a_split_column_in_other_case_is_found_and_reported(name, tmp_path):
    values = ["train", "train", "train", "train", "test", "test"]
    data = MultimodalData({"text": ["t"] * 6}, [0, 1] * 3, ["a", "b"], columns={name: values})
    (train, test), messages = parts_of(data)
    assert (train, test) == (["0", "1", "2", "3"], ["4", "5"])
    assert len(messages) == 1 and "is used as the column 'split'" in messages[0]
    with pytest.warns(DataWarning, match="is used as the column 'split'"):
        assert len(drop_unassigned(data)[0]) == 6
    lines = "".join(f"t{i},{'ab'[i % 2]},{value}\n" for i, value in enumerate(values))
    (tmp_path / "p.csv").write_text(f"text,label,{name}\n{lines}", encoding="utf-8")
    with pytest.warns(DataWarning, match="is used as the column 'split'"):
        data = load_pairs(tmp_path / "p.csv", image=None)
    assert data.columns["split"] == values


def test_an_exact_split_column_comes_first():
    columns = {"Split": ["a", "b"], "split": ["train", "test"]}
    assert find_split_column(columns) == "split"
    assert find_split_column({"Split": [], "SPLIT": []}) is None


@pytest.mark.parametrize("name", ["subset", "Partition", "set", "fold"])
def test_another_column_with_names_of_splits_is_reported(name):
    values = ["train", "train", "val", "train", "test", "train", "test", "train"]
    data = MultimodalData({"text": ["t"] * 8}, [0, 1] * 4, ["a", "b"], columns={name: values})
    _, messages = parts_of(data)
    assert len(messages) == 1 and f"not used: {name!r}. Pass split={name!r}" in messages[0]
    values = ["train", "bus", "val", "train", "test", "train", "test", "train"]
    data = MultimodalData({"text": ["t"] * 8}, [0, 1] * 4, ["a", "b"], columns={name: values})
    assert parts_of(data)[1] == []
