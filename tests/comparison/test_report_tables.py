"""The table of a comparison in LaTeX, in Markdown, and for the terminal."""

import json
import pickle
import re

import pytest

from mm_keras.comparison.report.tables import latex_escape, latex_table, markdown_table, text_table
from mm_keras.comparison.report.words import format_number, grouped
from mm_keras.comparison.results.result import ComparisonResult
from mm_keras.comparison.results.verdicts import find_best
from tests.comparison.report_example import example_data, example_result

SPECIAL = r"50 % of $R&D_1$ {x} #2 a~b ^ \ <i> | " + '"quoted"'


@pytest.fixture(scope="module")
def result():
    return example_result(example_data())


def test_a_result_prints_as_a_table_and_stays_a_dict(result):
    wrapped = ComparisonResult(result)
    assert wrapped == result and json.dumps(wrapped) == json.dumps(result)
    assert pickle.loads(pickle.dumps(wrapped)) == result
    assert wrapped.leaderboard() == text_table(result)
    lines = repr(wrapped).splitlines()
    assert lines[0] == "Comparison of 6 contenders on example: 60 samples of text, image, 4 folds"
    assert any(line.startswith("  feature-concat-cnn") for line in lines)
    assert lines[-3:] == ["First verdict.", "Second verdict.", "Third verdict."]
    assert len(repr(wrapped)) < 2000 < len(repr(result))


def with_titles(result, **changes):
    return {**result, "contenders": [{**c, **changes} for c in result["contenders"]]}


def test_latex_is_escaped_and_balanced(result):
    escaped = latex_escape(SPECIAL)
    assert not re.search(r"(?<!\\)[$&#%_]", escaped) and "\n" not in escaped
    assert escaped.count("{") - escaped.count(r"\{") == escaped.count("}") - escaped.count(r"\}")
    table = latex_table(with_titles(result, title=SPECIAL))
    assert table.count(r"\raggedright " + escaped) == len(result["contenders"])
    begun, ended = (re.findall(rf"\\{word}{{(\w+)}}", table) for word in ("begin", "end"))
    assert sorted(begun) == sorted(ended)
    rows = [line for line in table.splitlines() if line.startswith(r"\raggedright")]
    assert all(len(re.findall(r"(?<!\\)&", row)) == 4 and r" \\" in row for row in rows)


def test_equal_titles_are_followed_by_the_name(result):
    names = [c["name"] for c in result["contenders"]]
    same = with_titles(result, title="mine")
    assert all(
        f"mine ({name})" in markdown_table(same)
        and rf"mine ({latex_escape(name)})" in latex_table(same)
        for name in names
    )
    assert not any(f"({name})" in markdown_table(result) for name in names)


def test_latex_escapes_what_the_default_encoding_lacks_and_what_would_become_ligatures():
    # All compiled with pdflatex, with and without the package fontenc, and looked at.
    assert latex_escape('"q" `b` a--b 1\u22122') == (
        r"{\char34}q{\char34} \textasciigrave{}b\textasciigrave{} a-{}-b 1$-$2"
    )
    assert latex_escape("\u2013 \u2026") == r"\textendash{} \ldots{}"
    assert latex_escape("cafe\u0301") == "caf\u00e9"  # a combining accent stops pdflatex
    assert latex_escape("snake_case, R&D 100%, #1") == r"snake\_case, R\&D 100\%, \#1"


def test_latex_says_which_packages_it_needs(result):
    lines = latex_table(result).splitlines()
    assert lines[0] == r"% \usepackage{booktabs}" and "only package needed" in lines[2]
    chinese = {**result, "data": {**result["data"], "name": "\u4e2d\u6587"}}
    assert "xelatex or lualatex and a font" not in "\n".join(lines)
    assert "xelatex or lualatex and a font" in latex_table(chinese)
    assert "[$-$0." in latex_table(result).replace("}{", "[")  # minus signs, not hyphens


def test_latex_has_rules_caption_bold_and_marks(result):
    table = latex_table(result)
    for expected in (
        r"\toprule",
        r"\midrule",
        r"\bottomrule",
        r"\caption{",
        r"\label{",
        "60 samples, 3 classes",
        r"4-fold cross-validation.",
        "corrected resampled t test",
        r"95\% confidence interval",
        "text-logistic",
    ):
        assert expected in table, expected
    best = result["contenders"][3]["metrics"]["accuracy"]
    low, high = best["interval"]
    assert re.search(
        rf"\\withinterval{{\\textbf{{{format_number(best['mean'])}}}(\$\^{{[+=-]}}\$)?}}"
        rf"{{{format_number(low)}}}{{{format_number(high)}}}",
        table,
    )


