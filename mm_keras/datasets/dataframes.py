"""MultimodalData from a table in memory (pandas, polars, pyarrow, dict), and back."""

from importlib import import_module

import numpy as np

from mm_keras.datasets.pairs.labels import encode
from mm_keras.datasets.tables import is_empty, modality_names, row_samples
from mm_keras.utils.messages import did_you_mean, report_bad
from mm_keras.utils.sequences import as_sequence, columns_of

MODALITIES = ("text", "image", "audio", "video")


def parts_of(table, roles, numbers=(), categories=(), vectors=None, class_names=None):
    """The arguments of `MultimodalData` for a table.

    Args:
        table: a pandas, polars or pyarrow table, or a dict, name -> sequence.
        roles: dict, role ("text", ..., "label", "id") -> the name of its column, a list of names,
            or None. A default name (the role itself) that the table lacks counts as None.
        numbers, categories, vectors: see `row_samples`.
        class_names: list of str or None, see `MultimodalData.from_dataframe`.

    Raises:
        ValueError: a column that the table does not have, no modality, no labeled sample.
    """
    columns = {
        str(name): as_sequence(list(values) if isinstance(values, tuple) else values, name)
        for name, values in columns_of(table).items()
    }
    columns = {name: list(values) for name, values in columns.items()}
    roles = {role: _as_str(column) for role, column in roles.items()}
    numbers, categories, vectors = map(_as_str, (numbers, categories, vectors))
    roles = {
        role: None if column == role and role not in columns else column
        for role, column in roles.items()
    }
    names = {}
    for kind in MODALITIES:
        names |= modality_names(kind, roles[kind])
    rows = [numbers, categories, [] if vectors is None else vectors]
    _check_columns(columns, [*names.values(), roles["label"], roles["id"]], *rows)
    label = roles["label"]
    labels, class_names, kept = _labels(columns[label], class_names) if label else (None, (), None)
    if kept is not None:
        columns = {name: [cells[row] for row in kept] for name, cells in columns.items()}
    samples = {
        modality: [_cell(value, modality) for value in columns[column]]
        for modality, column in names.items()
    }
    more, groups = row_samples(columns, numbers, categories, vectors, names=kept)
    samples |= more
    if not samples:
        raise ValueError(
            "At least one column of samples is needed. Received: "
            f"{', '.join(columns)}. Name it, e.g. text='description' or numbers=['price']."
        )
    used = {*names.values(), label, *groups.get("vectors", ())}
    return {
        "samples": samples,
        "labels": labels,
        "class_names": class_names,
        "ids": [str(value) for value in columns[roles["id"]]] if roles["id"] else None,
        "columns": {name: cells for name, cells in columns.items() if name not in used},
        "info": {"columns": groups} if groups else {},
    }


def as_table(data, library):
    """The samples, labels, ids and columns of MultimodalData as a DataFrame of a library.

    Raises:
        ValueError: another library than pandas and polars.
        ImportError: it is not installed.
    """
    if library not in ("pandas", "polars"):
        raise ValueError(f"library must be 'pandas' or 'polars'. Received: {library!r}.")
    try:
        make = import_module(library).DataFrame
    except ImportError:
        raise ImportError(
            f"to_dataframe(library={library!r}) needs {library}: pip install {library}"
        ) from None
    groups = data.info.get("columns", {})
    table = {"id": data.ids}
    for name, samples in data.samples.items():
        if name in ("numbers", "categories") and name in groups:
            continue  # their columns are in `columns`
        table[name] = [_plain(sample) for sample in samples]
    if data.labels is not None:
        names = data.class_names
        table["label"] = (
            [[names[k] for k in np.flatnonzero(row)] for row in data.labels]
            if data.is_multi_label
            else [names[k] for k in data.labels]
        )
    for name, cells in data.columns.items():
        if name != "id" or table["id"] != list(map(str, cells)):
            table[_free(name, table)] = cells
    return make(table)


def _free(name, names):
    """The name, with "_column" if it is that of a modality, of the labels or of the ids."""
    return _free(f"{name}_column", names) if name in names else name


def _as_str(names):
    """The names of columns, such as 0 in a table without a header, as str; None stays None."""
    if names is None:
        return None
    is_one = isinstance(names, str) or not hasattr(names, "__iter__")
    return str(names) if is_one else list(map(str, names))


def _plain(sample):
    return sample.tolist() if isinstance(sample, np.ndarray) else sample


def _check_columns(columns, needed, *groups):
    needed = [name for name in needed if name is not None]
    for group in groups:
        needed += [group] if isinstance(group, str) else group
    for name in needed:
        if name not in columns:
            raise ValueError(
                f"The table has no column {name!r}. Received: {', '.join(map(repr, columns))}."
                f"{did_you_mean(name, columns)}"
            )


def _cell(value, modality):
    """A sample of text, image, audio or video; None if it is missing."""
    if is_empty(value):
        return None
    if modality.startswith("text"):
        return value if isinstance(value, str) else str(value)
    return value


def _labels(cells, class_names):
    """(labels, class names, rows with a label or None for all of them)."""
    if any(isinstance(cell, (list, tuple, set, np.ndarray)) for cell in cells):
        names = [[] if is_empty(cell) else [_name(item) for item in cell] for cell in cells]
        class_names, labels = encode(names, True, class_names)
        return labels, class_names, None
    kept = [row for row, cell in enumerate(cells) if not is_empty(cell)]
    if not kept:
        raise ValueError("No sample has a label. For data without labels, pass label=None.")
    report_bad(
        sorted(set(range(len(cells))).difference(kept)),
        "had no label",
        "Such rows are dropped. For data without labels, pass label=None.",
    )
    values = [cells[row] for row in kept]
    if class_names is None:
        class_names = _in_order({_name(value): value for value in values})
    else:
        class_names = [_name(name) for name in class_names]
    class_names, labels = encode([[_name(value)] for value in values], False, class_names)
    return labels, class_names, None if len(kept) == len(cells) else kept


def _in_order(values):
    """Class names in the order of their values if these are numbers, else alphabetically."""
    try:
        return sorted(values, key=lambda name: float(values[name]))
    except (TypeError, ValueError):
        return sorted(values)


def _name(value):
    """The class name of a label: whole floats as integers, as 1.0 beside missing labels."""
    if isinstance(value, (float, np.floating)) and float(value).is_integer():
        value = int(value)
    return " ".join(str(value).split())
