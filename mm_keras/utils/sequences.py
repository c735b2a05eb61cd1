"""Samples as sequences that are read by position, with None for the missing ones."""

import os
from array import array
from collections import UserList, deque
from collections.abc import Iterator, Mapping, Sequence, Set

import numpy as np

IN_MEMORY = (list, tuple, range, deque, UserList, array)  # all other sequences may be lazy


def as_sequence(values, name="samples"):
    """The samples as an array, a list or a lazy sequence, to be read by position.

    Series, tuples, object arrays and other containers become lists, whatever their index. Lazy
    sequences, such as `mm_keras.datasets.TextFile`, are returned as they are.

    Args:
        values: the samples of one modality.
        name: str, the name of the modality, for messages.

    Raises:
        TypeError: one sample instead of a sequence, a table, or something without an order or a
            length.

    Example:
        >>> as_sequence(("rain", float("nan"), None))
        ['rain', None, None]
    """
    if isinstance(values, (str, bytes, os.PathLike)) or not hasattr(values, "__iter__"):
        raise TypeError(
            f"The {name} must be a list. Received: one {type(values).__name__}. Put it in a list."
        )
    if isinstance(values, Iterator):
        raise TypeError(
            f"The {name} must be a list, because they are read more than once. "
            f"Received: a {type(values).__name__}. Pass list(...)."
        )
    if isinstance(values, (Mapping, Set)) or getattr(values, "columns", None) is not None:
        raise TypeError(
            f"The {name} must be a list. Received: a {type(values).__name__}. Pass one column."
        )
    if isinstance(values, np.ndarray) and values.ndim and values.dtype.kind not in "OUT":
        return values
    if isinstance(values, Sequence) and not isinstance(values, IN_MEMORY):
        return values
    if not isinstance(values, list):
        values = values.to_pylist() if hasattr(values, "to_pylist") else list(values)
    if not any(value is not None and is_missing(value) for value in values):
        return values
    return [None if is_missing(value) else value for value in values]


def columns_of(data):
    """dict, modality -> samples, of MultimodalData, a dict or a table (pandas, polars, pyarrow).

    Raises:
        TypeError: anything else, such as a list of texts.

    Example:
        >>> columns_of({"text": ["rain"]})
        {'text': ['rain']}
    """
    if hasattr(data, "modalities"):
        names = data.modalities
    elif isinstance(data, Mapping):
        names = data
    else:
        names = getattr(data, "column_names", None) or getattr(data, "columns", None)
    if names is None:
        raise TypeError(
            "Samples are MultimodalData, a dict such as {'text': [...]}, or a table with a column "
            f"for each modality. Received: a {type(data).__name__}."
        )
    return {name: data[name] for name in names}


def is_missing(value):
    """Whether a value stands for a missing sample: None, nan, pandas' NA and NaT."""
    if value is None:
        return True
    if isinstance(value, (float, np.floating)):
        return bool(value != value)
    return type(value).__name__ in ("NAType", "NaTType")


def check_lengths(lengths):
    """Raise ValueError unless all lengths in a dict (name -> length) are the same."""
    if len(set(lengths.values())) > 1:
        received = ", ".join(f"{length} {name}" for name, length in lengths.items())
        raise ValueError(
            f"All modalities need the same number of samples, in the same order. "
            f"Received: {received}."
        )
