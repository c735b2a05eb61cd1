"""Who is trained on what: folds, the inner validation split, groups that must stay together, and the data's fingerprint."""

import warnings
from dataclasses import dataclass

import numpy as np

from mm_keras.utils.hashing import content_hashes, sha256
from mm_keras.utils.labels import stratified_folds

INNER_SHARE = 0.2
NAMES_OF_TRAINING = ("train", "training")
NAMES_OF_VALIDATION = ("val", "valid", "validation", "dev")
NAMES_OF_TEST = ("test", "testing")


@dataclass(frozen=True)
class Split:
    """One division into training and test samples.

    Attributes:
        number: int, its place among all splits; repeat, fold: int.
        train, test: int arrays of positions in the data, sorted.
        inner: (rows to train on, rows to choose with), int arrays of positions in `train`: the inner validation split.
        own_inner: bool, whether the data itself says which samples to choose with.
    """

    number: int
    repeat: int
    fold: int
    train: np.ndarray
    test: np.ndarray
    inner: tuple
    own_inner: bool = False

    def with_training(self, rows):
        """The same split with only some of its training samples: positions in `train`, sorted."""
        kept = [np.flatnonzero(np.isin(rows, part)) for part in self.inner]
        return Split(self.number, self.repeat, self.fold, self.train[rows], self.test, tuple(kept))


class StratifiedFolds:
    """A splitter in the form of scikit-learn's: repeated k-fold splits with the same share of every class in each fold.

    Unlike `StratifiedKFold` it takes classes of fewer samples than there are folds, groups (samples of one group lie in one
    fold), and several labels per sample.

    Args:
        n_splits: int >= 2, the number of folds.
        n_repeats: int >= 1, each time with other folds.
        random_state: int.

    Example:
        >>> parts = list(StratifiedFolds(2).split(None, [0, 0, 0, 0, 1, 1, 1, 1]))
        >>> [len(test) for _, test in parts], sorted(np.concatenate([test for _, test in parts]).tolist())
        ([4, 4], [0, 1, 2, 3, 4, 5, 6, 7])
    """

    def __init__(self, n_splits=5, n_repeats=1, random_state=0):
        self.n_splits, self.n_repeats, self.random_state = n_splits, n_repeats, random_state

    def get_n_splits(self, X=None, y=None, groups=None):
        return self.n_splits * self.n_repeats

    def split(self, X, y, groups=None):
        """Yield (train, test), int arrays of sorted positions.

        Raises:
            ValueError: numbers that do not fit, or fewer groups than folds.
        """
        classes = classes_of(y)
        units = len(classes) if groups is None else len(set(groups))
        if not 2 <= self.n_splits <= units or self.n_repeats < 1:
            raise ValueError(
                f"Between 2 and {units} folds are possible here ({units} {'samples' if groups is None else 'groups'}), "
                f"and at least 1 repeat. Received: {self.n_splits} folds, {self.n_repeats} repeats."
            )
        for repeat in range(self.n_repeats):
            fold_of = folds_of(classes, self.n_splits, self.random_state + repeat, groups)
            for fold in range(self.n_splits):
                yield np.flatnonzero(fold_of != fold), np.flatnonzero(fold_of == fold)


def make_splits(labels, cv, seed=0, groups=None):
    """The splits that a splitter makes of some labels: list of `Split`.

    A repeat ends where a sample comes into a test set for the second time.

    Args:
        labels: int (n,), or 0/1 (n, K): then every combination of labels counts as a class.
        cv: a splitter such as `StratifiedFolds`, or one of scikit-learn's.
        seed: int, of the inner validation splits.
        groups: sequence of n values, or None.
    """
    classes = classes_of(labels)
    splits, repeat, fold, tested = [], 0, 0, np.zeros(len(classes), bool)
    for train, test in cv.split(np.zeros((len(classes), 1)), classes, groups):
        if tested[test].any():
            repeat, fold, tested = repeat + 1, 0, np.zeros(len(classes), bool)
        tested[test] = True
        splits.append(
            make_split(
                len(splits), repeat, fold, np.sort(train), np.sort(test), classes, seed, groups
            )
        )
        fold += 1
    return splits


def make_split(number, repeat, fold, train, test, classes, seed, groups=None):
    """A `Split`, with a fifth of the training samples as its inner validation split."""
    inside = None if groups is None else np.asarray(groups)[train]
    parts = min(round(1 / INNER_SHARE), len(train) if inside is None else len(set(inside.tolist())))
    if parts < 2:
        raise ValueError(
            "The training samples are all of one group: they cannot be divided further."
        )
    fold_of = folds_of(classes[train], parts, seed + 1000 + number, inside)
    return Split(
        number,
        repeat,
        fold,
        train,
        test,
        (np.flatnonzero(fold_of != 0), np.flatnonzero(fold_of == 0)),
    )


