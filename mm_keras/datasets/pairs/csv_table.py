"""Reading a CSV file: its columns and the line numbers of its rows, with errors that name lines."""

import csv
import io
import shlex
from collections import Counter
from contextlib import contextmanager

from mm_keras.utils.messages import some_of

DELIMITERS = ",;\t"


def read_table(path, needed, optional=()):
    """Read a CSV file with a header line.

    The encoding is UTF-8, with or without byte order mark. The delimiter (a comma, a tab, or a
    semicolon, as in spreadsheets of many countries) is the one with which most of the given names
    are found in the header line. Spaces after a delimiter, empty lines and rows without content are
    skipped. A column without a name is named by its position, e.g. "column 3".

    A row may lack cells at its end only in columns that are neither needed nor optional (some
    spreadsheets omit empty cells), and may have extra cells only if these are empty.

    Args:
        path: Path of the file.
        needed: dict, role of a column -> its name in the header, e.g. {"text": "caption"}.
        optional: names of further columns that may be missing.

    Returns:
        columns (dict, name -> list of n str), lines (list of n int, counted from 1).

    Raises:
        ValueError: not UTF-8, broken quotes, missing or duplicate columns, rows of the wrong
            length, no rows at all.
    """
    text = _decode(path.read_bytes(), path.name)
    wanted = {*needed.values(), *optional}
    with _field_limit(len(text)):
        rows = _rows(text, _delimiter(text, wanted), path.name)
    if len(rows) < 2:
        raise ValueError(
            f"{path.name} has no samples. "
            f"Received: {'only a header line' if rows else 'an empty file'}. Needed: "
            f"a header line with {_quoted(needed.values())}, then one line per sample."
        )
    (_, header), *rows = rows
    header = [cell.strip() or f"column {position}" for position, cell in enumerate(header, start=1)]
    _check_header(header, needed, path.name)
    _check_lengths(rows, header, wanted, path.name)
    filled = [cells + [""] * (len(header) - len(cells)) for _, cells in rows]
    columns = {name: [cells[k] for cells in filled] for k, name in enumerate(header)}
    return columns, [line for line, _ in rows]


def _decode(content, name):
    advice = 'Save it as UTF-8; in spreadsheets this format is called "CSV UTF-8".'
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ValueError(f"{name} must be UTF-8. Received: UTF-16. {advice}")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        byte = error.object[error.start]
        raise ValueError(
            f"{name} must be UTF-8. Received: another encoding, first in line {line} "
            f"(byte 0x{byte:02x}). {advice}"
        ) from None


@contextmanager
def _field_limit(length):
    """A context in which the csv module accepts cells of this length (default: 131,072)."""
    limit = csv.field_size_limit()
    csv.field_size_limit(max(limit, length))
    try:
        yield
    finally:
        csv.field_size_limit(limit)


def _delimiter(text, wanted):
    def score(delimiter):
        header = [cell.strip() for cell in next(_reader(text.lstrip(), delimiter), [])]
        return len(wanted.intersection(header)), len(header)

    return max(DELIMITERS, key=score)


def _rows(text, delimiter, name):
    """List of (line, cells) for all rows with content, including the header."""
    rows, line, reader = [], 1, _reader(text, delimiter, strict=True)
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                rows.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        raise ValueError(
            f"{name} has a broken cell in the row that starts in line {line} ({error}). A quote "
            "at the start of a cell needs one at its end, and quotes inside must be doubled: "
            '"She said ""yes""."'
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
            f" or, on the command line, --{role}-column {shlex.quote(other)}"
            if role in ("text", "image", "label")
            else ""
        )
        raise ValueError(
            f"{name} needs the columns {_quoted(needed.values())}. Received: {_quoted(header)}. "
            f"Missing: {_quoted(missing.values())}. Pass the name of the column, e.g. "
            f"load_pairs(path, {role}={other!r}){option}, or {role}=None if there is none."
        )
    duplicates = [column for column, count in Counter(header).items() if count > 1]
    if duplicates:
        raise ValueError(
            f"The column names of {name} must be distinct. "
            f"Received more than once: {_quoted(duplicates)}."
        )


def _check_lengths(rows, header, wanted, name):
    end = 1 + max((k for k, column in enumerate(header) if column in wanted), default=-1)
    bad = [
        f"line {line} ({len(cells)})"
        for line, cells in rows
        if len(cells) < end or any(map(str.strip, cells[len(header) :]))
    ]
    if bad:
        count = "1 row" if len(bad) == 1 else f"{len(bad)} rows"
        raise ValueError(
            f"{name} needs {len(header)} cells in each row, one per column. Received {count} with "
            f"another number of cells: {some_of(bad)}. A cell that contains a delimiter or a line "
            'break must be quoted: "rain, then sun".'
        )


def _quoted(names):
    return ", ".join(repr(name) for name in names)
