"""Numbers: columns of numbers, standardized, with indicators for missing ones."""

from collections.abc import Sequence
from typing import Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from mm_keras.tabular.base import TableExtractor
from mm_keras.tabular.rows import as_numbers, column_names

WHAT = "numbers"
PRESENT = 1e-6  # in place of 0: a sample whose numbers all equal the means is not a missing one


class Numbers(TableExtractor):
    """Standardized columns of numbers, and an indicator for each column that has missing ones.

    Each column gets mean 0 and variance 1 on the samples given to `fit`. A missing number becomes
    0, the mean, and where numbers of its column were missing in `fit`, another column is 1.

    Args:
        columns: None, or the names of the columns, list of str, for `get_feature_names_out`.

    Attributes:
        mean_, scale_: float64 arrays (d,), mean and standard deviation (1 for a constant column).
        missing_: int array (m,), the columns with missing numbers.
        output_shape_: (d + m,).

    Shapes:
        n samples of d numbers (array (n, d), or list of n lists; NaN or None for a missing number,
        None for a missing sample) -> float32 array (n, d + m). A sample without any number is a
        zero row. Numbers beyond the range of float32 count as missing, with a warning.

    Raises:
        TypeError: numbers instead of rows of numbers.
        ValueError: rows of different lengths, no rows.

    Example:
        >>> numbers = Numbers().fit([[1.0, 10.0], [3.0, None]])
        >>> numbers.transform([[1.0, 10.0], [3.0, None], [None, None]])
        array([[-1.,  0.,  0.],
               [ 1.,  0.,  1.],
               [ 0.,  0.,  0.]], dtype=float32)

    Reference: missing indicators: D. B. Rubin, Inference and missing data, 1976.
    """

    def __init__(self, columns: Sequence[str] | None = None):
        self.columns = columns

    def fit(self, samples: Sequence | np.ndarray, y: object = None) -> Self:
        """Learn means, standard deviations and which columns have missing numbers."""
        numbers = as_numbers(samples, WHAT)
        numbers = numbers[~np.isnan(numbers).all(axis=1)]
        if not len(numbers):
            raise ValueError("Numbers needs at least one sample with a number. Received: none.")
        known = ~np.isnan(numbers)
        counts = np.maximum(known.sum(axis=0), 1)
        self.mean_ = np.where(known, numbers, 0.0).sum(axis=0) / counts
        deviations = np.where(known, numbers - self.mean_, 0.0)
        spread = np.sqrt((deviations**2).sum(axis=0) / counts)
        self.scale_ = np.where(spread > 1e-12 * np.abs(self.mean_), spread, 1.0)
        self.missing_ = np.flatnonzero(~known.all(axis=0))
        self.output_shape_ = (len(self.mean_) + len(self.missing_),)
        return self

    def transform(self, samples: Sequence | np.ndarray) -> np.ndarray:
        """Rows of numbers -> float32 array (n, d + m)."""
        check_is_fitted(self, "output_shape_")
        numbers = as_numbers(samples, WHAT, len(self.mean_))
        missing = np.isnan(numbers)
        scaled = np.where(missing, 0.0, (numbers - self.mean_) / self.scale_)
        rows = np.concatenate([scaled, missing[:, self.missing_]], axis=1).astype(np.float32)
        present = ~missing.all(axis=1)
        rows[~present] = 0
        rows[present & ~rows.any(axis=1), :1] = PRESENT
        return rows

    def get_feature_names_out(self, input_features: Sequence[str] | None = None) -> np.ndarray:
        """Names of the columns of the output, str array (d + m,)."""
        check_is_fitted(self, "output_shape_")
        names = column_names(self.columns, input_features, "number", len(self.mean_))
        return np.array([*names, *(f"{names[k]}_missing" for k in self.missing_)], dtype=object)
