"""Who is trained on what: folds, the inner validation split, groups that must stay together, and the data's fingerprint."""

import hashlib
import os
import warnings
from dataclasses import dataclass

import numpy as np

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


def make_splits(labels, folds=5, repeats=1, seed=0, groups=None):
    """Repeated k-fold splits with the same share of every class in each fold; groups stay together.

    Args:
        labels: int (n,), or 0/1 (n, K): then every combination of labels counts as a class.
        folds: int >= 2; repeats: int >= 1.
        seed: int.
        groups: sequence of n values, or None; samples with the same value lie in the same fold.

    Returns:
        list of `folds * repeats` `Split`.

    Raises:
        ValueError: numbers that do not fit, or fewer groups than folds.

    Example:
        >>> splits = make_splits([0, 0, 0, 0, 1, 1, 1, 1], folds=2)
        >>> [len(split.test) for split in splits], sorted(np.concatenate([split.test for split in splits]).tolist())
        ([4, 4], [0, 1, 2, 3, 4, 5, 6, 7])
    """
    kinds = classes_of(labels)
    units = len(kinds) if groups is None else len(set(groups))
    if not 2 <= folds <= units or repeats < 1:
        raise ValueError(f"Between 2 and {units} folds are possible here ({units} {'samples' if groups is None else 'groups'}), and at "
                         f"least 1 repeat. Received: {folds} folds, {repeats} repeats.")
    splits = []
    for repeat in range(repeats):
        own = folds_of(kinds, folds, seed + repeat, groups)
        for fold in range(folds):
            train, test = np.flatnonzero(own != fold), np.flatnonzero(own == fold)
            splits.append(make_split(len(splits), repeat, fold, train, test, kinds, seed, groups))
    return splits


def make_split(number, repeat, fold, train, test, kinds, seed, groups=None):
    """A `Split`, with a fifth of the training samples as its inner validation split."""
    inside = None if groups is None else np.asarray(groups)[train]
    parts = min(round(1 / INNER_SHARE), len(train) if inside is None else len(set(inside.tolist())))
    if parts < 2:
        raise ValueError("The training samples are all of one group: they cannot be divided further.")
    own = folds_of(kinds[train], parts, seed + 1000 + number, inside)
    return Split(number, repeat, fold, train, test, (np.flatnonzero(own != 0), np.flatnonzero(own == 0)))


def folds_of(kinds, folds, seed, groups=None):
    """The fold of each sample, int (n,): those of scikit-learn's `StratifiedKFold` or `StratifiedGroupKFold`.

    Where every class has fewer samples than there are folds, which these refuse, each class is spread as widely as it can
    be; groups are then dealt out by size alone, and so they are where a fold would stay empty.
    """
    from sklearn.model_selection import StratifiedGroupKFold, StratifiedKFold

    if np.unique(kinds, return_counts=True)[1].max() < folds:
        return _folds_of_few(kinds, folds, seed, groups)
    divide = StratifiedKFold if groups is None else StratifiedGroupKFold
    codes = None if groups is None else np.unique(np.asarray(groups), return_inverse=True)[1].ravel()
    own = np.empty(len(kinds), dtype=int)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "The least populated class")  # told in the result's notes
        for fold, (_, test) in enumerate(divide(folds, shuffle=True, random_state=seed).split(kinds, kinds, codes)):
            own[test] = fold
    return own if len(np.unique(own)) == folds else _folds_of_few(kinds, folds, seed, groups)


def _folds_of_few(kinds, folds, seed, groups):
    if groups is None:
        return stratified_folds(kinds, folds, seed)
    rng, own = np.random.default_rng(seed), np.empty(len(kinds), dtype=int)
    codes, sizes = np.unique(np.asarray(groups), return_inverse=True, return_counts=True)[1:]
    order, filled = rng.permutation(len(sizes)), np.zeros(folds, dtype=int)
    for group in order[np.argsort(-sizes[order], kind="stable")]:  # the largest group first, into the emptiest fold
        fold = filled.argmin()
        own[codes.ravel() == group] = fold
        filled[fold] += sizes[group]
    return own


