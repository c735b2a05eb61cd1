"""Extractor: the base class of all extractors."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps
from importlib import import_module
from typing import Self

import numpy as np
from sklearn import config_context
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

OUTPUTS = ("default", "pandas", "polars")
_arrays_only = ContextVar("_arrays_only", default=False)


@contextmanager
def as_arrays() -> Iterator[None]:
    """A context in which extractors return arrays or sparse matrices, as `Features` needs them."""
    token = _arrays_only.set(True)
    try:
        with config_context(transform_output="default"):
            yield
    finally:
        _arrays_only.reset(token)


class Extractor(TransformerMixin, BaseEstimator):
    """A scikit-learn transformer of raw samples, such as texts or images.

    Its output is an array or a sparse matrix whatever `sklearn.set_config(transform_output=...)`
    says: rows may be sparse, sequences or grids, which no DataFrame holds. Vectors become the rows
    of a DataFrame with `set_output(transform="pandas")`. Its tags say that the samples are not rows
    of a 2-D array, and that the output has a dtype of its own.
    """

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**{**options, "auto_wrap_output_keys": None})
        for name in ("transform", "fit_transform"):
            if name in vars(cls):
                setattr(cls, name, _with_output(vars(cls)[name]))

    def set_output(self, *, transform: str | None = None) -> Self:
        """Choose what `transform` returns; returns self.

        Args:
            transform: "default" for arrays or sparse matrices; "pandas" or "polars" for a DataFrame
                (dense), for extractors of vectors; None leaves it as it is.

        Raises:
            ValueError: another choice. Later, in `transform`: rows that are not vectors.
        """
        if transform not in (None, *OUTPUTS):
            raise ValueError(
                f"transform must be one of {', '.join(OUTPUTS)}. Received: {transform!r}."
            )
        if transform is not None:
            self._sklearn_output_config = {"transform": transform}  # kept by scikit-learn's `clone`
        return self

    def get_feature_names_out(self, input_features: Sequence[str] | None = None) -> np.ndarray:
        """The names of the columns, str array (d,): the class in lower case and a number.

        Raises:
            ValueError: the rows are not vectors.
        """
        check_is_fitted(self)
        shape = getattr(self, "output_shape_", None)
        if shape is None or len(shape) != 1:
            raise ValueError(
                "Only vectors have named columns. Received: "
                f"{self!r}, whose rows have {f'shape {shape}' if shape else 'no single shape'}."
            )
        name = type(self).__name__.lower()
        return np.array([f"{name}{column}" for column in range(shape[0])], dtype=object)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.input_tags.one_d_array = tags.input_tags.allow_nan = True  # nan: a missing sample
        tags.transformer_tags.preserves_dtype = []
        return tags


def _with_output(method):
    """The method, with a DataFrame in place of its rows if `set_output` asked for one."""

    @wraps(method)
    def wrapped(self, *args, **options):
        rows = method(self, *args, **options)
        output = getattr(self, "_sklearn_output_config", {}).get("transform", "default")
        is_outermost = getattr(type(self), method.__name__) is wrapped
        if output == "default" or _arrays_only.get() or not is_outermost:
            return rows
        if hasattr(rows, "columns"):  # `fit_transform` that calls `transform`
            return rows
        names = self.get_feature_names_out()
        rows = rows.toarray() if hasattr(rows, "toarray") else rows
        table = import_module(output).DataFrame
        if output == "polars":
            return table(rows, schema=list(names))
        samples = [*args, *options.values()][0]
        return table(rows, index=samples.index if hasattr(samples, "iloc") else None, columns=names)

    return wrapped