def test_marks_follow_the_corrected_test(result):
    def row_with(difference, interval, p_corrected):
        test = {
            "difference": difference,
            "interval": interval,
            "p_corrected": p_corrected,
            "p": 0.0,
        }
        fused = {
            **result["contenders"][3],
            "versus_best_unimodal": {"accuracy": test, "log_loss": test},
        }
        table = markdown_table({**result, "contenders": [*result["contenders"][:3], fused]})
        cells = next(line for line in table.splitlines() if "title of feature" in line).split("|")
        return cells[2].strip()[-1], cells[4].strip()[-1]

    # A higher accuracy is better, a higher loss worse.
    assert row_with(0.1, [0.05, 0.15], 0.01) == ("+", "-")
    assert row_with(-0.1, [-0.15, -0.05], 0.01) == ("-", "+")
    assert row_with(0.1, [0.05, 0.15], 0.06) == ("=", "=")


def test_an_asterisk_in_the_terminal_follows_the_corrected_test(result):
    def line_with(difference, interval, p_corrected):
        test = {"difference": difference, "interval": interval, "p_corrected": p_corrected}
        fused = {**result["contenders"][3], "versus_best_unimodal": {"accuracy": test}}
        table = text_table({**result, "contenders": [*result["contenders"][:3], fused]})
        return next(line for line in table.splitlines() if "feature-concat-cnn" in line)

    assert line_with(0.1, [0.05, 0.15], 0.01).endswith("  +10.0 [+5.0, +15.0] *")
    assert line_with(-0.1, [-0.15, -0.05], 0.01).endswith("  -10.0 [-15.0, -5.0] *")
    assert line_with(0.1, [-0.05, 0.25], 0.3).endswith("  +10.0 [-5.0, +25.0]")


def test_equal_accuracies_are_ordered_by_log_loss_in_spite_of_rounding_errors(result):
    fused = next(c for c in result["contenders"] if len(c["modalities"]) > 1 and not c["failed"])

    def contender(name, accuracy, loss):
        metrics = {"accuracy": {"mean": accuracy}, "log_loss": {"mean": loss}}
        return {**fused, "name": name, "metrics": metrics}

    assert 0.1 + 0.2 > 0.3
    scores = {"a": (0.1 + 0.2, 1.2), "b": (0.3, 1.1), "c": (0.2, 0.9)}
    contenders = [contender(name, *pair) for name, pair in scores.items()]
    assert find_best(contenders)["fused"] == "b"
    ((_, members),) = grouped({"contenders": contenders})
    assert [c["name"] for c in members] == ["b", "a", "c"]


def test_the_majority_class_is_never_bold(result):
    contenders = list(result["contenders"])
    perfect = {
        **contenders[0]["metrics"],
        "ece": {"mean": 0.0, "interval": [0.0, 0.0], "splits": [0.0]},
    }
    contenders[0] = {**contenders[0], "metrics": perfect}
    lines = markdown_table({**result, "contenders": contenders}).splitlines()
    line = next(line for line in lines if "majority" in line)
    assert "0.000" in line and "**" not in line


def test_markdown_is_escaped(result):
    table = markdown_table(with_titles(result, title="a|b <script> *c*\nd"))
    rows = [line for line in table.splitlines() if line.startswith("|")]
    assert {len(re.findall(r"(?<!\\)\|", row)) for row in rows} == {6}
    assert "<script>" not in table and r"a\|b &lt;script&gt; \*c\* d" in table


@pytest.mark.parametrize("name", ["text-logistic", "x" * 80, "暴雨预警" * 10])
def test_the_terminal_table_fits(result, name):
    from mm_keras.utils.formatting import num_columns

    contenders = [
        {**c, "name": name if c["name"] == "image-cnn" else c["name"]} for c in result["contenders"]
    ]
    table = text_table({**result, "contenders": contenders})
    assert max(map(num_columns, table.splitlines())) <= 100
    assert "failed" in table and "feature-concat-cnn" in table
    assert format_number(result["contenders"][3]["metrics"]["accuracy"]["mean"]) in table


def test_tables_without_a_unimodal_contender_or_intervals(result):
    best = {**result["best"], "unimodal": None}
    fused = {**result["contenders"][3], "versus_best_unimodal": None}
    fused["metrics"] = {
        name: {**values, "interval": None} for name, values in fused["metrics"].items()
    }
    for make in (latex_table, markdown_table, text_table):
        table = make({**result, "contenders": [fused], "best": best})
        assert format_number(fused["metrics"]["accuracy"]["mean"]) in table and "None" not in table
