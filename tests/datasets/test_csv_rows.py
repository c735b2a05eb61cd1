"""Rows of CSV files with stray quotes: none is lost without a word."""

import pytest

from mm_keras.datasets.pairs.csv_rows import read_rows

HEADER = ["text", "image", "label"]
SWALLOWED = [
    ['" disc', "a.png", "x"],
    ["goal", "b.png", "y"],
    ['c 12"', "a.png", "x"],
    ["snow", "c.png", "y"],
    ["rain", "d.png", "x"],
]


def content(rows, delimiter="\t", line_end="\n", header=HEADER):
    return line_end.join([delimiter.join(cells) for cells in [header, *rows]]) + line_end


def read(text, **options):
    """(rows without the header, messages about lines)."""
    rows, notes = read_rows(text, "x.csv", HEADER, **options)
    return [cells for _, cells in rows[1:]], [note[:2] for note in notes if note[0]]


@pytest.mark.parametrize("delimiter", ["\t", ",", ";", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("column", [0, 1, 2])
def test_rows_within_a_quoted_cell_are_reported(delimiter, line_end, column):
    order = [(k - column) % 3 for k in range(3)]  # the quotes are in this column
    rows = [[cells[k] for k in order] for cells in SWALLOWED]
    text = content(rows, delimiter, line_end, [HEADER[k] for k in order])
    found, notes = read(text)
    assert len(found) == 3
    assert notes == [
        (["lines 2 to 4"], "had a quoted cell that contains what looks like whole rows")
    ]
    assert read(text, quoting="none") == (rows, [])


def test_two_rows_that_became_one_are_reported_too():
    rows = [SWALLOWED[0], SWALLOWED[2], *SWALLOWED[3:]]
    found, notes = read(content(rows))
    assert len(found) == 3 and notes[0][0] == ["lines 2 to 3"]


@pytest.mark.parametrize(
    "cell",
    [
        "one\ntwo",
        "Rain, wind and snow, all day\nSun, wind",
        "first, second, third\n\nfourth, fifth, sixth\n",
        "a\tb\nc",
    ],
)
@pytest.mark.parametrize("column", [0, 2])
def test_texts_of_several_lines_are_not_reported(cell, column):
    cells = ["t", "b.png", "x"]
    cells[column] = f'"{cell}"'
    found, notes = read(content([cells], ","))
    assert found[0][column] == cell and notes == []


@pytest.mark.parametrize("stray", ['"He" said', '"open', '"a" "b"', '"x""'])
def test_a_file_that_cannot_be_read_otherwise_is_read_line_by_line(stray):
    rows = [["a, b", "a.png", "x"], [stray, "b.png", "y"], ['say 5" or so', "", "x"]]
    text = content([['"a, b"', "a.png", "x"], *rows[1:]], ",")
    found, notes = read(text)
    assert found == rows
    assert notes == [(["line 3"], "had quotes that do not enclose a cell")]
    with pytest.raises(
        ValueError, match=r"broken cell in the row that starts in line 3 .*--quoting"
    ):
        read(text, quoting="minimal")


def test_it_is_refused_if_lines_are_not_rows():
    text = content([['"two\nlines"', "a.png", "x"], ['"He" said', "b.png", "y"]])
    with pytest.raises(ValueError, match="broken cell in the row that starts in line 4"):
        read(text)
    with pytest.raises(ValueError, match="broken cell"):  # one column: any line looks like a row
        read_rows('text\n"two\nlines"\n"He" said\n', "x.csv", ["text"])


def test_line_numbers_count_all_lines():
    rows, _ = read_rows('sep=,\n\ntext,label\n\n"a\nb",x\n\nc,y\n', "x.csv", ["text"])
    assert [line for line, _ in rows] == [3, 5, 8]


def test_an_unknown_quoting_lists_the_choices():
    with pytest.raises(ValueError, match="one of auto, minimal, none. Received: 3"):
        read("text\na\n", quoting=3)


LABELS = "".join(f"t{i},{'xy'[i % 2]}\n" for i in range(10))


def swallowed(header, lines, rows=LABELS, wanted=("text", "label")):
    _, notes = read_rows(f"{header}\n{rows}{lines}", "x.csv", wanted)
    return [name for note in notes for name in note[0]]


@pytest.mark.parametrize(
    "header, lines, where",
    [
        ("text,label,note", '" disc,x\nb,y\nc 12",x\n', "lines 12 to 14"),
        ("text,label,note", '" disc,x,n\nb,y\nc 12",x,n\n', "lines 12 to 14"),
        ("text,label,note", '" disc,x,n\nb,y\nc 12",x\n', "lines 12 to 14"),
        ("text,label", '"Hi, x\nb,y\n\nc,y\nd",x\n', "lines 12 to 16"),
        ("text,label", '" disc,x\nb, really,y\nc 12",x\n', "lines 12 to 14"),
        ("text,label,note,source", '" disc,x\nb,y,,\nc 12",x,n\n', "lines 12 to 14"),
    ],
)
def test_swallowed_rows_without_their_last_cells_are_reported(header, lines, where):
    assert swallowed(header, lines) == [where]


@pytest.mark.parametrize(
    "lines",
    [
        '"10,000 people\ncame",x,n\n',
        '"10,000 people\ncame",x\n',
        '"rain, then\nsun, too",x,n\n',
        '"rain, then x\nsun",x\n',
        '"rain\nsun",x\n',
    ],
)
def test_texts_with_commas_and_line_breaks_are_not_rows(lines):
    assert swallowed("text,label,note", lines) == []


@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
@pytest.mark.parametrize("quoting", ["auto", "minimal", "none"])
def test_blank_lines_of_a_single_column_are_empty_cells(line_end, quoting):
    text = line_end.join(["", "text", "storm", "", "goal", "  ", "rain", "", ""])
    rows, _ = read_rows(text, "x.csv", ["text"], quoting)
    assert rows == [
        (2, ["text"]), (3, ["storm"]), (4, [""]), (5, ["goal"]), (6, ["  "]), (7, ["rain"])
    ]  # fmt: skip
    rows, _ = read_rows(text.replace("text", "text,label"), "x.csv", ["text"], quoting)
    assert [cells for _, cells in rows[1:]] == [["storm"], ["goal"], ["rain"]]
