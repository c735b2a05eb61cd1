"""BlockScaler: bring the columns of each modality to a common scale before fusion."""

from typing import TYPE_CHECKING, Self

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

METHODS = ("block", "standardize", "normalize", None)


class BlockScaler(TransformerMixin, BaseEstimator):
    """Scaled float32 arrays; an all-zero row (a missing sample) stays all zero.

    "block": x' = (x - mean) / s with one mean per column and ONE scale
    s = sqrt(sum of the columns' variances / V) for the whole block, so that every block has total
    variance V = `variance`, whatever its number of columns, and the columns keep their relative
    scale. A sparse block is not centered. With V = 25, a network with the default learning rate
    learns a block within a few dozen epochs. In a block made of several extractors' columns
    (`widths`), each extractor gets the same share of V; otherwise one with larger values, such as
    HOG next to a color histogram, would dominate the other.
    "standardize": x' = (x - mean) / std per column. "normalize": every sample has Euclidean norm 1.
    None: unchanged. In a sequence or grid, a column is a channel, and every position counts as a
    sample.

    Args:
        method: str or None, one of the above; default "block".
        variance: float > 0, the total variance V of a scaled block; default 25.

    Attributes:
        mean_: float32 array (columns,), or 0.0 when nothing is centered.
        scale_: float32 array (columns,) or scalar by which the centered columns are divided.

    With `fit(block, widths=[324, 128])` the first 324 columns are from one extractor and the next
    128 from another.

    Shapes:
        (n, ..., columns) dense or sparse -> the same, dense float32. Token ids (int32) are returned
        unchanged.

    Raises:
        ValueError: an unknown method.

    Example:
        >>> BlockScaler("standardize").fit_transform(np.array([[1, 5], [3, 5]], dtype="float32"))
        array([[-1.,  0.],
               [ 1.,  0.]], dtype=float32)

    Reference: Escofier and Pages (1994), Multiple factor analysis: each table is divided by one
    number.
    """

    def __init__(self, method: str | None = "block", variance: float = 25.0):
        self.method = method
        self.variance = variance

    def fit(
        self, block: "np.ndarray | csr_matrix", y: None = None, widths: list[int] | None = None
    ) -> Self:
        return self.fit_moments(Moments().add(block) if self.needs_moments(block) else None, widths)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = tags.input_tags.three_d_array = True
        tags.transformer_tags.preserves_dtype = ["float32"]
        tags.no_validation = True  # the rows of extractors have been checked
        return tags

    def needs_moments(self, block):
        """Whether mean and scale have to be learned from a block like this one."""
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
        """Same as `fit(block, widths=widths)`, from the `Moments` of the block, or None.

        None leaves the block unscaled; see `needs_moments`.
        """
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

    def transform(self, block: "np.ndarray | csr_matrix") -> np.ndarray:
        sparse = hasattr(block, "toarray")
        block = block.toarray() if sparse else block
        if self.method is None or block.dtype == np.int32:
            return block
        missing = ~block.any(axis=tuple(range(1, block.ndim)))
        if self.method == "normalize":
            norms = np.sqrt((block**2).sum(axis=tuple(range(1, block.ndim)), keepdims=True))
            return block / np.where(norms > 0, norms, 1)
        block = np.subtract(block, self.mean_, out=block if sparse else None)
        block /= self.scale_
        block[missing] = 0
        return block


def _total_variances(variances, widths):
    """The sum of all columns' variances.

    With several widths, for each column the sum of its part times the number of non-constant parts.
    """
    if widths is None or len(widths) < 2:
        return variances.sum()
    part = np.repeat(np.arange(len(widths)), widths)
    totals = np.bincount(part, variances)
    return (totals * np.count_nonzero(totals > 1e-24))[part]


class Moments:
    """Mean and variance per column of successive blocks, without missing (all-zero) rows.

    Blocks are processed in slices of `SLICE` rows, so the result does not depend on how the rows
    are divided into blocks, as long as each block but the last has a multiple of `SLICE` rows. Two
    sets of n and m rows are combined by M2 = M2_n + M2_m + (mean_m - mean_n)^2 n m / (n + m), which
    is numerically stable (Chan, Golub, LeVeque, 1979).
    """

    SLICE = 256

    def __init__(self):
        self.count = 0
        self.mean = 0.0
        self.squares = 0.0
        self.sparse = False

    def add(self, block):
        """Add a block (n, ..., columns), dense or sparse; returns self."""
        self.sparse = hasattr(block, "toarray")
        moments_of = _sparse_moments if self.sparse else _dense_moments
        block = block.tocsr() if self.sparse else block
        for start in range(0, block.shape[0], self.SLICE):
            self._combine(*moments_of(block[start : start + self.SLICE]))
        return self

    @property
    def variance(self):
        return self.squares / max(self.count, 1)

    def _combine(self, count, mean, squares):
        total = max(self.count + count, 1)
        difference = mean - self.mean
        self.squares = self.squares + squares + difference**2 * (self.count * count / total)
        self.mean = self.mean + difference * (count / total)
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