def folds_of(classes, folds, seed, groups=None):
    """The fold of each sample, int (n,): those of scikit-learn's `StratifiedKFold` or `StratifiedGroupKFold`.

    Where every class has fewer samples than there are folds, which these refuse, each class is spread as widely as it can
    be; groups are then dealt out by size alone, and so they are where a fold would stay empty.
    """
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    if np.unique(classes, return_counts=True)[1].max() < folds:
        return _folds_of_few(classes, folds, seed, groups)
    divide = StratifiedKFold if groups is None else StratifiedGroupKFold
    codes = (
        None if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1].ravel()
    )
    own = np.empty(len(classes), dtype=int)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class")  # told in the result's notes
        for fold, (_, test) in enumerate(
            divide(folds, shuffle=True, random_state=seed).split(classes, classes, codes)
        ):
            own[test] = fold
    return own if len(np.unique(own)) == folds else _folds_of_few(classes, folds, seed, groups)


def _folds_of_few(classes, folds, seed, groups):
    if groups is None:
        return stratified_folds(classes, folds, seed)
    rng, own = np.random.default_rng(seed), np.empty(len(classes), dtype=int)
    codes, sizes = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)[1:]
    order, filled = rng.permutation(len(sizes)), np.zeros(folds, dtype=int)
    for group in order[
        np.argsort(-sizes[order], kind="stable")
    ]:  # the largest group first, into the emptiest fold
        fold = filled.argmin()
        own[codes.ravel() == group] = fold
        filled[fold] += sizes[group]
    return own


def rows_of_own_split(values):
    """Sorted positions of the samples that a column of the data puts into the training, validation or test samples."""
    return np.sort(np.concatenate(_parts_of(values)))


def _parts_of(values):
    values = np.array([str(value).strip().lower() for value in values])
    return [
        np.flatnonzero(np.isin(values, names))
        for names in (NAMES_OF_TRAINING, NAMES_OF_VALIDATION, NAMES_OF_TEST)
    ]


def own_split(values, labels, seed=0, groups=None):
    """The one split that a column of the data prescribes: train and test, and where there are some, validation samples.

    Without validation samples of its own, a fifth of the training samples is the inner validation split; groups stay
    together in it.

    Raises:
        ValueError: no training or no test samples; groups, and nothing left to divide.
    """
    train, validation, test = _parts_of(values)
    if not len(train) or not len(test):
        raise ValueError(
            "The split column needs values train and test (and perhaps validation). Received: "
            f"{', '.join(sorted({str(value) for value in values})) or 'nothing'}."
        )
    both = np.sort(np.concatenate([train, validation]))
    if not len(validation):
        return make_split(0, 0, 0, both, test, classes_of(labels), seed, groups)
    if groups is not None:
        raise ValueError(
            "The data's own split has validation samples of its own: nothing is left to group. Leave out "
            "groups, or the values for validation."
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
    """One number per class, int (n,); of labels that do not exclude each other, one per combination.

    Combinations of fewer than ten samples count as the most frequent one.
    """
    labels = np.asarray(labels)
    if labels.ndim == 1:
        return labels
    _, classes, counts = np.unique(labels, axis=0, return_inverse=True, return_counts=True)
    return np.where(counts >= 10, np.arange(len(counts)), counts.argmax())[classes.ravel()]


def first_rows(labels, size, seed):
    """Sorted positions of `size` samples, with the same share of each class; a larger size holds the smaller one's samples.

    Example:
        >>> first_rows([0, 0, 0, 0, 1, 1], 3, seed=0).tolist()
        [0, 2, 5]
    """
    classes, rng = classes_of(labels), np.random.default_rng(seed)
    turn = np.empty(len(classes))
    for kind in np.unique(classes):
        rows = np.flatnonzero(classes == kind)
        turn[rng.permutation(rows)] = (np.arange(len(rows)) + 0.5) / len(rows)
    return np.sort(np.argsort(turn, kind="stable")[:size])


def fingerprint(data):
    """SHA-256 over all samples, labels, class names and ids; of image files, their content counts and not their path."""
    parts = [repr((data.modalities, data.class_names, list(data.ids))).encode()]
    for name in data.modalities:
        parts.append(name.encode())
        for sample, digest in zip(data[name], content_hashes(data[name], name)):
            parts.append(digest or repr(sample).encode())
    parts.append(
        b"" if data.labels is None else repr((data.labels.shape, data.labels.tolist())).encode()
    )
    return sha256(*parts).hex()
