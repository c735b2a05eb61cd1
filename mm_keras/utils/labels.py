"""Functions of class labels: one-hot targets, stratified folds, log losses."""

from collections import Counter
from collections.abc import Iterator

import numpy as np

from mm_keras.utils.messages import some_of
from mm_keras.utils.sequences import as_sequence


def one_hot(labels, num_classes, dtype=np.float32):
    """Targets (n, num_classes): one-hot rows of int labels (n,); multi-label 0/1 rows are kept.

    Example:
        >>> one_hot(np.array([1, 0]), 3)
        array([[0., 1., 0.],
               [1., 0., 0.]], dtype=float32)
    """
    return labels.astype(dtype) if labels.ndim == 2 else np.eye(num_classes, dtype=dtype)[labels]


def predicted_labels(probabilities, multi_label):
    """The most likely classes, int (n,); of multi-label data every label from 0.5 on, bool (n, K).

    Example:
        >>> predicted_labels(np.array([[0.2, 0.8], [0.6, 0.4]]), multi_label=False)
        array([1, 0])
    """
    return probabilities >= 0.5 if multi_label else probabilities.argmax(axis=1)


def check_class_names(class_names):
    """The class names as a tuple of distinct str.

    Raises:
        TypeError: one str, or something without an order, such as a set or dict.
        ValueError: names that repeat.
    """
    if isinstance(class_names, Iterator):
        class_names = list(class_names)
    names = tuple(map(str, as_sequence(class_names, "class names")))
    check_distinct(names, "class names")
    return names


def check_distinct(names, noun):
    """Raise ValueError if names repeat; `noun` is what they are, in the plural."""
    repeated = [name for name, count in Counter(names).items() if count > 1]
    if repeated:
        raise ValueError(
            f"The {noun} must be distinct. Received more than once: {some_of(repeated)}."
        )


def relabel(labels, class_names, new_class_names):
    """Labels of some classes, numbered as in another list of class names.

    Args:
        labels: int array (n,), or 0/1 array (n, K) for multi-label targets.
        class_names: sequence of K str.
        new_class_names: sequence of str that contains every class with a sample.

    Raises:
        ValueError: samples of classes that are not in `new_class_names`.

    Example:
        >>> relabel(np.array([0, 1]), ["bee", "cow"], ["ant", "bee", "cow"])
        array([1, 2])
    """
    if tuple(class_names) == tuple(new_class_names):
        return labels
    numbers = {name: number for number, name in enumerate(new_class_names)}
    counts = labels.sum(axis=0) if labels.ndim == 2 else np.bincount(labels)
    unknown = [
        f"{name} ({count})"
        for name, count in zip(class_names, counts.tolist())
        if count and name not in numbers
    ]
    if unknown:
        raise ValueError(
            f"The data has samples of unknown classes: {some_of(unknown)}. Known are "
            f"{some_of(new_class_names, 20)}. Remove these samples, or train on their classes too."
        )
    if labels.ndim == 1:
        return np.array([numbers.get(name, -1) for name in class_names])[labels]
    renumbered = np.zeros((len(labels), len(new_class_names)), labels.dtype)
    for column, name in enumerate(class_names):
        if name in numbers:
            renumbered[:, numbers[name]] = labels[:, column]
    return renumbered


def stratified_folds(labels, num_folds, seed=0):
    """The fold of each sample, int (n,), stratified by class (or combination of labels).

    The samples of each class, in random order, are assigned to the folds in turn.

    Example:
        >>> folds = stratified_folds([0, 0, 0, 0, 1, 1], num_folds=2)
        >>> sorted(folds[:4].tolist()), sorted(folds[4:].tolist())
        ([0, 0, 1, 1], [0, 1])
    """
    if not 2 <= num_folds <= len(labels):
        raise ValueError(
            "`num_folds` must be between 2 and the number of samples. "
            f"Received: {num_folds} folds for {len(labels)} samples."
        )
    classes = np.unique(labels, axis=0, return_inverse=True)[1].reshape(-1)
    keys = np.random.default_rng(seed).random(len(classes))
    order = np.lexsort((keys, classes))  # by class, shuffled within each class
    folds = np.empty(len(classes), dtype=int)
    folds[order] = np.arange(len(classes)) % num_folds
    return folds


def log_losses(labels, probabilities, clip=1e-7):
    """The log loss -log p(label) of each sample, float (n,).

    Multi-label: the mean binary cross-entropy of its labels.

    Args:
        labels: int array (n,), or 0/1 array (n, K).
        probabilities: float array (n, K).
        clip: float in (0, 0.5); probabilities are clipped to [clip, 1 - clip].
    """
    probabilities = np.clip(probabilities, clip, 1 - clip)
    if labels.ndim == 2:
        return -np.where(labels == 1, np.log(probabilities), np.log1p(-probabilities)).mean(axis=1)
    return -np.log(probabilities[np.arange(len(labels)), labels])
