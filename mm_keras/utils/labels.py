"""Functions of class labels: one-hot targets, stratified folds, log losses."""

import numpy as np


def one_hot(labels, num_classes, dtype=np.float32):
    """Targets (n, num_classes): one-hot rows of int labels (n,); multi-label 0/1 rows are kept.

    Example:
        >>> one_hot(np.array([1, 0]), 3)
        array([[0., 1., 0.],
               [1., 0., 0.]], dtype=float32)
    """
    return labels.astype(dtype) if labels.ndim == 2 else np.eye(num_classes, dtype=dtype)[labels]


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
