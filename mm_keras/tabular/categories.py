"""Categories: columns of categories, one-hot."""

from collections import Counter
from collections.abc import Sequence
from typing import Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from mm_keras.tabular.base import TableExtractor
from mm_keras.tabular.rows import as_rows, check_width, column_names
from mm_keras.utils.sequences import is_missing

WHAT = "categories"


class Categories(TableExtractor):
    """One-hot columns of categories, and one column "other" for the rare and unknown ones.

    Args:
        columns: None, or the names of the columns, list of str, for `get_feature_names_out`.
        min_count: int, a category that is less frequent in `fit` counts as other. Default: 2.
        max_categories: int, so many categories of a column are kept, the most frequent ones.
            Default: 100.

    Attributes:
        categories_: list of d lists of str, the categories of each column in alphabetical order.
        output_shape_: (K,), the number of categories of all columns, and d.

    Shapes:
        n samples of d categories (list of n lists, or array (n, d); None or an empty str for a
        missing one, None for a missing sample) -> float32 array (n, K) of zeros and ones. A missing
        category has zeros only, and so has a missing sample.

    Raises:
        TypeError: categories instead of rows of categories.
        ValueError: rows of different lengths, no rows, `min_count` or `max_categories` < 1.

    Example:
        >>> categories = Categories(["color"]).fit([["red"], ["red"], ["blue"], ["blue"]])
        >>> categories.get_feature_names_out().tolist()
        ['color_blue', 'color_red', 'color_other']
        >>> categories.transform([["red"], ["green"], [None]])
        array([[0., 1., 0.],
               [0., 0., 1.],
               [0., 0., 0.]], dtype=float32)
    """

    def __init__(
        self, columns: Sequence[str] | None = None, min_count: int = 2, max_categories: int = 100
    ):
        self.columns = columns
        self.min_count = min_count
        self.max_categories = max_categories

    def fit(self, samples: Sequence | np.ndarray, y: object = None) -> Self:
        """Learn the categories of each column."""
        for name in ("min_count", "max_categories"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name} must be at least 1. Received: {getattr(self, name)}.")
        rows = [row for row in as_rows(samples, WHAT) if row is not None]
        if not rows:
            raise ValueError("Categories needs at least one sample. Received: none.")
        self.categories_ = [self._frequent(cells) for cells in zip(*rows)]
        self.output_shape_ = (sum(len(names) + 1 for names in self.categories_),)
        return self

    def _frequent(self, cells):
        counts = Counter(name for name in map(_name, cells) if name)
        kept = sorted(counts, key=lambda name: (-counts[name], name))[: self.max_categories]
        return sorted(name for name in kept if counts[name] >= self.min_count)

    def transform(self, samples: Sequence | np.ndarray) -> np.ndarray:
        """Rows of categories -> float32 array (n, K) of zeros and ones."""
        check_is_fitted(self, "output_shape_")
        rows = as_rows(samples, WHAT)
        encoded = np.zeros((len(rows), *self.output_shape_), np.float32)
        places, start = [], 0
        for names in self.categories_:
            places.append(({name: start + k for k, name in enumerate(names)}, start + len(names)))
            start += len(names) + 1
        for i, row in enumerate(rows):
            if row is None:
                continue
            check_width(len(row), len(self.categories_), WHAT)
            for cell, (columns, other) in zip(row, places):
                if name := _name(cell):
                    encoded[i, columns.get(name, other)] = 1
        return encoded

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = tags.input_tags.string = True
        return tags

    def get_feature_names_out(self, input_features: Sequence[str] | None = None) -> np.ndarray:
        """Names of the columns of the output, str array (K,)."""
        check_is_fitted(self, "output_shape_")
        names = column_names(self.columns, input_features, "category", len(self.categories_))
        return np.array(
            [
                f"{name}_{kind}"
                for name, kinds in zip(names, self.categories_)
                for kind in [*kinds, "other"]
            ],
            dtype=object,
        )


def _name(cell):
    """The name of a category: whole floats as integers, as 1.0 where a column has missing ones."""
    if is_missing(cell):
        return ""
    if isinstance(cell, (float, np.floating)) and float(cell).is_integer():
        cell = int(cell)
    return " ".join(str(cell).split())
