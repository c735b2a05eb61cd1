"""Reading a CSV file: its columns and the line numbers of its rows, with errors that name lines."""

import codecs
import csv
import shlex
from collections import Counter
from contextlib import contextmanager
from difflib import get_close_matches

from mm_keras.datasets.pairs.csv_rows import ADVICE, has_content, misfits, read_rows
from mm_keras.utils.messages import did_you_mean, some_of

# The beginning of PNG, JPEG, GIF, zip (also .xlsx) and old spreadsheet files.
BINARY = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04", b"\xd0\xcf\x11\xe0")
# Columns that are hardly meant where another one is not found.
USUAL_COLUMNS = ("id", "text", "image", "audio", "video", "label", "split")


def read_table(
    path,
    needed,
    optional=(),
    quoting="auto",
    keep_empty=False,
    strict=False,
    encoding="utf-8",
    delimiter=None,
):
    """Read a CSV file with a header line.

    The delimiter (a comma, a tab, a vertical bar, or a semicolon, as in spreadsheets of many
    countries) is that of a first line "sep=;" or the one with which most of the given names are
    found in the header line. Blank lines are skipped. A column without a name is named by its
    position, e.g. "column 3".

    A row may lack cells at its end only in columns that are neither needed nor optional (some
    spreadsheets omit empty cells), and may have extra cells only if these are empty.

    Args:
        path: Path of the file.
        needed: dict, role of a column -> its name in the header, e.g. {"text": "caption"}.
        optional: names of further columns that may be missing.
        quoting: str, see `read_rows`.
        keep_empty: bool, whether to keep rows that consist of empty cells.
        strict: bool, for the notes.
        encoding: str, e.g. "gbk"; UTF-8 with or without byte order mark.
        delimiter: str, one character; None to detect it.

    Returns:
        columns (dict, name -> list of n str), lines (list of n int, counted from 1), notes (list of
        arguments of `report_bad`).

    Raises:
        ValueError: another encoding, broken quotes, missing or duplicate columns, rows of the wrong
            length, no rows at all.
    """
    text = _decode(path.read_bytes(), path.name, encoding)
    wanted = {*needed.values(), *optional}
    with _field_limit(len(text)):
        rows, notes = read_rows(text, path.name, wanted, quoting, strict, delimiter)
    if not keep_empty:
        rows = [(line, cells) for line, cells in rows if has_content(cells)]
    if len(rows) < 2:
        columns = f" with {_quoted(needed.values())}" if needed else ""
        raise ValueError(
            f"{path.name} has no samples. "
            f"Received: {'only a header line' if rows else 'an empty file'}. Needed: "
            f"a header line{columns}, then one line per sample."
        )
    (_, header), *samples = rows
    _check_header(header, needed, path.name)
    _check_lengths(rows, wanted, path.name)
    filled = [cells + [""] * (len(header) - len(cells)) for _, cells in samples]
    columns = {name: [cells[k] for cells in filled] for k, name in enumerate(header)}
    return columns, [line for line, _ in samples], notes


def _decode(content, name, encoding):
    try:
        encoding = codecs.lookup(encoding).name
        " ".encode(encoding)  # "hex" is a codec too, but not of text
    except LookupError:
        raise ValueError(
            f"encoding must be one that Python knows, such as utf-8, gbk, big5, shift_jis or "
            f"latin-1. Received: {encoding!r}."
        ) from None
    advice = (
        "Name its encoding, e.g. encoding={0!r} or, on the command line, --encoding {0}; or save "
        'it as UTF-8: in spreadsheets this format is called "CSV UTF-8".'
    )
    if encoding == "utf-8" and content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ValueError(f"{name} must be UTF-8. Received: UTF-16. {advice.format('utf-16')}")
    try:
        text = content.decode("utf-8-sig" if encoding == "utf-8" else encoding)
        return text.removeprefix("\ufeff")  # kept by encodings such as utf-16-le
    except UnicodeDecodeError as error:
        if content.startswith(BINARY):
            raise ValueError(
                f"{name} is not a CSV file. Received: an image, an archive or a spreadsheet. "
                'Save a spreadsheet as "CSV UTF-8"; for images, pass a CSV file that names them.'
            ) from None
        line = error.object.count(b"\n", 0, error.start) + 1
        byte = error.object[error.start]
        raise ValueError(
            f"{name} must be {encoding.upper()}. Received: another encoding, first in line {line} "
            f"(byte 0x{byte:02x}). {advice.format('gbk')}"
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


def _check_header(header, needed, name):
    missing = {role: column for role, column in needed.items() if column not in header}
    if missing:
        role, wrong = next(iter(missing.items()))
        close = get_close_matches(wrong.casefold(), map(str.casefold, header), n=1)
        free = [column for column in header if column not in needed.values()]
        others = [column for column in header if column.casefold() in close]
        others += [role] if role in free else []
        others += [column for column in free if column not in USUAL_COLUMNS]
        other = next(iter(others + free), header[-1])
        option, no_option = "", ""
        if role in ("text", "image", "audio", "video", "label"):
            option = f" or, on the command line, --{role}-column {shlex.quote(other)}"
            no_option = f" (--{role}-column none)"
        advice = (
            f" Pass the name of the column, e.g. load_pairs(path, {role}={other!r}){option}, or "
            f"{role}=None{no_option} if there is none."
        )
        raise ValueError(
            f"{name} needs the columns {_quoted(needed.values())}. Received: {_quoted(header)}. "
            f"Missing: {_quoted(missing.values())}."
            + (advice if role.isidentifier() and "_" not in role else did_you_mean(wrong, header))
        )
    duplicates = [column for column, count in Counter(header).items() if count > 1]
    if duplicates:
        raise ValueError(
            f"The column names of {name} must be distinct. "
            f"Received more than once: {_quoted(duplicates)}."
        )


def _check_lengths(rows, wanted, name):
    bad = misfits(rows, wanted)
    if not bad:
        return
    count = "1 row" if len(bad) == 1 else f"{len(bad)} rows"
    lines = some_of(f"line {line} ({len(cells)})" for line, cells in bad)
    has_quotes = any(mark in cell for _, cells in bad for cell in cells for mark in '"\r\n')
    raise ValueError(
        f"{name} needs {len(rows[0][1])} cells in each row, one per column. Received {count} with "
        f"another number of cells: {lines}. A cell that contains a delimiter or a line break must "
        f'be quoted: "rain, then sun".{" " + ADVICE if has_quotes else ""}'
    )


def _quoted(names):
    return ", ".join(repr(name) for name in names)
