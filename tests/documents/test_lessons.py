"""The lessons keep their form: a question, short cells, figures, exercises, asserted numbers."""

import ast
import doctest
import importlib
import inspect
import json
import re
import sys
from collections import Counter

import numpy as np
import pytest

from tests import ROOT
from tests.documents.lesson_rules import (
    CHECK_CELL,
    is_check_cell,
    numbers_in,
    sections_of,
    spelling_slips,
    unproved_numbers,
)

FOLDER = ROOT / "notebooks"
LESSONS = sorted(FOLDER.glob("[0-9][0-9]_*.ipynb"))
SOLUTIONS = sorted((FOLDER / "solutions").glob("*.ipynb"))
CHINESE_LESSONS = sorted((FOLDER / "zh").glob("*.ipynb"))
KINDS = ("Predict", "Change", "Explain", "Build")
LOCAL_PATH = re.compile(r"(?:/home/|/work/|/tmp/|/opt/|/root/|/Users/|site-packages|[A-Z]:\\\\)")

every_lesson = pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
every_translation_too = pytest.mark.parametrize(
    "path", LESSONS + CHINESE_LESSONS, ids=lambda path: path.stem
)
every_notebook = pytest.mark.parametrize(
    "path",
    LESSONS + SOLUTIONS + sorted((FOLDER / "zh").rglob("*.ipynb")),
    ids=lambda path: f"{path.parent.name}-{path.stem}",
)


@pytest.fixture(autouse=True)
def checks_on_the_path(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))


def cells_of(path, kind=None):
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    return [cell for cell in cells if kind in (None, cell["cell_type"])]


def source(cell):
    return "".join(cell["source"])


def outputs(path):
    return [output for cell in cells_of(path, "code") for output in cell["outputs"]]


def checks_of(path):
    """The check functions of a lesson: dict name -> function."""
    module = importlib.import_module(f"lesson_checks.lesson_{path.name[:2]}")
    functions = inspect.getmembers(module, inspect.isfunction)
    return {name: function for name, function in functions if name.startswith("check_")}


# --- the form of a lesson -------------------------------------------------------------------------


@every_lesson
def test_a_lesson_opens_with_its_question(path):
    first = source(cells_of(path)[0])
    assert re.match(rf"# {path.name[:2]} · \w", first)
    assert all(
        f"**{part}" in first for part in ("Question.**", "After this lesson you can**", "Time.**")
    )


@every_lesson
def test_a_lesson_closes_with_own_data_limits_and_four_exercises(path):
    prose = "\n".join(map(source, cells_of(path, "markdown")))
    parts = ["## Your own data", "## Limitations", "## Exercises"]
    parts += [f"**{number} · {kind}.**" for number, kind in enumerate(KINDS, 1)]
    positions = [prose.find(part) for part in parts]
    assert -1 not in positions and positions == sorted(positions), dict(zip(parts, positions))


@every_lesson
def test_a_lesson_links_to_its_neighbors_its_solution_and_its_sources(path):
    position = LESSONS.index(path)
    links = [f"[Solutions](solutions/{path.name})"]
    for word, other in (("Previous", position - 1), ("Next", position + 1)):
        if 0 <= other < len(LESSONS):
            title = source(cells_of(LESSONS[other])[0]).partition("\n")[0].removeprefix("# ")
            links.append(f"{word}: [{title}]({LESSONS[other].name})")
    first = " ".join(source(cells_of(path)[0]).split())
    assert not [link for link in links if link not in first]
    prose = "\n".join(map(source, cells_of(path, "markdown")))
    reading = prose.partition("## Further reading")[2].partition("## Exercises")[0]
    assert re.search(r"\]\(https://", reading)


@every_lesson
def test_cells_are_few_and_short(path):
    cells = [cell for cell in cells_of(path) if not is_check_cell(cell)]
    assert 25 <= len(cells) <= 48
    code = [source(cell) for cell in cells if cell["cell_type"] == "code"]
    assert all(len(text.splitlines()) <= 16 for text in code), max(
        code, key=lambda text: len(text.splitlines())
    )
    assert all(len(line) <= 100 for text in code for line in text.splitlines())
    for text in map(source, cells_of(path, "markdown")[1:]):
        is_long_kind = "## Limitations" in text or re.search(r"\*\*[1-4] · ", text)
        assert num_words(text) <= (120 if is_long_kind else 80), text


