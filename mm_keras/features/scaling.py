"""BlockScaler: one modality's columns brought to a common scale before they meet another modality's."""

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

METHODS = ("block", "standardize", "normalize", None)


class BlockScaler(TransformerMixin, BaseEstimator):
    """Scaled float32 arrays; an all-zero row (a missing sample) stays all zero.

    "block": x' = (x - mean) / s with one mean per column and ONE number s = sqrt(sum of the columns' variances / V) for
    the whole block, so that every block has total variance V = `variance`, however many columns it has, and the columns
    keep their sizes relative to each other. A sparse block is not centered. With V = 25, a network of default learning rate
    learns a block in some dozens of epochs. Of a block made of several extractors' columns (`widths`), each one gets the
    same part of V: else the one with the larger numbers, such as HOG beside a color histogram, would drown the other.
    "standardize": x' = (x - mean) / std per column. "normalize": every sample has Euclidean norm 1. None: unchanged.
    In a sequence or grid, a column is a channel, and every position counts as a sample.

    Args:
        method: str or None, one of the above; default "block".
        variance: float > 0, the total variance V of a scaled block; default 25.

    Attributes:
        mean_: float32 array (columns,), or 0.0 when nothing is centered.
        scale_: float32 array (columns,) or a number; what the centered columns are divided by.

    `fit(block, widths=[324, 128])`: the first 324 columns are of one extractor, the next 128 of another one.

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

    def fit(self, block, y=None, widths=None):
        return self.fit_moments(Moments().add(block) if self.needs_moments(block) else None, widths)

    def needs_moments(self, block):
        """Whether something has to be learned from blocks like this one."""
        if self.method not in METHODS:
            raise ValueError(
                f"scale must be one of {METHODS} or 'auto'. Received: {self.method!r}."
            )
        return (
            self.method not in (None, "normalize")
            and block.dtype != np.int32
            and block.shape[0] > 0
        )

    def fit_moments(self, moments, widths=None):
        """The same as `fit(block, widths=widths)`, from the `Moments` of the block, or None where there is nothing to learn."""
        self.mean_, self.scale_ = np.float32(0), np.float32(1)
        if moments is None:
            return self
        if self.method == "standardize":
            self.mean_, scale = moments.mean, np.sqrt(moments.variance)
        else:
            self.mean_ = np.float32(0) if moments.sparse else moments.mean
            scale = np.sqrt(_total_variances(moments.variance, widths) / self.variance)
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


def _total_variances(variances, widths):
    """The sum of all columns' variances; or for each column that of its part, times the number of parts that vary."""
    if widths is None or len(widths) < 2:
        return variances.sum()
    part = np.repeat(np.arange(len(widths)), widths)
    totals = np.bincount(part, variances)
    return (totals * np.count_nonzero(totals > 1e-24))[part]


class Moments:
    """Mean and variance per column of blocks that come one after the other; absent (all-zero) rows are left out.

    Blocks are taken in slices of `SLICE` rows, so the result does not depend on how the rows were cut into blocks, as
    long as each block but the last has a multiple of so many rows. Two sets of n and m rows are joined by
    M2 = M2_n + M2_m + (mean_m - mean_n)^2 n m / (n + m), which does not lose digits (Chan, Golub, LeVeque, 1979).
    """

    SLICE = 256

    def __init__(self):
        self.count, self.mean, self.squares, self.sparse = 0, 0.0, 0.0, False

    def add(self, block):
        """Take in a block (n, ..., columns), dense or sparse; returns self."""
        self.sparse = hasattr(block, "toarray")
        for start in range(0, block.shape[0], self.SLICE):
            self._join(
                *(_sparse_moments if self.sparse else _dense_moments)(
                    block[start : start + self.SLICE]
                )
            )
        return self

    @property
    def variance(self):
        return self.squares / max(self.count, 1)

    def _join(self, count, mean, squares):
        total = max(self.count + count, 1)
        apart = mean - self.mean
        self.squares = self.squares + squares + apart**2 * (self.count * count / total)
        self.mean = self.mean + apart * (count / total)
        self.count += count


def _dense_moments(block):
    present = (
        block[block.any(axis=tuple(range(1, block.ndim)))]
        .reshape(-1, block.shape[-1])
        .astype(np.float64)
    )
    if not len(present):
        return 0, np.zeros(block.shape[-1]), np.zeros(block.shape[-1])
    mean = present.mean(axis=0)
    present -= mean
    return len(present), mean, np.einsum("ij,ij->j", present, present)


def _sparse_moments(block):
    count, columns = int(np.count_nonzero(np.diff(block.indptr))), block.shape[1]
    values = block.data.astype(np.float64)
    mean = np.bincount(block.indices, values, minlength=columns) / max(count, 1)
    squares = np.bincount(block.indices, values**2, minlength=columns)
    return count, mean, np.maximum(squares - count * mean**2, 0)
