"""Folds, groups, the data's own split, the inner validation split, and the data's fingerprint."""

from types import SimpleNamespace

import numpy as np
import pytest
from sklearn.model_selection import (
    GroupKFold,
    KFold,
    PredefinedSplit,
    RepeatedStratifiedKFold,
    ShuffleSplit,
    StratifiedGroupKFold,
    StratifiedKFold,
    TimeSeriesSplit,
)

from mm_keras.comparison.splits import (
    StratifiedFolds,
    classes_of,
    fingerprint,
    first_rows,
    folds_of,
    make_splits,
    own_split,
)
from mm_keras.datasets import MultimodalData

LABELS = np.arange(60) % 3


def test_folds_are_those_of_scikit_learn_and_cover_every_sample_once_per_repeat():
    splits = make_splits(LABELS, StratifiedFolds(4, 2, 5), seed=5)
    assert [(split.number, split.repeat, split.fold) for split in splits] == [
        (4 * r + f, r, f) for r in range(2) for f in range(4)
    ]
    for repeat in range(2):
        expected = StratifiedKFold(4, shuffle=True, random_state=5 + repeat).split(LABELS, LABELS)
        for split, (train, test) in zip(splits[4 * repeat :], expected):
            np.testing.assert_array_equal(split.train, train)
            np.testing.assert_array_equal(split.test, test)
            assert np.bincount(LABELS[split.test]).tolist() == [5, 5, 5]
    assert not np.array_equal(
        splits[0].test, splits[4].test
    )  # different folds in the second repeat


def test_the_inner_split_divides_the_training_samples_by_class():
    for split in make_splits(LABELS, StratifiedFolds(3)):
        validation = split.inner[1]
        assert sorted(np.concatenate(split.inner).tolist()) == list(range(len(split.train)))
        assert len(validation) == len(split.train) // 5
        assert len(set(LABELS[split.train[validation]])) == 3


def test_groups_stay_together_also_within_the_training_samples():
    groups = np.random.default_rng(0).integers(0, 12, len(LABELS))
    for split in make_splits(LABELS, StratifiedFolds(3), groups=groups):
        assert not set(groups[split.train]) & set(groups[split.test])
        train_groups = groups[split.train]
        assert not set(train_groups[split.inner[0]]) & set(train_groups[split.inner[1]])


