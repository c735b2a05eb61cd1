"""The table of all cells: its layout, resuming after an interruption, and impossible cells."""

from types import SimpleNamespace

import pytest

from mm_keras.cli import table
from mm_keras.cli.main import build_parser

RESULTS = {
    ("newsroom", seed, level, operator, head): {"accuracy": accuracy + 0.02 * seed, "parameters": 1}
    for seed in (0, 1)
    for (level, operator, head), accuracy in {
        ("feature", "concat", "linear"): 0.90,
        ("decision", "vote", "linear"): 0.80,
    }.items()
}


def test_means_and_deviations_are_printed_beside_the_best_possible():
    results = {
        **RESULTS,
        ("newsroom", 0, "feature", "attention", "linear"): {"refused": "needs cells"},
        ("newsroom", 0, "text", None, "cnn"): {"accuracy": 0.7, "heads": {"text": "linear"}},
    }
    lines = table.markdown(results, ["newsroom"], ["linear", "cnn"]).splitlines()
    assert "| feature | concat | 0.910 (0.010) | - | 0.917 |" in lines  # (.90 + .92) / 2
    assert "| decision | vote | 0.810 (0.010) | - | 0.917 |" in lines
    assert "| feature | attention | (1) | - | 0.917 |" in lines and "(1) needs cells" in lines
    assert "| text | (alone) | - | as linear | 0.792 |" in lines
    assert any(
        line.startswith("Known exactly: majority 0.167, text 0.792, image 0.583, both 0.917")
        for line in lines
    )


def test_the_best_possible_accuracies_of_match_differ_between_levels():
    lines = table.markdown({}, ["match", "glyphs"], ["linear"]).splitlines()
    assert (
        "| decision | concat | - | 0.500 |" in lines and "| feature | concat | - | 1.000 |" in lines
    )
    assert any("the best possible accuracy is unknown" in line for line in lines)


def test_an_interrupted_run_resumes_and_prints_the_same(tmp_path, monkeypatch, capsys):
    trained = []

    class Bench:
        def __init__(self, name, seed, options):
            self.key = name, seed

        def result(self, level, operator, head):
            if len(trained) == 40:
                trained.append(None)
                raise KeyboardInterrupt
            trained.append((*self.key, level, operator, head))
            return {"accuracy": 0.5, "parameters": 1, "seconds": 2.0}

    monkeypatch.setattr(table, "Bench", Bench)
    options = build_parser().parse_args(
        [
            "table",
            "--sets",
            "match",
            "--seeds",
            "2",
            "--heads",
            "linear",
            "--out",
            str(tmp_path / "out"),
        ]
    )
    with pytest.raises(KeyboardInterrupt):
        table.run(options)
    table.run(options)
    cells = [cell for cell in trained if cell]
    assert len(cells) == len(set(cells)) == 2 * len(table.rows())  # each cell once
    printed, lines = capsys.readouterr()
    assert lines.splitlines()[0] == "1/48 (about 2 min left) match, seed 0, text linear: 0.500"
    assert lines.splitlines()[-1] == "48/48 match, seed 1, decision outer linear: 0.500"
    assert printed.strip() == (tmp_path / "out" / "table.md").read_text(encoding="utf-8").strip()
    assert printed.count("0.500 (0.000)") == len(table.rows())


def test_two_cells_from_data_to_result():
    options = SimpleNamespace(samples=48, epochs=1, extraction_workers=None, cache=None)
    bench = table.Bench("match", 0, options)
    alone = bench.result("text", None, "rnn")
    assert alone["heads"] == {"text": "linear"} and 0 <= alone["accuracy"] <= 1
    assert "refused" in bench.result("feature", "attention", "rnn")
    assert set(bench.extracted) == {"grid"} and [key[:2] for key in bench.cache] == [
        ("text", "linear")
    ]
