"""The Chinese guide and the Chinese lesson agree with the English ones."""

import doctest
import importlib
import itertools
import re
import shlex

import numpy as np
import pytest

from mm_keras.cli.parser import build_parser
from mm_keras.text import tokenize
from tests import ROOT
from tests.documents.test_lessons import (
    CHINESE_LESSONS,
    FOLDER,
    ODD_ANSWERS,
    cells_of,
    checks_of,
    is_check_cell,
    source,
)

GUIDE = (FOLDER / "README.zh-CN.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
every_lesson = pytest.mark.parametrize("path", CHINESE_LESSONS, ids=lambda path: path.stem)


@pytest.fixture(autouse=True)
def checks_on_the_path(monkeypatch):
    monkeypatch.syspath_prepend(str(FOLDER))


def english(path):
    """The English lesson with the same number."""
    return next(FOLDER.glob(f"{path.name[:2]}_*.ipynb"))


def chinese_checks(path):
    return importlib.import_module(f"lesson_checks.chinese.lesson_{path.name[:2]}")


# --- the guide ------------------------------------------------------------------------------------


def test_the_guide_is_linked_from_both_readmes_and_its_links_exist():
    assert "(notebooks/README.zh-CN.md)" in README[:1500]
    assert "(README.zh-CN.md)" in (FOLDER / "README.md").read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", GUIDE) if "://" not in link]
    assert "zh/01_文章示例.ipynb" in links
    assert not [link for link in links if not (FOLDER / link).exists()]


def test_the_commands_of_the_guide_exist():
    commands = re.findall(r"python -m mm_keras\b([^`\n]*)", GUIDE)
    assert len(commands) >= 9
    for command in commands:
        words = shlex.split(command)
        is_article = not words or words[0].startswith("-")
        build_parser().parse_args(["article", *words] if is_article else words)
    options = re.findall(r"`(--[a-z-]+ [^`]+)`", GUIDE)
    assert len(options) >= 3
    for option in options:
        build_parser().parse_args(["compare", *shlex.split(option)])


def test_the_guide_gives_the_numbers_of_the_readme():
    rows = re.findall(r"^\| (\S+) \| (0\.\d{3}) \| (0\.\d{3}) \|$", GUIDE, re.MULTILINE)
    assert len(rows) >= 6
    block = re.search(r"```\n +test accuracy.*?```", README, re.DOTALL).group()
    printed = re.findall(r"(0\.\d{3}) +(0\.\d{3})$", block, re.MULTILINE)
    assert not [row for row in rows if row[1:] not in printed]


# --- the lessons ----------------------------------------------------------------------------------


@every_lesson
def test_a_lesson_has_the_parts_and_sections_of_the_english_one(path):
    cells = cells_of(path)
    first = source(cells[0])
    assert first.startswith(f"# {path.name[:2]} · ")
    assert all(part in first for part in ("**问题。**", "**学完本课，你能够**", "**用时。**"))
    prose = "\n".join(map(source, cells_of(path, "markdown")))
    parts = ["## 自己的数据", "## 局限", "## 延伸阅读", "## 练习"]
    parts += ["**1 · 预测。**", "**2 · 修改。**", "**3 · 解释。**", "**4 · 编写。**"]
    positions = [prose.find(part) for part in parts]
    assert -1 not in positions and positions == sorted(positions)
    headings, theirs = (
        re.findall("^## ", "\n".join(map(source, cells_of(file, "markdown"))), re.MULTILINE)
        for file in (path, english(path))
    )
    assert len(headings) == len(theirs)


@every_lesson
def test_links_of_a_lesson_exist(path):
    for file in (path, path.parent / "solutions" / path.name):
        links = re.findall(r"\]\(([^)#]+)\)", "\n".join(map(source, cells_of(file, "markdown"))))
        local = [link for link in links if "://" not in link]
        assert local and not [link for link in local if not (file.parent / link).exists()]


@every_lesson
def test_prose_and_code_are_short_and_paragraphs_are_single_lines(path):
    """A line break between Chinese characters would be shown as a space."""
    cells = [cell for cell in cells_of(path) if not is_check_cell(cell)]
    assert 25 <= len(cells) <= 48
    for cell in cells[1:]:
        text = source(cell)
        if cell["cell_type"] == "code":
            assert len(text.splitlines()) <= 17 and max(map(len, text.splitlines())) <= 100
            continue
        assert len(re.findall(r"[\u4e00-\u9fff]", re.sub(r"(?s)```.*?```", "", text))) <= 220
        assert not re.search(r"[\u4e00-\u9fff，。：；]\n[\u4e00-\u9fff]", text), text
        assert not re.search(r"[\u4e00-\u9fff][,;:?!(]|[,;:?!] ?[\u4e00-\u9fff]", text), text


@every_lesson
def test_a_lesson_asks_and_its_solution_answers_every_check(path):
    checks = checks_of(english(path))
    files = (path, path.parent / "solutions" / path.name)
    lesson, solution = ([source(cell) for cell in cells_of(file, "code")] for file in files)
    assert len(checks) == 4
    for name in checks:
        assert any(re.search(rf"^{name}\(", text, re.MULTILINE) for text in lesson[-4:])
        assert any(f"assert {name}(" in text for text in solution)


@every_lesson
def test_every_sentence_of_a_check_is_translated(path):
    """The answers are those in the docstrings of the English checks, the right ones, and others."""
    module, checks = chinese_checks(path), checks_of(english(path))
    in_chinese = importlib.import_module("lesson_checks.chinese").in_chinese
    assert doctest.testmod(module).failed == 0
    right = ["b", 6400, {"operator": "product", "project": 16}, _product]
    wrong = [
        {"operator": "bilinear"},
        {"operatr": 1, "a": 2},
        {"x": 1},
        lambda *_: np.full((3, 4), 0.25),
    ]
    verdicts = []
    for name, check in checks.items():
        examples = doctest.DocTestParser().get_examples(check.__doc__)
        answers = [eval(example.source.replace(name, "", 1)) for example in examples]
        verdicts += map(check, [*answers, *ODD_ANSWERS, *right, *wrong, ...])
    verdicts = [str(in_chinese(verdict, module.SENTENCES)) for verdict in verdicts]
    for verdict in verdicts:
        assert re.match("(正确|还不对|还没有答案)。[^A-LN-Z].*[\u4e00-\u9fff]", verdict), verdict
    for sentence in module.SENTENCES.values():
        start = re.escape(sentence.replace("{{", "{").replace("}}", "}")).replace(r"\{\}", ".+?")
        assert any(re.search(start, verdict, re.DOTALL) for verdict in verdicts), sentence


def _product(p_text, p_image):
    return p_text * p_image / (p_text * p_image).sum(axis=1, keepdims=True)


# --- the data -------------------------------------------------------------------------------------


def test_one_phrase_of_a_report_determines_its_topic():
    """So that the best possible accuracies of the English reports hold for the Chinese ones."""
    news = importlib.import_module("lesson_checks.chinese.news")
    terms = {
        topic: {term for phrase in phrases.split() for term in tokenize(phrase)}
        for topic, phrases in news.PHRASES.items()
    }
    for one, other in itertools.combinations(terms.values(), 2):
        assert not one & other
    blanks = {"phrase": "|", **dict.fromkeys(news.SLOTS, "|")}
    others = [pattern.format(**blanks) for patterns in news.PATTERNS for pattern in patterns]
    others += itertools.chain.from_iterable(news.SLOTS.values())
    assert not set().union(*terms.values()) & {term for text in others for term in tokenize(text)}


def test_chinese_reports_have_the_images_labels_and_bounds_of_the_english_ones():
    from mm_keras.datasets import make_newsroom

    news = importlib.import_module("lesson_checks.chinese.news")
    data, again, theirs = (
        news.make_chinese_newsroom(60, seed=3, size=32),
        news.make_chinese_newsroom(60, seed=3, size=32),
        make_newsroom(60, seed=3, size=32),
    )
    assert data["text"] == again["text"] and len(set(data["text"])) > 50
    assert np.array_equal(data["image"], theirs["image"])
    assert np.array_equal(data.labels, theirs.labels)
    assert list(data.class_names) == [news.CLASSES[name] for name in theirs.class_names]
    assert data.info["truth"] == theirs.info["truth"]
    for text, topic in zip(data["text"], data.columns["text_topic"]):
        phrases = [phrase for phrase in news.PHRASES[topic].split() if phrase in text]
        assert len(phrases) == 2, text
