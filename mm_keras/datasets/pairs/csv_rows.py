"""Splitting the text of a CSV file into rows: its delimiter, and its quotes, which may be stray."""

import csv
import io
import re

QUOTINGS = ("auto", "minimal", "none")
DELIMITERS = ",;\t|"
SEP_LINE = re.compile(r'"?sep=([^"\r\n\w ])"?[ ;,\t]*(?=[\r\n]|\Z)', re.IGNORECASE)
QUOTED = re.compile('"[^"]*"')
LINE_BREAK = re.compile("\r\n|\r|\n")
ADVICE = (
    "If quotes are ordinary characters in this file, pass quoting='none' or, on the command line, "
    "--quoting none."
)


def read_rows(text, name, wanted=(), quoting="auto", strict=False, delimiter=None):
    """The rows of a CSV file, and what is doubtful about its quotes.

    Args:
        text: str, the content of the file.
        name: str, the name of the file.
        wanted: names that should be in the header line.
        quoting: "minimal": a cell that begins with a quote ends with one, as csv.writer writes it;
            "none": quotes are ordinary characters; "auto": "minimal", but if the file cannot be
            read in this way, each line is a row, and quotes are ordinary characters in lines where
            they do not enclose cells.
        strict: bool, for `report_bad`.
        delimiter: str, one character; None to detect it.

    Returns:
        rows (list of (line, list of str), the header first; without blank lines), notes (list of
        arguments of `report_bad`).

    Raises:
        ValueError: an unknown `quoting`, or broken quotes.
    """
    if quoting not in QUOTINGS:
        raise ValueError(f"quoting must be one of {', '.join(QUOTINGS)}. Received: {quoting!r}.")
    if delimiter is not None and (len(delimiter) != 1 or delimiter in '"\r\n'):
        raise ValueError(
            "delimiter must be one character other than a quote or a line break. "
            f"Received: {delimiter!r}."
        )
    sep_line = SEP_LINE.match(text)  # written for spreadsheets: sep=;
    if sep_line:
        text = text[sep_line.end() :]  # its line break stays, for the line numbers
    if delimiter is None:
        delimiter = sep_line[1] if sep_line else _delimiter(text, name, wanted)
    if quoting == "none":
        return _with_header(_parse(text, name, delimiter=delimiter, quoting=csv.QUOTE_NONE)), []
    spaced = _has_spaces_before_cells(text, delimiter)
    dialect = {"delimiter": delimiter, "skipinitialspace": spaced, "strict": True}
    rows, error = [], None
    try:
        rows = _with_header(_parse(text, name, **dialect))
    except ValueError as broken_quotes:
        error = broken_quotes
    if quoting == "auto" and '"' in text and (error or misfits(rows, wanted)):
        by_line, stray = _parse_lines(text, dialect)
        if len(by_line) > 1 and len(by_line[0][1]) > 1 and not misfits(by_line, wanted):
            problem = "had quotes that do not enclose a cell"
            return by_line, [
                (
                    stray,
                    problem,
                    "They are read as part of the cell, and each line as a row.",
                    strict,
                )
            ]
    if error:
        raise error
    return rows, [
        (
            _find_swallowed(rows, wanted, delimiter, spaced),
            "had a quoted cell that contains what looks like whole rows",
            ADVICE,
            strict,
        )
    ]


def misfits(rows, wanted):
    """The rows that lack a cell of a wanted column, or have content beyond the header."""
    if not rows:
        return []
    (_, header), *rows = rows
    end = _num_needed(header, wanted)
    return [
        (line, cells)
        for line, cells in rows
        if has_content(cells) and (len(cells) < end or has_content(cells[len(header) :]))
    ]


def _num_needed(header, wanted):
    """The smallest number of cells of a row: up to the last wanted column."""
    return 1 + max((k for k, column in enumerate(header) if column in wanted), default=-1)


def has_content(cells):
    return any(map(str.strip, cells))


def _delimiter(text, name, wanted):
    """The delimiter with which most of the wanted names, or of all cells, are in the header."""

    def score(delimiter):
        header = next(csv.reader(io.StringIO(text.lstrip(), newline=""), delimiter=delimiter), [])
        names = {cell.strip().strip('"') for cell in header}
        return len(names.intersection(wanted)), len(header)

    is_tsv = name.lower().endswith((".tsv", ".tab"))
    return max("\t" + DELIMITERS if is_tsv else DELIMITERS, key=score)