@every_translation_too
def test_code_has_comments(path):
    """Every visible code cell of more than four lines says in a comment what its steps do."""
    code = [source(cell) for cell in cells_of(path, "code")[1:] if not is_check_cell(cell)]
    assert not [text for text in code if len(text.splitlines()) > 4 and "# " not in text]


def num_words(text):
    return len(re.sub(r"(?ms)^```.*?^```", "", text).split())


@every_translation_too
def test_a_lesson_has_figures(path):
    assert 3 <= sum("image/png" in output.get("data", {}) for output in outputs(path)) <= 6


@every_translation_too
def test_asserts_are_out_of_sight_in_one_cell_per_section(path):
    """They follow the last code of the section; at least two of three sections have some."""
    sections = [cells for cells in sections_of(cells_of(path))[1:-1] if cells]
    for cells in sections:
        assert not any(map(is_check_cell, cells[:-1]))
    checked = [cells[-1] for cells in sections if is_check_cell(cells[-1])]
    assert len(checked) >= 2 / 3 * len(sections)
    for cell in cells_of(path, "code"):
        asserts = [n for n in ast.walk(ast.parse(source(cell))) if isinstance(n, ast.Assert)]
        assert bool(asserts) == is_check_cell(cell), source(cell)
        assert len(source(cell).splitlines()) <= 24


@every_translation_too
def test_numbers_in_the_prose_are_asserted(path):
    assert unproved_numbers(cells_of(path)) == []


@every_notebook
def test_spelling(path):
    assert not [
        slip for cell in cells_of(path, "markdown") for slip in spelling_slips(source(cell))
    ]


@every_notebook
def test_a_notebook_belongs_to_no_machine(path):
    notebook = json.loads(path.read_text(encoding="utf-8"))
    assert notebook["metadata"] == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    assert all(cell["metadata"] in ({}, CHECK_CELL) for cell in notebook["cells"])
    # one string per line, so that diffs stay readable
    assert all(isinstance(cell["source"], list) for cell in notebook["cells"])
    texts = [source(cell) for cell in notebook["cells"]]
    texts += [
        "".join(output.get("text", output.get("data", {}).get("text/plain", "")))
        for output in outputs(path)
    ]
    assert not [text for text in texts if LOCAL_PATH.search(text)]
    assert not [output for output in outputs(path) if output.get("name") == "stderr"]


# --- exercises ------------------------------------------------------------------------------------


@every_lesson
def test_a_lesson_asks_and_its_solution_answers_every_check(path):
    checks = checks_of(path)
    files = (path, FOLDER / "solutions" / path.name)
    lesson, solution = ([source(cell) for cell in cells_of(file, "code")] for file in files)
    assert len(checks) == 4
    assert all(
        any(re.search(rf"^{name}\(", text, re.MULTILINE) for text in lesson[-4:]) for name in checks
    )
    assert all(any(f"assert {name}(" in text for text in solution) for name in checks)


@every_lesson
def test_checks_give_the_hints_shown_in_their_docstrings(path):
    """Each docstring shows at least two wrong answers with their hints, and no right one."""
    checks = checks_of(path)
    results = doctest.testmod(sys.modules[next(iter(checks.values())).__module__])
    assert results.failed == 0
    for name, check in checks.items():
        assert len(re.findall(r"^ *Not yet\.", check.__doc__, re.MULTILINE)) >= 2, name
        assert "Right." not in check.__doc__, name
        assert not check(...), name


ODD_ANSWERS = (
    None,
    1.5,
    -1,
    float("nan"),
    "?",
    [],
    {"a": 1},
    print,
    lambda *args: None,
    lambda *args: "text",
    lambda *args: [[1], [2, 3]],
    lambda *args: {},
    lambda *args: 1 / 0,
)


@every_lesson
def test_checks_have_a_hint_for_any_answer(path):
    for name, check in checks_of(path).items():
        for answer in ODD_ANSWERS:
            verdict = check(answer)
            assert not verdict and re.match(r"(Not yet|No answer yet)\. \w", str(verdict)), (
                name,
                answer,
                verdict,
            )


def test_right_answers_are_spread_over_the_letters():
    """Each letter is right in two lessons at least."""
    right = Counter()
    for path in LESSONS:
        checks = checks_of(path).values()
        letters = [letter for letter in "abcd" if any(check(letter) for check in checks)]
        assert len(letters) == 1, path.stem
        right.update(letters)
    assert len(right) == 4 and min(right.values()) >= 2, right


