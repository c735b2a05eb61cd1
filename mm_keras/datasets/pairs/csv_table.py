"""A CSV file -> its columns, and the line on which each row starts; what is broken is an error that names its lines."""

import csv
import io
import shlex
from collections import Counter
from contextlib import contextmanager

from mm_keras.utils.messages import some_of

DELIMITERS = ",;\t"


def read_table(path, needed, optional=()):
    """Read a CSV file with a header line.

    UTF-8, with or without byte order mark. Commas, semicolons (as spreadsheets write in many countries) or tabs: the
    delimiter is the one that finds the most wanted names in the header line. Spaces after a delimiter, empty lines and
    rows without any content are skipped. A column without a name is called "column 3" by its position.

    A row may lack cells at its end only where nobody asked for them (some spreadsheets leave out empty ones), and have
    more cells only when these are empty.

    Args:
        path: Path of the file.
        needed: dict, what a column is for -> its name in the header, e.g. {"text": "caption"}.
        optional: names of columns that are wanted too, if there.

    Returns:
        columns (dict, name -> list of n str), lines (list of n int, counted from 1).

    Raises:
        ValueError: not UTF-8, broken quotes, missing or repeated columns, rows of the wrong length, no rows at all.
    """
    text = _decode(path.read_bytes(), path.name)
    wanted = {*needed.values(), *optional}
    with _cells_as_long_as(text):
        rows = _rows(text, _delimiter(text, wanted), path.name)
    if len(rows) < 2:
        raise ValueError(
            f"{path.name} has no samples. Received: {'a header line alone' if rows else 'an empty file'}. "
            f"Needed: a header line with {_quoted(needed.values())}, then one line per sample."
        )
    (_, header), *rows = rows
    header = [cell.strip() or f"column {position}" for position, cell in enumerate(header, start=1)]
    _check_header(header, needed, path.name)
    _check_lengths(rows, header, wanted, path.name)
    filled = [cells + [""] * (len(header) - len(cells)) for _, cells in rows]
    return {name: [cells[k] for cells in filled] for k, name in enumerate(header)}, [
        line for line, _ in rows
    ]


def _decode(content, name):
    advice = 'Save it as UTF-8; spreadsheets call this format "CSV UTF-8".'
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ValueError(f"{name} must be UTF-8. Received: UTF-16. {advice}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        byte = error.object[error.start]
        raise ValueError(
            f"{name} must be UTF-8. Received: another encoding, first in line {line} (byte 0x{byte:02x}). "
            f"{advice}"
        ) from None


@contextmanager
def _cells_as_long_as(text):
    """Let the csv module accept cells as long as the whole text, whose usual limit is 131,072 characters."""
    limit = csv.field_size_limit()
    csv.field_size_limit(max(limit, len(text)))
    try:
        yield
    finally:
        csv.field_size_limit(limit)


def _delimiter(text, wanted):
    def found(delimiter):
        header = [cell.strip() for cell in next(_reader(text.lstrip(), delimiter), [])]
        return len(wanted.intersection(header)), len(header)

    return max(DELIMITERS, key=found)


def _rows(text, delimiter, name):
    """List of (line, cells) for all rows with content, the header included."""
    rows, line, reader = [], 1, _reader(text, delimiter, strict=True)
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                rows.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        raise ValueError(
            f"{name} has a broken cell in the row that starts in line {line} ({error}). A quote at the "
            'start of a cell needs one at its end; quotes inside are doubled: "She said ""yes""."'
        ) from None
    return rows


def _reader(text, delimiter, strict=False):
    return csv.reader(
        io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True, strict=strict
    )


def _check_header(header, needed, name):
    missing = {role: column for role, column in needed.items() if column not in header}
    if missing:
        role = next(iter(missing))
        other = next((column for column in header if column not in needed.values()), header[-1])
        option = (
            f" or, in a command, --{role}-column {shlex.quote(other)}"
            if role in ("text", "image", "label")
            else ""
        )
        raise ValueError(
            f"{name} needs the columns {_quoted(needed.values())}. Received: {_quoted(header)}. Missing: "
            f"{_quoted(missing.values())}. Say which column it is, e.g. load_pairs(path, {role}={other!r})"
            f"{option}, or pass {role}=None if there is none."
        )
    twice = [column for column, count in Counter(header).items() if count > 1]
    if twice:
        raise ValueError(
            f"{name} must give each column a name of its own. Received more than once: {_quoted(twice)}."
        )


def _check_lengths(rows, header, wanted, name):
    end = 1 + max((k for k, column in enumerate(header) if column in wanted), default=-1)
    bad = [
        f"line {line} ({len(cells)})"
        for line, cells in rows
        if len(cells) < end or any(map(str.strip, cells[len(header) :]))
    ]
    if bad:
        raise ValueError(
            f"{name} needs {len(header)} cells in each row, one per column. Received {len(bad)} "
            f"row{'s' if len(bad) > 1 else ''} with other numbers: {some_of(bad)}. A cell with a delimiter "
            'or a line break inside needs quotes around it: "rain, then sun".'
        )


def _quoted(names):
    return ", ".join(repr(name) for name in names)
