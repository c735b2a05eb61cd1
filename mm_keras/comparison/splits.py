"""Splits into training and test samples, with inner validation splits and groups."""

import warnings
from dataclasses import dataclass

import numpy as np

from mm_keras.datasets.splits import describe_values, split_rows
from mm_keras.utils.hashing import content_hashes, sha256
from mm_keras.utils.labels import stratified_folds

INNER_SHARE = 0.2


@dataclass(frozen=True)
class Split:
    """One split into training and test samples.

    Attributes:
        number: int, its index among all splits; repeat, fold: int.
        train, test: int arrays of positions in the data, sorted.
        inner: (rows to train on, rows to validate on), int arrays of positions in `train`: the
            inner validation split.
        own_inner: bool, whether the data itself defines the validation samples.
    """

    number: int
    repeat: int
    fold: int
    train: np.ndarray
    test: np.ndarray
    inner: tuple
    own_inner: bool = False

    def with_training(self, rows):
        """The same split with some of its training samples only.

        Args:
            rows: int array of positions in `train`, sorted.
        """
        kept = [np.flatnonzero(np.isin(rows, part)) for part in self.inner]
        return Split(self.number, self.repeat, self.fold, self.train[rows], self.test, tuple(kept))


class StratifiedFolds:
    """A scikit-learn splitter for repeated stratified k-fold splits.

    Unlike `StratifiedKFold`, it supports classes with fewer samples than folds, groups (all samples
    of a group lie in the same fold), and several labels per sample.

    Args:
        n_splits: int >= 2, the number of folds.
        n_repeats: int >= 1, each with different folds.
        random_state: int.

    Example:
        >>> folds = list(StratifiedFolds(2).split(None, [0, 0, 0, 0, 1, 1, 1, 1]))
        >>> [len(test) for _, test in folds]
        [4, 4]
        >>> sorted(np.concatenate([test for _, test in folds]).tolist())
        [0, 1, 2, 3, 4, 5, 6, 7]
    """

    def __init__(self, n_splits=5, n_repeats=1, random_state=0):
        self.n_splits, self.n_repeats, self.random_state = n_splits, n_repeats, random_state

    def get_n_splits(self, X=None, y=None, groups=None):
        return self.n_splits * self.n_repeats

    def split(self, X, y, groups=None):
        """Yield (train, test), int arrays of sorted positions.

        Raises:
            ValueError: too few or too many folds, no repeat, or fewer groups than folds.
        """
        classes = classes_of(y)
        if groups is None:
            self.check(len(classes))
        else:
            self.check(len(set(groups)), "groups")
        for repeat in range(self.n_repeats):
            fold_of = folds_of(classes, self.n_splits, self.random_state + repeat, groups)
            for fold in range(self.n_splits):
                yield np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)

    def check(self, num_units, unit="samples"):
        """Raise ValueError if so many samples or groups cannot be split."""
        if not 2 <= self.n_splits <= num_units or self.n_repeats < 1:
            raise ValueError(
                f"Between 2 and {num_units} folds are possible with {num_units} {unit}, and at "
                f"least 1 repeat is needed. Received: {self.n_splits} folds, {self.n_repeats} "
                "repeats."
            )


def make_splits(labels, cv, seed=0, groups=None):
    """The list of `Split` that a splitter makes for some labels.

    A new repeat begins when a sample is in a test set for the second time.

    Args:
        labels: int (n,), or 0/1 (n, K): then every combination of labels counts as a class.
        cv: a splitter, `StratifiedFolds` or one of scikit-learn's.
        seed: int, for the inner validation splits.
        groups: sequence of n values, or None.

    Raises:
        ValueError: no splits, rows that are not distinct positions, training samples among the test
            samples, or a splitter that divides groups.
    """
    classes = classes_of(labels)
    splits = []
    repeat = fold = 0
    tested = np.zeros(len(classes), bool)
    pairs = list(cv.split(np.zeros((len(classes), 1)), classes, groups))
    if not pairs:
        raise ValueError(f"cv must make at least one split. Received: none from {cv!r}.")
    for train, test in (_check_split(*pair, len(classes), groups, cv) for pair in pairs):
        if tested[test].any():
            repeat += 1
            fold = 0
            tested = np.zeros(len(classes), bool)
        tested[test] = True
        splits.append(make_split(len(splits), repeat, fold, train, test, classes, seed, groups))
        fold += 1
    return splits


def _check_split(train, test, num_samples, groups, cv):
    """The sorted training and test rows of one split by a splitter."""
    train, test = (
        _check_rows(rows, f"{name} rows", num_samples, cv)
        for name, rows in (("training", train), ("test", test))
    )
    both = np.intersect1d(train, test)
    if len(both):
        raise ValueError(
            "The training and test samples of a split must be different. Received from "
            f"{cv!r}: {len(both):,} samples in both, e.g. row {both[0]}."
        )
    if groups is not None:
        divided = np.intersect1d(*(np.asarray(groups)[rows] for rows in (train, test)))
        if len(divided):
            raise ValueError(
                "With groups, all samples of a group must be in the same part of a split. "
                f"Received from {cv!r}: {len(divided):,} groups with training and test samples: "
                "this splitter ignores groups. Pass the number of folds (cv=5), or a splitter such "
                "as StratifiedGroupKFold."
            )
    return train, test


def _check_rows(rows, name, num_samples, cv):
    rows = np.asarray(rows)
    if rows.ndim != 1 or not rows.size or rows.dtype.kind not in "iu":
        advice = " Pass np.flatnonzero(mask)." if rows.dtype == bool else ""
        raise ValueError(
            f"A splitter must yield the {name} as an int array of positions. Received from "
            f"{cv!r}: {rows.dtype} {rows.shape}.{advice}"
        )
    rows = np.sort(rows)
    if rows[0] < 0 or rows[-1] >= num_samples or (np.diff(rows) == 0).any():
        raise ValueError(
            f"A splitter must yield the {name} as distinct positions from 0 to {num_samples - 1}. "
            f"Received from {cv!r}: {rows[0]} to {rows[-1]}, {len(np.unique(rows))} of "
            f"{len(rows)} are distinct."
        )
    return rows