def _has_spaces_before_cells(text, delimiter):
    """Whether spaces after a delimiter are not part of the cell: text, "image"."""
    delimiter = re.escape(delimiter)
    header = text.lstrip().partition("\n")[0]
    outside_quotes = QUOTED.sub('""', text)
    return bool(
        re.search(f"{delimiter} +[^ ]", header) or re.search(f'{delimiter} +"', outside_quotes)
    )


def _parse(text, name, **dialect):
    """Yield (line, cells) of all rows; empty lines have no cells."""
    line, reader = 1, csv.reader(io.StringIO(text, newline=""), **dialect)
    try:
        for cells in reader:
            yield line, cells
            line = reader.line_num + 1
    except csv.Error as error:
        raise ValueError(
            f"{name} has a broken cell in the row that starts in line {line} ({error}). A quote "
            "at the start of a cell needs one at its end, and quotes inside must be doubled: "
            f'"She said ""yes""". {ADVICE}'
        ) from None


def _parse_lines(text, dialect):
    """(rows, stray): each line as one row, and the names of lines whose quotes are broken."""
    rows, stray = [], []
    for number, line in enumerate(io.StringIO(text, newline=""), start=1):
        line = line.rstrip("\r\n")
        try:
            cells = next(csv.reader([line], **dialect), [])
        except csv.Error:
            cells = line.split(dialect["delimiter"])
            stray.append(f"line {number}")
        rows.append((number, cells))
    return _with_header(rows), stray


def _with_header(rows):
    """The rows from the header on, the first one with content, without lines of white space only.

    In a file with one column, such a line is an empty cell, except empty lines at the end. A column
    without a name is named by its position.
    """
    rows = list(rows)
    while rows and not rows[-1][1]:
        rows.pop()
    start = next((k for k, (_, cells) in enumerate(rows) if has_content(cells)), len(rows))
    if start == len(rows):
        return []
    line, header = rows[start]
    header = [cell.strip() or f"column {position}" for position, cell in enumerate(header, start=1)]
    others = [
        (line, cells or [""])
        for line, cells in rows[start + 1 :]
        if len(cells) > 1 or len(header) == 1 or has_content(cells)
    ]
    return [(line, header), *others]


def _find_swallowed(rows, wanted, delimiter, spaced):
    """Names of lines: rows in which each line of a cell looks like a row.

    In running text a delimiter is followed by a space, in rows of cells usually not. So a line
    looks like a row if it has as many cells as the header. Where cells at the end were left out, or
    a delimiter is followed by a space, one of its cells must also be found in the same column of
    another row.
    """
    if not rows or len(rows[0][1]) < 2:
        return []
    (_, header), *rows = rows
    broken = [(line, cells) for line, cells in rows if any(map(LINE_BREAK.search, cells))]
    if not broken:
        return []
    whole = [cells for _, cells in rows if not any(map(LINE_BREAK.search, cells))]
    known = {
        k: {cells[k].strip() for cells in whole if len(cells) > k} - {""}
        for k, column in enumerate(header)
        if column in wanted
    }
    ends_cell = re.compile(re.escape(delimiter) + ("" if spaced or delimiter == "\t" else "(?! )"))
    lengths = range(max(2, _num_needed(header, wanted)), len(header) + 1)

    def is_row(part, before=(), after=()):
        if len([*before, *ends_cell.split(part), *after]) == len(header):
            return True
        splits = ([*before, *own, *after] for own in (ends_cell.split(part), part.split(delimiter)))
        return any(len(cells) in lengths and _has_known(cells, known) for cells in splits)

    swallowed = []
    for line, cells in broken:
        num_breaks = sum(len(LINE_BREAK.findall(cell)) for cell in cells)
        for k, cell in enumerate(cells):
            first, *others = LINE_BREAK.split(cell)
            if (
                others
                and is_row(first, before=cells[:k])
                and all(is_row(part) for part in others[:-1] if part.strip())
                and is_row(others[-1], after=cells[k + 1 :])
            ):
                swallowed.append(f"lines {line} to {line + num_breaks}")
                break
    return swallowed


def _has_known(cells, known):
    """Whether a cell is among the known ones of its column; `known` is a dict, column -> set."""
    return any(cells[k].strip() in values for k, values in known.items() if k < len(cells))