@pytest.mark.parametrize("groups", [None, np.arange(30) // 3])
def test_classes_smaller_than_the_number_of_folds_are_spread(groups):
    # Ten classes of three samples and five folds: scikit-learn refuses.
    classes = np.repeat(np.arange(10), 3)
    folds = folds_of(classes, 5, seed=0, groups=groups)
    assert np.bincount(folds).tolist() == [6] * 5
    if groups is None:  # never two samples of a class in the same fold
        assert all(len(set(folds[classes == label])) == 3 for label in range(10))
    else:
        assert all(len(set(folds[groups == group])) == 1 for group in range(10))


def test_the_datas_own_split_and_its_validation_samples():
    values = ["train"] * 40 + ["Val "] * 10 + ["TEST"] * 8 + ["unused"] * 2
    split = own_split(values, LABELS)
    assert split.train.tolist() == list(range(50)) and split.test.tolist() == list(range(50, 58))
    assert split.train[split.inner[1]].tolist() == list(range(40, 50))
    # Without validation samples: a fifth of the training samples.
    assert len(own_split(["train"] * 50 + ["test"] * 10, LABELS).inner[1]) == 10


def test_a_subset_of_the_training_samples_keeps_the_inner_split():
    split = make_splits(LABELS, StratifiedFolds(3))[0]
    rows = np.arange(0, len(split.train), 2)
    subset = split.with_training(rows)
    np.testing.assert_array_equal(subset.train, split.train[rows])
    for inner, whole in zip(subset.inner, split.inner):
        assert set(subset.train[inner]) == set(split.train[whole]) & set(subset.train)


def test_combinations_of_labels_are_stratified_and_rare_ones_count_as_the_most_frequent():
    labels = np.array([[1, 0]] * 12 + [[0, 1]] * 11 + [[1, 1]] * 3)
    classes = classes_of(labels)
    assert len(set(classes)) == 2 and set(classes[23:]) == {classes[0]}


def test_larger_subsets_include_smaller_ones_and_every_class():
    small, large = first_rows(LABELS, 12, seed=1), first_rows(LABELS, 30, seed=1)
    assert set(small) < set(large) and np.bincount(LABELS[small]).tolist() == [4, 4, 4]
    assert not np.array_equal(small, first_rows(LABELS, 12, seed=2))


def test_the_fingerprint_depends_on_everything_in_the_data_and_on_the_content_of_files(tmp_path):
    def made(**changes):
        image = tmp_path / "a.png"
        image.write_bytes(changes.pop("image", b"one"))
        values = {
            "samples": {"text": ["a", None], "image": [image, np.zeros((2, 2), np.uint8)]},
            "labels": [0, 1],
            "class_names": ["x", "y"],
            "ids": ["1", "2"],
        }
        return fingerprint(MultimodalData(**{**values, **changes}))

    first = made()
    assert first == made() and len(first) == 64
    moved = tmp_path / "moved.png"
    moved.write_bytes(b"one")
    # The path does not matter.
    samples = {"text": ["a", None], "image": [moved, np.zeros((2, 2), np.uint8)]}
    assert first == made(samples=samples)
    others = [
        made(image=b"two"),
        made(labels=[1, 0]),
        made(class_names=["x", "z"]),
        made(ids=["1", "3"]),
        made(
            samples={"text": ["a", ""], "image": [tmp_path / "a.png", np.zeros((2, 2), np.uint8)]}
        ),
        made(
            samples={"text": ["a", None], "image": [tmp_path / "a.png", np.zeros((4, 1), np.uint8)]}
        ),
    ]
    assert len({first, *others}) == 1 + len(others)


@pytest.mark.parametrize(
    "call, message",
    [
        (lambda: make_splits(LABELS, StratifiedFolds(1)), "Between 2 and 60 folds"),
        (
            lambda: make_splits(LABELS, StratifiedFolds(4), groups=[0] * 30 + [1] * 30),
            "Between 2 and 2 folds are possible with 2 groups",
        ),
        (lambda: make_splits(LABELS, StratifiedFolds(5, 0)), "at least 1 repeat"),
        (
            lambda: make_splits(LABELS[:4], StratifiedFolds(2), groups=[0, 0, 1, 1]),
            "training samples belong to one group",
        ),
        (
            lambda: own_split(["train", "dev", "test"] * 20, LABELS, groups=range(60)),
            "nothing is left to group",
        ),
        (
            lambda: own_split(["dev"] * 60, LABELS),
            r"values train and test .* Received: 'dev' \(60\)",
        ),
    ],
)
def test_impossible_splits_are_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call()


GROUPS = np.arange(60) // 3


@pytest.mark.parametrize(
    "splitter",
    [
        KFold(4, shuffle=True, random_state=0),
        StratifiedKFold(4, shuffle=True, random_state=0),
        RepeatedStratifiedKFold(n_splits=4, n_repeats=2, random_state=0),
        ShuffleSplit(3, random_state=0),
        PredefinedSplit(np.arange(60) % 4),
        TimeSeriesSplit(4, test_size=7),
    ],
    ids=lambda splitter: type(splitter).__name__,
)
@pytest.mark.filterwarnings("ignore:The groups parameter is ignored")
def test_splitters_that_ignore_groups_are_refused(splitter):
    with pytest.raises(ValueError, match="this splitter ignores groups.*StratifiedGroupKFold"):
        make_splits(LABELS, splitter, groups=GROUPS)
    assert make_splits(LABELS, splitter)


@pytest.mark.parametrize("splitter", [StratifiedGroupKFold(4), GroupKFold(4), StratifiedFolds(4)])
def test_splitters_that_keep_groups_are_accepted(splitter):
    for split in make_splits(LABELS, splitter, groups=GROUPS):
        assert not set(GROUPS[split.train]) & set(GROUPS[split.test])


EVEN, ODD = np.arange(0, 60, 2), np.arange(1, 60, 2)


@pytest.mark.parametrize(
    "train, test, message",
    [
        (np.arange(60), ODD, "30 samples in both, e.g. row 1"),
        (np.arange(60) % 2 == 0, np.arange(60) % 2 == 1, "int array of positions.*np.flatnonzero"),
        (EVEN - 60, ODD, "distinct positions from 0 to 59"),
        (EVEN, [*ODD, 1], "distinct positions.*30 of 31"),
        (EVEN, ODD + 1, "distinct positions from 0 to 59"),
        (EVEN, [], "test rows as an int array"),
        (EVEN / 1.0, ODD, "training rows as an int array"),
    ],
)
def test_rows_of_a_splitter_are_checked(train, test, message):
    splitter = SimpleNamespace(split=lambda *arguments: iter([(train, test)]))
    with pytest.raises(ValueError, match=message):
        make_splits(LABELS, splitter)


def test_a_splitter_without_splits_is_refused():
    with pytest.raises(ValueError, match="at least one split"):
        make_splits(LABELS, SimpleNamespace(split=lambda *arguments: iter([])))


def test_lists_of_positions_in_any_order_are_accepted():
    splitter = SimpleNamespace(split=lambda *arguments: [(list(EVEN[::-1]), list(ODD[::-1]))])
    (split,) = make_splits(LABELS, splitter)
    np.testing.assert_array_equal(split.train, EVEN)
    np.testing.assert_array_equal(split.test, ODD)
