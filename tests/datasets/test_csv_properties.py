"""Any table that csv.writer writes is read back, and any table written without quotes."""

import csv
import io
import tempfile
import warnings

import pytest

from mm_keras.datasets import load_pairs
from mm_keras.datasets.pairs.csv_rows import DELIMITERS, read_rows

hypothesis = pytest.importorskip("hypothesis")
st = hypothesis.strategies

CHARACTERS = st.one_of(
    st.sampled_from(" \"'\n\r\t,;|=_a1é\u2028\x00\ufeff雨🙂"),
    st.characters(blacklist_categories=["Cs"]),
)
CELLS = st.text(CHARACTERS, max_size=12)
UNQUOTED = CELLS.map(lambda cell: "".join(c for c in cell if c not in "\t\r\n"))
HEADER = ["id", "text", "label"]


def tables(cells):
    return st.lists(st.lists(cells, min_size=3, max_size=3), min_size=1, max_size=6)


def bounded(test):
    return hypothesis.settings(max_examples=300, deadline=None, derandomize=True)(test)


def as_csv(rows, **options):
    stream = io.StringIO(newline="")
    csv.writer(stream, **options).writerows(rows)
    return stream.getvalue()


@bounded
@hypothesis.given(
    rows=tables(CELLS),
    delimiter=st.sampled_from(DELIMITERS),
    line_end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC]),
    sep_line=st.booleans(),
)
def test_what_csv_writer_writes_is_read_back(rows, delimiter, line_end, quoting, sep_line):
    if line_end == "\n" and quoting == csv.QUOTE_MINIMAL:  # csv.writer then leaves \r unquoted
        rows = [[cell.replace("\r", "") for cell in row] for row in rows]
    text = as_csv([HEADER, *rows], delimiter=delimiter, lineterminator=line_end, quoting=quoting)
    text = f"sep={delimiter}{line_end}{text}" if sep_line else text
    found, _ = read_rows(text, "pairs.csv", HEADER)
    assert [cells for _, cells in found] == [HEADER, *rows]


@bounded
@hypothesis.given(rows=tables(UNQUOTED), line_end=st.sampled_from(["\n", "\r\n", "\r"]))
def test_tables_without_quotes_are_read_back(rows, line_end):
    text = line_end.join("\t".join(row) for row in [HEADER, *rows]) + line_end
    found, notes = read_rows(text, "pairs.tsv", HEADER, quoting="none")
    assert [cells for _, cells in found] == [HEADER, *rows] and notes == []


@bounded
@hypothesis.given(rows=tables(UNQUOTED))
def test_no_row_of_a_table_without_quotes_is_lost_in_silence(rows):
    """Read with quotes, a table without has all rows, a note, or is refused."""
    rows = [[str(k), *row[1:]] for k, row in enumerate(rows)]  # no row without content
    text = "\n".join("\t".join(row) for row in [HEADER, *rows]) + "\n"
    try:
        found, notes = read_rows(text, "pairs.tsv", HEADER)
    except ValueError:
        return
    assert len(found) == len(rows) + 1 or any(names for names, *_ in notes)


@bounded
@hypothesis.given(rows=tables(CELLS))
def test_the_samples_are_those_of_the_table(rows):
    with tempfile.TemporaryDirectory() as path, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with open(f"{path}/pairs.csv", "w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([HEADER, *rows])
        data = load_pairs(path, image=None, label=None)
    assert data["text"] == [row[1] if row[1].strip() else None for row in rows]
    assert data.columns["label"] == [row[2] for row in rows]
    assert len(set(data.ids)) == len(rows)
