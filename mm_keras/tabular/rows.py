"""Samples that are rows of a table, as a 2-D array."""

from contextlib import suppress

import numpy as np

from mm_keras.utils.messages import report_bad
from mm_keras.utils.sequences import as_sequence, columns_of, is_missing

NO_NUMBERS = ("had cells that are not finite numbers", "These cells count as missing.")
LARGEST = float(np.finfo(np.float32).max)  # extracted rows are float32: beyond, it is infinite


def as_rows(samples, what):
    """The rows as a list of lists, and None for missing samples; all rows have one length.

    Args:
        samples: array (n, d), table with d columns, or list of n rows of d values; None for a
            missing sample.
        what: str, what the values are, for messages.

    Raises:
        TypeError: one row, values instead of rows, or a sparse matrix.
        ValueError: rows of different lengths.
    """
    if getattr(samples, "columns", None) is not None:  # as in scikit-learn's ColumnTransformer
        return list(map(list, zip(*map(as_sequence, columns_of(samples).values()))))
    if hasattr(samples, "toarray"):
        raise TypeError(
            f"The {what} must be dense. Received: a sparse matrix. Pass samples.toarray()."
        )
    samples = as_sequence(samples)
    rows = [None if row is None else _as_row(row, what) for row in samples]
    lengths = {len(row) for row in rows if row is not None}
    if len(lengths) > 1:
        raise ValueError(
            f"All samples need the same number of {what}. Received: "
            f"{', '.join(map(str, sorted(lengths)))}."
        )
    return rows


def as_numbers(samples, what, num_columns=None):
    """The rows as a float64 array (n, d); NaN where a number is missing, is none or is infinite.

    Args:
        samples: see `as_rows`.
        what: str, what the values are, for messages.
        num_columns: int, the number of columns; None (default) for that of the samples.

    Raises:
        ValueError: not this number of columns; else see `as_rows`.
    """
    if isinstance(samples, np.ndarray) and samples.ndim == 2 and samples.dtype.kind in "fiub":
        return _array_of_numbers(samples, what, num_columns)
    rows = as_rows(samples, what)
    width = next((len(row) for row in rows if row is not None), num_columns or 0)
    check_width(width, num_columns, what)
    numbers = np.full((len(rows), width), np.nan)
    bad = []
    for i, row in enumerate(rows):
        if row is not None:
            numbers[i], is_bad = _floats(row)
            if is_bad:
                bad.append(i)
    report_bad(bad, *NO_NUMBERS)
    return numbers


def _array_of_numbers(array, what, num_columns):
    check_width(array.shape[1], num_columns, what)
    numbers = array.astype(np.float64)
    infinite = np.abs(numbers) > LARGEST
    numbers[infinite] = np.nan
    report_bad(np.flatnonzero(infinite.any(axis=1)).tolist(), *NO_NUMBERS)
    return numbers


def check_width(width, num_columns, what):
    """Raise ValueError unless the samples have the number of columns that was learned."""
    if num_columns is not None and width != num_columns:
        raise ValueError(
            f"Each sample needs {num_columns} {what}, as in the samples given to fit. "
            f"Received: {width}."
        )


def _as_row(row, what):
    if isinstance(row, (str, bytes)) or not hasattr(row, "__len__"):
        raise TypeError(
            f"Each sample must be a list of {what}. Received: one {type(row).__name__}. "
            "For a single column, pass [[first], [second], ...]."
        )
    return row.tolist() if hasattr(row, "tolist") else list(row)


def _floats(row):
    """The values of a row as floats, and whether one of them is there but is no finite number."""
    if {float, int}.issuperset(map(type, row)):  # much faster for long vectors
        with suppress(OverflowError):
            values = np.array(row, np.float64)
            infinite = np.abs(values) > LARGEST
            values[infinite] = np.nan
            return values, bool(infinite.any())
    values, is_bad = [], False
    for cell in row:
        value = np.nan
        if not is_missing(cell) and not (isinstance(cell, str) and not cell.strip()):
            try:
                value = float(cell)
            except (TypeError, ValueError, OverflowError):
                pass
            if not abs(value) <= LARGEST:  # or nan
                value, is_bad = np.nan, True
        values.append(value)
    return values, is_bad


def column_names(columns, input_features, noun, num_columns):
    """The names of the columns of the samples: those given, those of the table, or numbered ones.

    Raises:
        ValueError: another number of names than columns.
    """
    names = input_features if columns is None else columns
    names = [f"{noun}_{k}" for k in range(num_columns)] if names is None else list(names)
    if len(names) != num_columns:
        raise ValueError(f"{num_columns} names of columns are needed. Received: {len(names)}.")
    return names
