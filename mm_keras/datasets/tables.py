"""Modalities from the columns of a table: their names, and rows of numbers, categories, vectors."""

import json
import math
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
        name = modality_name(kind, column)
        if name in names:
            raise ValueError(
                f"The {kind} columns need different names. "
                f"Received: {names[name]!r} and {column!r}."
            )
        names[name] = column
    return names


def modality_name(kind: str, column: str) -> str:
    """The name of the modality of one of several columns of a kind.

    Layers of networks are named after it: ASCII letters, digits and "_" only, and not too long.

    Example:
        >>> modality_name("text", "body (raw)"), modality_name("text", "正文")
        ('text_body_raw', 'text_u6b63_u6587')
    """
    name = str(column).encode("ascii", "backslashreplace").decode()
    return f"{kind}_" + (re.sub(r"\W+", "_", name).strip("_")[:80] or "column")


def row_samples(columns, numbers=(), categories=(), vectors=None, names=None, strict=False):
    """The modalities "numbers", "categories" and "vectors", as far as columns are given for them.

    Args:
        columns: dict, name -> list of n cells.
        numbers, categories: sequence of str, the columns of these modalities; or one str.
        vectors: str, a column of vectors: lists, arrays, or str such as "[0.1, 0.2]"; or None.
        names: list of n str, the names of the rows for messages; default: their numbers.
        strict: bool, whether to raise ValueError instead of warning about bad cells.

    Returns:
        dict, modality -> list of n rows (numbers given as str become float; missing numbers,
        categories and vectors are None), and a dict, modality -> list of its columns.
    """
    groups = {"numbers": numbers, "categories": categories}
    groups = {
        name: [group] if isinstance(group, str) else list(group) for name, group in groups.items()
    }
    groups = {name: group for name, group in groups.items() if group}
    samples = {
        name: [
            [None if is_empty(cell) else cell for cell in row]
            for row in zip(*(columns[column] for column in group))
        ]
        for name, group in groups.items()
    }
    num_rows = len(next(iter(columns.values()), ()))
    names = range(num_rows) if names is None else names
    if "numbers" in samples:
        samples["numbers"] = _number_rows(samples["numbers"], groups["numbers"], names, strict)
    if vectors is not None:
        samples["vectors"] = [_vector(cell) for cell in columns[vectors]]
        report_bad(
            [
                name
                for name, cell, vector in zip(names, columns[vectors], samples["vectors"])
                if vector is None and not is_empty(cell)
            ],
            f"had no vector in the column {vectors!r}",
            "A vector is a list of numbers, such as [0.1, 0.2]. Other cells are treated as missing "
            "(None).",
            strict,
        )
        groups["vectors"] = [vectors]
    return samples, groups


def _number_rows(rows, columns, names, strict):
    """The rows with float in place of str; those that are not numbers are reported."""
    numbers = [list(map(_number, row)) for row in rows]
    bad = [
        (name, column, cell)
        for name, row, values in zip(names, rows, numbers)
        for column, cell, value in zip(columns, row, values)
        if value is None and cell is not None
    ]
    first = "".join(f" The first is {cell[:20]!r} in {column!r}." for _, column, cell in bad[:1])
    report_bad(
        list(dict.fromkeys(name for name, _, _ in bad)),
        "had cells that are not finite numbers",
        f"These cells count as missing.{first}",
        strict,
    )
    return numbers


def is_empty(cell):
    """Whether a cell has no content: missing, or white space only."""
    return is_missing(cell) or (isinstance(cell, str) and not cell.strip())


def _number(cell):
    """A str as a float, None if it is not a finite number; any other cell as it is."""
    if not isinstance(cell, str):
        return cell
    try:
        value = float(cell)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _vector(cell):
    """A vector as a list of float; None if it is missing or none."""
    if is_empty(cell):
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
