"""PARTS.md names every public part with its file, and the names and files exist."""

import inspect
import re
from pathlib import Path

import pytest

import mm_keras as mm
from mm_keras.fusion import OPERATORS, RULES
from mm_keras.fusion.registry import CANVASES, COMBINERS
from mm_keras.heads import HEADS

PAGE = Path(mm.__file__).parent / "PARTS.md"
TEXT = PAGE.read_text(encoding="utf-8")


def section(title):
    """The tables under one heading: each name in a first cell -> the cells of its row."""
    part = TEXT.split(f"## {title}\n")[1].split("\n## ")[0]
    rows = [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in part.splitlines()
        if line.startswith("|")
    ]
    return {name: row for row in rows for name in re.findall(r"`([\w.]+)`", row[0])}


def public_parts():
    for package in (mm.text, mm.image, mm.fusion):
        for name in package.__all__:
            if callable(getattr(package, name)):
                yield f"{package.__name__.split('.')[-1]}.{name}"


@pytest.mark.parametrize("name", list(public_parts()))
def test_every_public_extractor_and_builder_is_listed_with_its_file(name):
    part = getattr(getattr(mm, name.split(".")[0]), name.split(".")[1])
    file = Path(inspect.getfile(part)).relative_to(PAGE.parent).as_posix()
    lines = [line for line in TEXT.splitlines() if f"`{name}`" in line]
    assert lines, f"{name} is not in PARTS.md"
    assert any(f"]({file})" in line for line in lines), f"PARTS.md does not link {name} to {file}"


def test_every_public_name_on_the_page_exists():
    names = re.findall(r"`((?:text|image|fusion|training)\.[\w.]+)`", TEXT)
    assert len(names) > 15
    for name in names:
        part = mm
        for attribute in name.split("."):
            part = getattr(part, attribute)


@pytest.mark.parametrize(
    "title, parts",
    [
        ("Feature level", OPERATORS),
        ("Data level", CANVASES),
        ("Decision level", [*RULES, *COMBINERS]),
        ("Heads", HEADS),
    ],
)
def test_every_operator_rule_and_head_is_listed(title, parts):
    assert set(parts) <= set(section(title)), set(parts) - set(section(title))


@pytest.mark.parametrize("title, parts", [("Feature level", OPERATORS), ("Heads", HEADS)])
def test_operators_and_heads_are_in_the_linked_files(title, parts):
    rows = section(title)
    for name, function in parts.items():
        file = Path(inspect.getfile(function)).relative_to(PAGE.parent).as_posix()
        assert f"]({file})" in rows[name][-1], name


def test_every_operator_has_a_formula_and_a_source():
    for title in ("Feature level", "Data level", "Decision level"):
        assert all(all(row) for row in section(title).values()), title


def test_linked_files_exist():
    links = re.findall(r"\]\(([^)#]+)\)", TEXT)
    assert len(links) > 40
    assert [
        link for link in links if not link.startswith("http") and not (PAGE.parent / link).exists()
    ] == []
