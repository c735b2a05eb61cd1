"""Modalities from the columns of a table: their names, and rows of numbers, categories, vectors."""

import json
import re
from collections.abc import Sequence

import numpy as np

from mm_keras.utils.messages import report_bad
from mm_keras.utils.sequences import is_missing


def modality_names(kind: str, columns: str | Sequence[str] | None) -> dict[str, str]:
    """Names of modalities -> columns: one column is named by its kind, several also by column.

    Example:
        >>> modality_names("text", "headline")
        {'text': 'headline'}
        >>> modality_names("text", ["title", "body (raw)"])
        {'text_title': 'title', 'text_body_raw': 'body (raw)'}
    """
    if columns is None:
        return {}
    columns = [columns] if isinstance(columns, str) else list(columns)
    if len(columns) == 1:
        return {kind: columns[0]}
    names = {}
    for column in columns:
        name = f"{kind}_" + (re.sub(r"\W+", "_", str(column)).strip("_") or "column")
        if name in names:
            raise ValueError(
                f"The {kind} columns need different names. "
                f"Received: {names[name]!r} and {column!r}."
            )
        names[name] = column
    return names


def row_samples(columns, numbers=(), categories=(), vectors=None):
    """The modalities "numbers", "categories" and "vectors", as far as columns are given for them.

    Args:
        columns: dict, name -> list of n cells.
        numbers, categories: sequence of str, the columns of these modalities; or one str.
        vectors: str, a column of vectors: lists, arrays, or str such as "[0.1, 0.2]"; or None.

    Returns:
        dict, modality -> list of n rows (a missing vector is None), and a dict, modality -> list of
        its columns.
    """
    groups = {"numbers": numbers, "categories": categories}
    groups = {
        name: [group] if isinstance(group, str) else list(group) for name, group in groups.items()
    }
    groups = {name: group for name, group in groups.items() if group}
    samples = {
        name: [list(row) for row in zip(*(columns[column] for column in group))]
        for name, group in groups.items()
    }
    if vectors is not None:
        samples["vectors"] = [_vector(cell) for cell in columns[vectors]]
        report_bad(
            [
                row
                for row, (cell, vector) in enumerate(zip(columns[vectors], samples["vectors"]))
                if vector is None and not _is_empty(cell)
            ],
            f"had no vector in the column {vectors!r}",
            "A vector is a list of numbers, such as [0.1, 0.2]. These become None.",
        )
        groups["vectors"] = [vectors]
    return samples, groups


def _is_empty(cell):
    return is_missing(cell) or (isinstance(cell, str) and not cell.strip())


def _vector(cell):
    """A vector as a list of float; None if it is missing or none."""
    if _is_empty(cell):
        return None
    if isinstance(cell, str):
        try:
            cell = json.loads(cell if cell.lstrip().startswith("[") else f"[{cell}]")
        except (ValueError, RecursionError):  # as NumPy prints it, without commas
            cell = cell.strip().strip("[]()").split()
    try:
        vector = np.asarray(cell, np.float64)
    except (TypeError, ValueError):
        return None
    return vector.tolist() if vector.ndim == 1 and vector.size else None
