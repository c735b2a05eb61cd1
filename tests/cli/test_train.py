"""The command `train`: a table row by row, a classifier that `predict` loads, and its options."""

import json

import pytest

import mm_keras as mm
from mm_keras.cli.main import main
from mm_keras.portfolio import search


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The folder of a run on a few samples without dense heads."""
    out = tmp_path_factory.mktemp("train")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(search, "networks", lambda best: [])
        assert main(["train", "--limit", "120", "--out", str(out)]) == 0
    return out


def test_results_and_a_classifier_are_written(finished):
    assert {path.name for path in finished.iterdir()} == {"results.json", "classifier"}
    result = json.loads((finished / "results.json").read_text())
    assert result["num_train"] == 90 and result["num_test"] == 30
    assert [row["name"] for row in result["rows"]][:2] == [
        "text: words, linear",
        "image: HOG, linear",
    ]
    assert sum(result["members"].values()) == pytest.approx(1)
    low, high = result["test"]["accuracy_interval"]
    assert low < result["test"]["accuracy"] < high and set(result["alone"]) == {"text", "image"}


def test_predict_takes_the_classifier(finished, capsys):
    assert main(["predict", str(finished / "classifier"), "--text", "Two goals in the match."]) == 0
    assert capsys.readouterr().out.splitlines()[0] in mm.datasets.make_newsroom(6).class_names


def test_numbers_are_a_modality_that_predict_reads_from_a_table(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(search, "networks", lambda best: [])
    monkeypatch.chdir(tmp_path)
    rows = [f"{'rain' if k % 3 else 'goal'},{k % 2 + k / 100},{'ab'[k % 2]}" for k in range(24)]
    (tmp_path / "table.csv").write_text("\n".join(["text,price,label", *rows]), encoding="utf-8")
    data = ["--data", "table.csv", "--image-column", "none", "--number-columns", "price"]
    assert main(["train", *data, "--out", "out"]) == 0
    printed = capsys.readouterr().out.splitlines()
    members = json.loads((tmp_path / "out" / "results.json").read_text())["members"]
    assert any(name.startswith("numbers") for name in members)
    assert printed[-1].endswith("classifier --csv FILE")


@pytest.mark.parametrize("options, message", [
    (["--group", "camera"], "There is no column 'camera' to group by"),
    (["--data", "nowhere"], "There is no data 'nowhere'"),
])  # fmt: skip
def test_mistakes_are_one_line(options, message, tmp_path, capsys):
    assert main(["train", "--out", str(tmp_path / "out"), *options]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("limit", ["0", "-3", "soon"])
def test_a_time_limit_must_be_positive(limit, capsys):
    with pytest.raises(SystemExit):
        main(["train", "--time-limit", limit])
    assert "--time-limit" in capsys.readouterr().err
