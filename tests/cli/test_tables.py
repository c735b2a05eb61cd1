"""Columns of numbers, categories and several texts on the command line."""

import csv
import json

import numpy as np
import pytest

from mm_keras import Classifier, DataWarning, Features
from mm_keras.cli.inputs import drop_rare_classes
from mm_keras.cli.main import main
from mm_keras.datasets import MultimodalData
from mm_keras.fusion import feature_level_model
from mm_keras.tabular import Categories, Numbers
from mm_keras.text import BagOfWords

HEADER = ["title", "body", "price", "color", "kind", "id"]
ROWS = [
    ["cheap red", "it is good", "1", "red", "toy", "a"],
    ["dear blue", "it is bad", "90", "blue", "car", "b"],
    ["cheap", "good", "", "red", "toy", "c"],
    ["dear", "", "80", "", "car", "d"],
]


@pytest.fixture
def table(tmp_path):
    with open(tmp_path / "data.csv", "w", newline="", encoding="gbk") as file:
        csv.writer(file, delimiter="~").writerows([HEADER, *ROWS])
    return str(tmp_path / "data.csv")


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A folder with a classifier of two texts, numbers and categories."""
    features = Features(
        text_title=BagOfWords(),
        text_body=BagOfWords(),
        numbers=Numbers(["price"]),
        categories=Categories(["color"]),
        scale=None,
    ).fit(
        {
            "text_title": ["cheap dear"] * 4,
            "text_body": ["good bad"] * 4,
            "numbers": [[1], [90], [1], [90]],
            "categories": [["red"], ["red"], ["blue"], ["blue"]],
        }
    )
    model = feature_level_model(features.shapes, 2, head="linear")
    folder = tmp_path_factory.mktemp("saved") / "classifier"
    Classifier(features, model, ["car", "toy"]).save(folder)
    return str(folder)


FILE = ["--encoding", "gbk", "--delimiter", "~"]


def test_predict_reads_the_columns_that_the_classifier_was_trained_on(saved, table, tmp_path):
    out = tmp_path / "predictions.csv"
    assert main(["predict", saved, "--csv", table, *FILE, "--out", str(out)]) == 0
    rows = list(csv.DictReader(open(out, encoding="utf-8")))
    everything = "text_title|text_body|numbers|categories"
    assert [row["based_on"] for row in rows] == [
        everything,
        everything,
        "text_title|text_body|categories",
        "text_title|numbers",
    ]
    assert [row["id"] for row in rows] == list("abcd")
    classifier = Classifier.load(saved)
    data = {
        "text_title": [row[0] for row in ROWS],
        "text_body": [row[1] or None for row in ROWS],
        "numbers": [[row[2]] for row in ROWS],
        "categories": [[row[3]] for row in ROWS],
    }
    expected = classifier.predict_proba(data)
    found = [[float(row["car"]), float(row["toy"])] for row in rows]
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_predict_takes_other_columns_in_their_order(saved, table, capsys):
    columns = ["--text-column", "color", "kind", "--number-columns", "price"]
    assert main(["predict", saved, "--csv", table, *FILE, *columns]) == 0
    # The classifier knows none of their words.
    assert ",numbers|categories," in capsys.readouterr().out.replace("text_", "?")
    for columns in (["title", "body"], ["body", "title"]):  # those of the training, by their names
        assert main(["predict", saved, "--csv", table, *FILE, "--text-column", *columns]) == 0
        assert ",text_title|text_body|numbers|categories," in capsys.readouterr().out
    assert main(["predict", saved, "--csv", table, *FILE, "--text-column", "title"]) == 2
    assert "needs 2 text columns, for text_title, text_body" in capsys.readouterr().err


def test_predict_reads_files_with_columns_of_similar_names(saved, tmp_path, capsys):
    (tmp_path / "data.csv").write_text("x y,x_y,title,color\n1,2,cheap,red\n")
    assert main(["predict", saved, "--csv", str(tmp_path / "data.csv")]) == 0
    captured = capsys.readouterr()
    assert ",text_title|categories," in captured.out
    assert "(without text_body and numbers: the classifier was trained on" in captured.err


def test_one_sample_needs_a_modality_that_is_an_option(saved, tmp_path, capsys):
    assert main(["predict", saved, "--text", "cheap"]) == 2
    assert "columns of a table. Pass --csv FILE" in capsys.readouterr().err
    assert main(["explain", saved, "--text", "cheap"]) == 2
    assert "needs a classifier of text. This one was trained on text_title" in (
        capsys.readouterr().err
    )
    features = Features(text=BagOfWords(), numbers=Numbers(["price"]), scale=None)
    features.fit({"text": ["cheap", "dear"], "numbers": [[1], [9]]})
    model = feature_level_model(features.shapes, 2, head="linear")
    Classifier(features, model, ["car", "toy"]).save(tmp_path / "classifier")
    for command in (["predict"], ["explain", "--out", str(tmp_path / "plot.png")]):
        name, *more = command
        assert main([name, str(tmp_path / "classifier"), "--text", "cheap", *more]) == 0
        captured = capsys.readouterr()
        assert "(without numbers: the classifier was trained on text, numbers)" in captured.err
        assert "toy" in captured.out or "car" in captured.out


def test_evaluate_reads_the_columns_that_the_classifier_was_trained_on(
    saved, table, tmp_path, capsys
):
    columns = ["--label-column", "kind", "--text-column", "title"]
    out = tmp_path / "out"
    command = ["evaluate", saved, "--data", table, *FILE, "--out", str(out), *columns]
    assert main(command) == 2
    assert "Missing: text_title, text_body. Name the columns" in capsys.readouterr().err
    assert main([*command, "body"]) == 0
    scores = json.loads((out / "evaluation.json").read_text())
    classifier = Classifier.load(saved)
    data = {
        "text_title": [row[0] for row in ROWS],
        "text_body": [row[1] or None for row in ROWS],
        "numbers": [[row[2]] for row in ROWS],
        "categories": [[row[3]] for row in ROWS],
    }
    truth = [classifier.class_names.index(row[4]) for row in ROWS]
    p = classifier.predict_proba(data)[range(4), truth]
    assert scores["log_loss"] == pytest.approx(-np.log(p).mean(), rel=1e-4)


@pytest.mark.filterwarnings("default::mm_keras.DataWarning")
def test_limit_and_drop_rare_choose_samples(tmp_path, capsys):
    lines = ["text,label", *["good,toy"] * 5, *["bad,car"] * 5, "odd,ship"]
    path = tmp_path / "data.csv"
    path.write_text("\n".join(lines) + "\n")
    arguments = ["compare", "--data", str(path), "--contenders", "majority", "--folds", "2"]
    arguments += ["--image-column", "none", "--workers", "0", "--no-robustness"]
    assert main([*arguments, "--drop-rare", "--out", str(tmp_path / "a")]) == 0
    captured = capsys.readouterr()
    assert "1 class had fewer than 2 samples: ship (1)" in captured.err
    assert "10 samples of text, 2 classes (car 5, toy 5)" in captured.out
    assert main([*arguments, "--drop-rare", "--limit", "8", "--out", str(tmp_path / "b")]) in (0, 2)
    assert "samples of text" in capsys.readouterr().out
    options = json.loads((tmp_path / "a" / "results.json").read_text())["manifest"]
    assert options["command_options"]["drop_rare"] == 2


def test_rare_labels_of_multi_label_data_are_left_out_and_no_samples():
    labels = [[0, 1, 0, 1], [0, 1, 0, 0], [0, 0, 1, 1], [1, 0, 0, 0]]
    names = ["fog", "rain", "snow", "wind"]
    data = MultimodalData({"text": ["a", "b", "c", "d"]}, np.array(labels), names)
    with pytest.warns(DataWarning, match=r"2 labels had fewer than 2 samples: fog \(1\), snow"):
        kept = drop_rare_classes(data, 2)
    assert kept.class_names == ("rain", "wind") and kept.is_multi_label
    assert kept.labels.tolist() == [[1, 1], [1, 0], [0, 1], [0, 0]]
    assert drop_rare_classes(data, 1) is data
    with pytest.raises(ValueError, match="No label has 3 samples or more; the most have 2"):
        drop_rare_classes(data, 3)