def make_split(number, repeat, fold, train, test, classes, seed, groups=None):
    """A `Split` with a fifth of the training samples as its inner validation split."""
    train_groups = None if groups is None else np.asarray(groups)[train]
    num_units = len(train) if train_groups is None else len(set(train_groups.tolist()))
    num_folds = min(round(1 / INNER_SHARE), num_units)
    if num_folds < 2:
        raise ValueError(
            "All training samples belong to one group: an inner validation split is not possible."
        )
    fold_of = folds_of(classes[train], num_folds, seed + 1000 + number, train_groups)
    return Split(
        number,
        repeat,
        fold,
        train,
        test,
        (np.flatnonzero(fold_of != 0), np.flatnonzero(fold_of == 0)),
    )


def folds_of(classes, folds, seed, groups=None):
    """The fold of each sample, int (n,), as in `StratifiedKFold` or `StratifiedGroupKFold`.

    These splitters refuse data in which every class has fewer samples than there are folds. Then
    each class is spread over as many folds as possible, and groups are distributed by size alone.
    The latter is also done if a fold would remain empty.
    """
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    if np.unique(classes, return_counts=True)[1].max() < folds:
        return _folds_of_few(classes, folds, seed, groups)
    splitter_class = StratifiedKFold if groups is None else StratifiedGroupKFold
    codes = (
        None if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1].ravel()
    )
    fold_of = np.empty(len(classes), dtype=int)
    with warnings.catch_warnings():
        # The notes of the result mention rare classes.
        warnings.filterwarnings("ignore", "The least populated class")
        splitter = splitter_class(folds, shuffle=True, random_state=seed)
        for fold, (_, test) in enumerate(splitter.split(classes, classes, codes)):
            fold_of[test] = fold
    if len(np.unique(fold_of)) == folds:
        return fold_of
    return _folds_of_few(classes, folds, seed, groups)


def _folds_of_few(classes, folds, seed, groups):
    if groups is None:
        return stratified_folds(classes, folds, seed)
    rng, fold_of = np.random.default_rng(seed), np.empty(len(classes), dtype=int)
    codes, sizes = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)[1:]
    order, filled = rng.permutation(len(sizes)), np.zeros(folds, dtype=int)
    # The largest group first, always into the emptiest fold.
    for group in order[np.argsort(-sizes[order], kind="stable")]:
        fold = filled.argmin()
        fold_of[codes.ravel() == group] = fold
        filled[fold] += sizes[group]
    return fold_of


def rows_of_own_split(values):
    """Sorted positions of the samples that a column assigns to training, validation or test."""
    rows = split_rows(values)
    return np.sort(np.concatenate([rows.train, rows.validation, rows.test]))


def own_split(values, labels, seed=0, groups=None):
    """The `Split` that a column of the data defines.

    Validation samples are optional. Without them, a fifth of the training samples is the inner
    validation split, in which groups are kept together.

    Raises:
        ValueError: no training or no test samples; groups together with validation samples.
    """
    train, validation, test, _ = split_rows(values)
    if not len(train) or not len(test):
        raise ValueError(
            "The column 'split' must have the values train and test (validation is optional). "
            f"Received: {describe_values(values)}."
        )
    both = np.sort(np.concatenate([train, validation]))
    if not len(validation):
        return make_split(0, 0, 0, both, test, classes_of(labels), seed, groups)
    if groups is not None:
        raise ValueError(
            "The data's own split includes validation samples: nothing is left to group. Leave out "
            "groups, or the validation samples."
        )
    return Split(
        0,
        0,
        0,
        both,
        test,
        (np.flatnonzero(np.isin(both, train)), np.flatnonzero(np.isin(both, validation))),
        True,
    )


def classes_of(labels):
    """The class of each sample for stratification, int (n,).

    With several labels per sample, each combination of labels is a class; combinations with fewer
    than ten samples count as the most frequent one.
    """
    labels = np.asarray(labels)
    if labels.ndim == 1:
        return labels
    _, classes, counts = np.unique(labels, axis=0, return_inverse=True, return_counts=True)
    return np.where(counts >= 10, np.arange(len(counts)), counts.argmax())[classes.ravel()]


def first_rows(labels, size, seed):
    """Sorted positions of `size` samples, stratified by class.

    With the same seed, a larger size includes the samples of a smaller one.

    Example:
        >>> first_rows([0, 0, 0, 0, 1, 1], 3, seed=0).tolist()
        [0, 2, 5]
    """
    classes, rng = classes_of(labels), np.random.default_rng(seed)
    rank = np.empty(len(classes))
    for label in np.unique(classes):
        rows = np.flatnonzero(classes == label)
        rank[rng.permutation(rows)] = (np.arange(len(rows)) + 0.5) / len(rows)
    return np.sort(np.argsort(rank, kind="stable")[:size])


def fingerprint(data):
    """SHA-256 of all samples, labels, class names and ids; image files count by their content."""
    parts = [repr((data.modalities, data.class_names, list(data.ids))).encode()]
    for name in data.modalities:
        parts.append(name.encode())
        for sample, digest in zip(data[name], content_hashes(data[name], name)):
            parts.append(digest or repr(sample).encode())
    parts.append(
        b"" if data.labels is None else repr((data.labels.shape, data.labels.tolist())).encode()
    )
    return sha256(*parts).hex()
