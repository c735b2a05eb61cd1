"""The commands `evaluate` and `explain`, on a classifier that knows two words."""

import json

import numpy as np
import pytest

from mm_keras import Classifier, Features
from mm_keras.cli.main import main
from mm_keras.fusion import unimodal_model
from mm_keras.text import BagOfWords

ROWS = [("a goal", "sports"), ("rain", "weather"), ("more rain", "weather"), ("goal", "sports")]


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A folder with a saved classifier: "goal" speaks for sports, "rain" twice for weather."""
    folder = tmp_path_factory.mktemp("saved") / "classifier"
    features = Features(text=BagOfWords(), scale=None).fit({"text": ["goal rain"]})
    model = unimodal_model(features.shapes, num_classes=2, head="linear")
    model.set_weights([np.array([[1.0, 0.0], [0.0, 2.0]]), np.zeros(2)])
    Classifier(features, model, ["sports", "weather"]).save(folder)
    return str(folder)


def table(folder, rows, split=()):
    lines = [
        ",".join(["text", "label", *(["split"] if split else [])]),
        *(",".join([*row, *split[i : i + 1]]) for i, row in enumerate(rows)),
    ]
    (folder / "data.csv").write_text("\n".join(lines) + "\n")
    return str(folder / "data.csv")


def test_evaluate_prints_and_writes_all_metrics(saved, tmp_path, capsys):
    rows = [*ROWS, ("the rain", "sports")]
    data = ["--data", table(tmp_path, rows), "--image-column", "none"]
    assert main(["evaluate", saved, *data, "--out", str(tmp_path / "out")]) == 0
    printed = capsys.readouterr().out
    assert "accuracy                               0.800" in printed and "ROC-AUC" in printed
    assert "weather      0.667   1.000  0.800        2" in printed
    scores = json.loads((tmp_path / "out" / "evaluation.json").read_text())
    assert scores["confusion"] == [[2, 1], [0, 2]]
    assert scores["balanced_accuracy"] == pytest.approx(5 / 6)
    assert (tmp_path / "out" / "confusion.png").stat().st_size > 1000


def test_evaluate_uses_the_test_split_if_there_is_one(saved, tmp_path, capsys):
    path = table(tmp_path, ROWS, ["train", "train", "test", "train"])
    arguments = ["--data", path, "--image-column", "none", "--out", str(tmp_path / "out")]
    assert main(["evaluate", saved, *arguments]) == 0
    assert "1 of 4 samples, those of the test split" in capsys.readouterr().out


def test_evaluate_refuses_unknown_classes_and_a_missing_classifier(saved, tmp_path, capsys):
    arguments = [
        "--data",
        table(tmp_path, [*ROWS, ("x", "x"), ("y", "x")]),
        "--image-column",
        "none",
    ]
    assert main(["evaluate", saved, *arguments]) == 2
    assert "unknown classes: x (2)" in capsys.readouterr().err
    assert main(["evaluate", str(tmp_path / "nothing"), *arguments]) == 2
    assert "No saved classifier" in capsys.readouterr().err


def test_explain_names_the_words_for_and_against_and_draws_them(saved, tmp_path, capsys):
    out = tmp_path / "why" / "plot.png"
    assert main(["explain", saved, "--text", "A goal in the rain", "--out", str(out)]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("weather: 0.73")
    assert "words for it: rain (+2.00)" in printed
    assert "words against it: goal (-1.00)" in printed
    assert out.read_bytes().startswith(b"\x89PNG")
    assert main(["explain", saved, "--text", "goal", "--class", "sports", "--out", str(out)]) == 0
    assert capsys.readouterr().out.startswith("sports: 0.73")


@pytest.mark.parametrize(
    "arguments, message",
    [
        ([], "explain needs a sample"),
        (["--image", "nothing.png"], "no image file nothing.png"),
        (["--text", "goal", "--class", "politics"], "politics"),
    ],
)
def test_explain_says_what_is_wrong(saved, arguments, message, capsys):
    assert main(["explain", saved, *arguments]) == 2
    assert message in capsys.readouterr().err
