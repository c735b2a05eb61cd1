"""Vectors: ready vectors, such as embeddings made by another program, as they are."""

from collections.abc import Sequence
from typing import Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from mm_keras.tabular.base import TableExtractor
from mm_keras.tabular.rows import as_numbers
from mm_keras.utils.messages import report_bad

WHAT = "values"


class Vectors(TableExtractor):
    """Vectors passed through unchanged, such as sentence or image embeddings made elsewhere.

    Attributes:
        output_shape_: (d,).

    Shapes:
        n vectors (array (n, d), or list of n lists; None for a missing one) -> float32 array
        (n, d). Missing vectors, and those with a value that is not finite, are zero rows.

    Raises:
        TypeError: values instead of vectors.
        ValueError: vectors of different lengths, no vectors.

    Example:
        >>> Vectors().fit_transform([[0.5, 2.0], None])
        array([[0.5, 2. ],
               [0. , 0. ]], dtype=float32)
    """

    def fit(self, samples: Sequence | np.ndarray, y: object = None) -> Self:
        """Learn the length of the vectors."""
        width = as_numbers(samples, WHAT).shape[1]
        if not width:
            raise ValueError("Vectors needs at least one vector. Received: none.")
        self.output_shape_ = (width,)
        return self

    def transform(self, samples: Sequence | np.ndarray) -> np.ndarray:
        """Vectors -> float32 array (n, d)."""
        check_is_fitted(self, "output_shape_")
        rows = as_numbers(samples, WHAT, *self.output_shape_)
        incomplete = np.isnan(rows).any(axis=1)
        partly = np.flatnonzero(incomplete & ~np.isnan(rows).all(axis=1)).tolist()
        report_bad(partly, "had a vector with missing values", "Their rows are zero.")
        rows[incomplete] = 0
        return rows.astype(np.float32)