def test_answers_count_in_any_usual_form():
    from lesson_checks import one_of, whole_number

    assert all(one_of(answer, "c", "Yes.", {"a": "?"}) for answer in ("c", "C)", "(c)", " c. "))
    assert not one_of("a)", "c", "Yes.", {"a": "?"})
    answers = (6400, 6400.0, "6400", "6,400", np.array(6400), np.array([6400.0]))
    assert {whole_number(answer) for answer in answers} == {6400}
    others = ("6400.5", "", "-", True, None, np.array([1, 2]), 0.5)
    assert {whole_number(answer) for answer in others} == {None}


def test_a_function_without_return_gets_that_hint():
    from lesson_checks import no_result

    def untouched(a, b): ...

    def prints(a, b):
        print(a * b)

    assert "No answer yet." in str(no_result(untouched))
    assert str(no_result(prints)) == "Not yet. The function returns nothing. Is `return` missing?"


def test_student_functions_get_copies():
    from lesson_checks import outcome

    mine = [3, 1]
    assert outcome(lambda values: values.sort() or values, mine) == ([1, 3], None)
    assert mine == [3, 1]


def test_every_solution_belongs_to_a_lesson():
    assert [path.name for path in SOLUTIONS] == [path.name for path in LESSONS]


# --- the rules themselves -------------------------------------------------------------------------


def cell(kind, text, metadata=None):
    return {"cell_type": kind, "source": text, "metadata": metadata or {}}


def test_a_number_needs_an_assert_before_it():
    title = cell("markdown", "# 99 minutes")
    proof = cell("code", "x = 0.7\nassert 0.25 < y < 0.5\nassert len(z) == 1764")
    good = cell("markdown", "From 25 to 50 %, or 0.5, of 1,764 in 2005, 7 times, see 04. $77$")
    assert unproved_numbers([title, proof, good]) == []
    early = cell("markdown", "0.25 0.75 0.7")
    assert unproved_numbers([title, early, proof]) == [(1, "0.75")]  # the next cell counts
    check = cell("code", "assert x == 0.75\ny = 0.125", CHECK_CELL)
    assert unproved_numbers([title, early, proof, check]) == []  # and the section's check cell
    assert unproved_numbers([title, cell("markdown", "0.125"), proof, check]) == [(1, "0.125")]
    bad = cell("markdown", "About 0.7 or 70 or `66`.")
    assert unproved_numbers([title, proof, bad]) == [(2, "0.7"), (2, "70"), (2, "66")]
    links = cell(
        "markdown", "[12 · Films](12_films.ipynb), [lesson 12](../12_films.ipynb), [one](to/12_a)"
    )
    assert unproved_numbers([title, links]) == []
    other = cell("markdown", "[12 films](11_films.ipynb), [at 12](12_films.ipynb), lesson 12")
    assert unproved_numbers([title, other]) == [(1, "12"), (1, "12"), (1, "12")]


def test_sections_begin_at_headings():
    code = [cell("code", str(i)) for i in range(4)]
    heading, prose = cell("markdown", "Done.\n\n## Next"), cell("markdown", "### Not one")
    cells = [code[0], heading, code[1], prose, code[2], heading, code[3]]
    assert sections_of(cells) == [code[:1], code[1:3], code[3:]]


def test_asserted_numbers_are_found_inside_expressions():
    assert numbers_in("assert 2 < f(x, 3e-2)[0] <= 4.5\ny = 6", ast.Assert) == {2.0, 0.03, 4.5, 0.0}
    assert numbers_in("y = 6") == {6.0}


def test_slips_are_found_and_code_is_left_alone():
    assert spelling_slips("We recieve the the neighbour.") == ["recieve", "neighbour", "the the"]
    assert (
        spelling_slips(
            "Use `colour` and $centre$; [a link](http://colour.org). The color of gray neighbors."
        )
        == []
    )


def test_the_index_lists_every_lesson_with_its_minutes():
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    rows = dict(re.findall(r"^\| \[\d\d [^]]+\]\((.+)\) \| .+\? \| (\d+) \|$", index, re.MULTILINE))
    minutes = {
        path.name: re.search(r"About (\d+) minutes", source(cells_of(path)[0]))[1]
        for path in LESSONS
    }
    assert rows == minutes
    assert not spelling_slips(index)
