"""The command line, run as users run it."""

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mm_keras.cli.main import main
from tests import ROOT


def mm(*arguments, folder):
    return subprocess.run(
        [sys.executable, "-m", "mm_keras", *map(str, arguments)],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The folder and the printed text of a run of the article's example on the committed sample."""
    folder = tmp_path_factory.mktemp("article")
    answer = mm(
        "--data", ROOT / "datasets" / "newsroom", "--epochs", 1, "--out", "out", folder=folder
    )
    assert answer.returncode == 0, answer.stderr
    return folder, answer.stdout


@pytest.fixture
def inside(finished, monkeypatch, capsys):
    """A function that runs a command in the folder of `finished`, in this process."""

    def run(*arguments):
        capsys.readouterr()
        status = main(list(map(str, arguments)))
        return status, *capsys.readouterr()

    monkeypatch.chdir(finished[0])
    return run


def test_article_prints_its_steps_and_writes_its_results(finished):
    folder, printed = finished
    for title in (
        "Data",
        "1 Preprocess",
        "2 Extract",
        "3 Fuse",
        "4 Train",
        "5 Predict",
        "Side by side",
        "A few unseen samples",
    ):
        assert title in printed
    for row in (
        "text alone",
        "image alone",
        "data level",
        "feature level",
        "decision level",
        "scikit-learn",
        "majority",
    ):
        assert row in printed
    written = {path.name for path in (folder / "out").iterdir()}
    assert written == {
        "samples.png",
        "hog.png",
        "learning_curves.png",
        "accuracies.png",
        "confusion_matrix.png",
        "results.json",
        "classifier",
    }
    record = json.loads((folder / "out" / "results.json").read_text())
    assert record["level"] == "feature" and len(record["side_by_side"]) == 10
    assert record["options"]["batch_size"] == 64 and record["options"]["limit"] is None


def test_the_table_can_be_left_out(inside):
    options = "--head", "linear", "--epochs", 1, "--no-side-by-side", "--out", "alone"
    status, printed, _ = inside("--data", ROOT / "datasets" / "newsroom", *options)
    assert status == 0 and "5 Predict" in printed and "Side by side" not in printed
    assert json.loads(Path("alone/results.json").read_text())["side_by_side"] == []
    assert Path("alone/classifier").is_dir() and not Path("alone/accuracies.png").exists()


def test_the_readme_shows_the_table_that_is_printed(finished):
    """The same rows in the same order; tests/documents/test_readme.py checks the values."""

    def names(text):
        return re.findall(r"^ *(.+?) +\d\.\d{3}(?: +\d\.\d{3})?$", text, flags=re.MULTILINE)

    printed = finished[1].partition("Side by side")[2].partition("Which one")[0]
    readme = re.search(
        r"```\n +test accuracy.*?```",
        (ROOT / "README.md").read_text(encoding="utf-8"),
        flags=re.DOTALL,
    ).group()
    assert len(names(printed)) == 10 and names(readme) == names(printed)
    assert names(printed)[0] == "majority class"  # quick rows first
    assert names(printed)[-1].startswith("data level")


def test_the_same_seed_gives_the_same_numbers(finished, inside):
    """In another process, too: this one, in which other networks were trained before."""
    folder, _ = finished
    inside("--data", ROOT / "datasets" / "newsroom", "--epochs", 1, "--out", "again")
    one, two = (
        json.loads((folder / name / "results.json").read_text()) for name in ("out", "again")
    )
    assert one == two


@pytest.mark.filterwarnings("default::mm_keras.DataWarning")
def test_predict_one_sample(finished, inside):
    folder, _ = finished
    image = next((ROOT / "datasets" / "newsroom" / "images").iterdir())
    sample = ["out/classifier", "--text", "storm warning for the coast"]
    answer = mm("predict", *sample, "--image", image, folder=folder)
    assert answer.returncode == 0, answer.stderr
    name, *lines = answer.stdout.splitlines()
    assert len(lines) == 3 and lines[0].split()[1] == name
    status, _, errors = inside("predict", *sample)
    assert status == 0 and "without image" in errors


def test_predict_a_table(finished, inside):
    folder, _ = finished
    table = ROOT / "datasets" / "newsroom"
    status, _, errors = inside("predict", "out/classifier", "--csv", table, "--out", "answers.csv")
    assert status == 0, errors
    rows = list(csv.DictReader(open(folder / "answers.csv", encoding="utf-8")))
    sample = list(csv.DictReader(open(table / "pairs.csv", encoding="utf-8")))
    assert [row["id"] for row in rows] == [row["id"] for row in sample]
    assert {row["prediction"] for row in rows} <= {row["label"] for row in sample}


@pytest.mark.filterwarnings("default::mm_keras.DataWarning")
def test_predict_a_table_with_other_columns(finished, inside):
    folder, _ = finished
    (folder / "texts.csv").write_text(
        "id,headline\na,storm warning for the coast\nb,\n", encoding="utf-8"
    )
    table = ["predict", "out/classifier", "--csv", "texts.csv"]
    status, printed, errors = inside(*table, "--text-column", "headline")
    assert status == 0, errors
    header, storm, empty = printed.splitlines()
    assert header.startswith("id,prediction,") and storm.startswith("a,") and empty.startswith("b,")
    status, _, errors = inside(*table)
    assert status == 2
    assert "Received: id, headline. Name the column to read, e.g. --text-column" in errors
    assert inside(*table, "--text", "storm")[0] == 2


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["--data", "nowhere"], "There is no data 'nowhere'"),
        (["predict", "nothing", "--text", "x"], "No saved classifier"),
        (["predict", ".", "--text", "x"], "not a saved classifier"),
    ],
)
def test_user_errors_print_one_line(arguments, message, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    assert message in capsys.readouterr().err
    assert not list(tmp_path.iterdir()) or arguments[0] == "--data"


def test_help_and_unknown_options(capsys):
    with pytest.raises(SystemExit) as stop:
        main(["--help"])
    assert stop.value.code == 0 and "predict" in capsys.readouterr().out
    with pytest.raises(SystemExit) as stop:
        main(["--level", "middle"])
    assert stop.value.code == 2 and "data" in capsys.readouterr().err


@pytest.mark.filterwarnings("default::mm_keras.DataWarning")
def test_bad_samples_are_reported_in_one_line_each(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pairs.csv").write_text(
        "text,image,label\nrain,gone.png,weather\nsun,gone.png,weather\n", encoding="utf-8"
    )
    assert main(["--data", "."]) == 2
    lines = [line for line in capsys.readouterr().err.splitlines() if line]
    assert [line.split()[:3] for line in lines[:2]] == [["warning:", "2", "samples"]] * 2 and lines[
        2
    ].startswith("error:")
    assert len(lines) == 3