def rows_of_own_split(values):
    """Sorted positions of the samples that a column of the data puts into the training, validation or test samples."""
    return np.sort(np.concatenate(_parts_of(values)))


def _parts_of(values):
    values = np.array([str(value).strip().lower() for value in values])
    return [np.flatnonzero(np.isin(values, names)) for names in (NAMES_OF_TRAINING, NAMES_OF_VALIDATION, NAMES_OF_TEST)]


def own_split(values, labels, seed=0, groups=None):
    """The one split that a column of the data prescribes: train and test, and where there are some, validation samples.

    Without validation samples of its own, a fifth of the training samples is the inner validation split; groups stay
    together in it.

    Raises:
        ValueError: no training or no test samples; groups, and nothing left to divide.
    """
    train, validation, test = _parts_of(values)
    if not len(train) or not len(test):
        raise ValueError("The split column needs values train and test (and perhaps validation). Received: "
                         f"{', '.join(sorted({str(value) for value in values})) or 'nothing'}.")
    both = np.sort(np.concatenate([train, validation]))
    if not len(validation):
        return make_split(0, 0, 0, both, test, classes_of(labels), seed, groups)
    if groups is not None:
        raise ValueError("The data's own split has validation samples of its own: nothing is left to group. Leave out "
                         "use_split, or group and group_duplicates.")
    return Split(0, 0, 0, both, test, (np.flatnonzero(np.isin(both, train)), np.flatnonzero(np.isin(both, validation))), True)


def classes_of(labels):
    """One number per class, int (n,); of labels that do not exclude each other, one per combination.

    Combinations of fewer than ten samples count as the most frequent one.
    """
    labels = np.asarray(labels)
    if labels.ndim == 1:
        return labels
    _, kinds, counts = np.unique(labels, axis=0, return_inverse=True, return_counts=True)
    return np.where(counts >= 10, np.arange(len(counts)), counts.argmax())[kinds.ravel()]


def first_rows(labels, size, seed):
    """Sorted positions of `size` samples, with the same share of each class; a larger size holds the smaller one's samples.

    Example:
        >>> first_rows([0, 0, 0, 0, 1, 1], 3, seed=0).tolist()
        [0, 2, 5]
    """
    kinds, rng = classes_of(labels), np.random.default_rng(seed)
    turn = np.empty(len(kinds))
    for kind in np.unique(kinds):
        rows = np.flatnonzero(kinds == kind)
        turn[rng.permutation(rows)] = (np.arange(len(rows)) + 0.5) / len(rows)
    return np.sort(np.argsort(turn, kind="stable")[:size])


def fingerprint(data):
    """SHA-256 over all samples, labels, class names and ids; of picture files, their content counts and not their path."""
    digest = hashlib.sha256(repr((data.modalities, data.class_names, list(data.ids))).encode())
    for name in data.modalities:
        digest.update(name.encode())
        for sample in data[name]:
            digest.update(_content(sample, name))
    labels = np.zeros(0) if data.labels is None else data.labels
    digest.update(repr((labels.shape, labels.tolist())).encode())
    return digest.hexdigest()


def _content(sample, modality):
    """The SHA-256 of one sample; a str that is not a text is the path of a file."""
    if sample is None:
        content = b"none"
    elif isinstance(sample, np.ndarray):
        content = repr((sample.shape, sample.dtype.str)).encode() + np.ascontiguousarray(sample).tobytes()
    elif isinstance(sample, os.PathLike) or modality != "text" and isinstance(sample, str) and os.path.isfile(sample):
        with open(sample, "rb") as file:
            content = file.read()
    else:
        content = repr(sample).encode()
    return hashlib.sha256(content).digest()
