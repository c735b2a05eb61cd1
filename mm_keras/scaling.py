"""BlockScaler: one modality's columns brought to a common scale before they meet another modality's."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

METHODS = ("block", "standardize", "normalize", None)


class BlockScaler(TransformerMixin, BaseEstimator):
    """Scaled float32 arrays; an all-zero row (a missing sample) stays all zero.

    "block": x' = (x - mean) / s with one mean per column and ONE number s = sqrt(sum of the columns' variances / V) for
    the whole block, so that every block has total variance V = `variance`, however many columns it has, and the columns
    keep their sizes relative to each other. A sparse block is not centred. With V = 25, a network of default learning rate
    learns a block in some dozens of epochs.
    "standardize": x' = (x - mean) / std per column. "normalize": every sample has Euclidean norm 1. None: unchanged.
    In a sequence or grid, a column is a channel, and every position counts as a sample.

    Args:
        method: str or None, one of the above; default "block".
        variance: float > 0, the total variance V of a scaled block; default 25.

    Attributes:
        mean_: float32 array (columns,), or 0.0 when nothing is centred.
        scale_: float32 array (columns,) or a number; what the centred columns are divided by.

    Shapes:
        (n, ..., columns) dense or sparse -> the same, dense float32. Token ids (int32) pass through unchanged.

    Raises:
        ValueError: an unknown method.

    Example:
        >>> BlockScaler("standardize").fit_transform(np.array([[1, 5], [3, 5]], dtype="float32"))
        array([[-1.,  0.],
               [ 1.,  0.]], dtype=float32)

    Reference: Escofier and Pages (1994), Multiple factor analysis: each table is divided by one number.
    """

    def __init__(self, method="block", variance=25.0):
        self.method = method
        self.variance = variance

    def fit(self, block, y=None):
        if self.method not in METHODS:
            raise ValueError(f"scale must be one of {METHODS} or 'auto'. Received: {self.method!r}.")
        self.mean_, self.scale_ = np.float32(0), np.float32(1)
        if self.method in (None, "normalize") or block.dtype == np.int32 or not block.shape[0]:
            return self
        mean, variance = _moments(block)
        if self.method == "standardize":
            self.mean_, scale = mean, np.sqrt(variance)
        else:
            self.mean_ = np.float32(0) if hasattr(block, "toarray") else mean
            scale = np.sqrt(variance.sum() / self.variance)
        self.mean_ = np.asarray(self.mean_, dtype=np.float32)
        self.scale_ = np.where(scale > 1e-12, scale, 1).astype(np.float32)
        return self

    def transform(self, block):
        sparse = hasattr(block, "toarray")
        block = block.toarray() if sparse else block
        if self.method is None or block.dtype == np.int32:
            return block
        absent = ~block.any(axis=tuple(range(1, block.ndim)))
        if self.method == "normalize":
            norms = np.sqrt((block**2).sum(axis=tuple(range(1, block.ndim)), keepdims=True))
            return block / np.where(norms > 0, norms, 1)
        block = np.subtract(block, self.mean_, out=block if sparse else None)
        block /= self.scale_
        block[absent] = 0
        return block


def _moments(block):
    """Mean and variance per column; absent rows are left out."""
    if hasattr(block, "toarray"):
        present = block[np.diff(block.indptr) > 0]
        count = max(present.shape[0], 1)
        mean = np.asarray(present.sum(axis=0)).ravel() / count
        square = np.asarray(present.multiply(present).sum(axis=0)).ravel() / count
        return mean, np.maximum(square - mean**2, 0)
    present = block[block.any(axis=tuple(range(1, block.ndim)))].reshape(-1, block.shape[-1])
    if not len(present):
        return np.zeros(block.shape[-1]), np.zeros(block.shape[-1])
    return present.mean(axis=0, dtype=np.float64), present.var(axis=0, dtype=np.float64)
