"""The commands `recognize` and `video`: exact answers, controls, and an honest verdict."""

import argparse
import json

import numpy as np
import pytest

import mm_keras as mm
from mm_keras.cli import inputs, recognize, video
from mm_keras.cli.controls import Controls, Row
from mm_keras.cli.main import main


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    return finished(tmp_path_factory, "recognize", recognize, 1800, 600)


@pytest.fixture(scope="module")
def cinema(tmp_path_factory):
    return finished(tmp_path_factory, "video", video, 1000, 300)


def finished(tmp_path_factory, command, module, num_train, num_test):
    """The folder of a run on fewer samples, and its results.json."""
    out = tmp_path_factory.mktemp(command)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "NUM_TRAIN", num_train)
        patch.setattr(module, "NUM_TEST", num_test)
        assert main([command, "--out", str(out)]) == 0
    return out, json.loads((out / "results.json").read_text())


def accuracies(result):
    return {row["key"]: row["accuracy"] for row in result["rows"]}


def test_products_are_recognized_and_the_controls_take_the_gain_away(shop):
    found = accuracies(shop[1])
    assert 0.56 <= found["text"] <= 0.68 and 0.73 <= found["image"] <= 0.85
    assert found["feature concat"] >= 0.87 and found["decision product"] >= 0.87
    assert abs(found["image shuffled"] - found["text"]) < 0.06
    assert found["text shuffled"] < 0.2
    assert shop[1]["verdict"][-1].startswith("Conclusion: fusion helps.")


def test_films_and_sounds_add_up_and_need_their_order(cinema):
    found = accuracies(cinema[1])
    assert 0.72 <= found["audio"] <= 0.85 and 0.47 <= found["video"] <= 0.66
    assert found["feature concat"] >= 0.83
    assert found["backwards"] <= 0.12 and found["unordered"] <= 0.56
    best = {row["key"]: row["best"] for row in cinema[1]["rows"]}
    assert best["backwards"] == pytest.approx(1 / 60) and best["unordered"] == pytest.approx(7 / 15)


@pytest.mark.parametrize("fixture, files", [
    ("shop", ["samples.png"]), ("cinema", ["film.png", "sound.png"]),
])  # fmt: skip
def test_figures_and_a_classifier_are_written(request, fixture, files):
    out, _ = request.getfixturevalue(fixture)
    names = {*files, "results.json", "classifier"}
    assert {path.name for path in out.iterdir()} == names
    assert mm.Classifier.load(out / "classifier").class_names


def test_predict_takes_films_and_sounds(cinema, tmp_path, capsys):
    """A film as a folder of images and a sound, by options and in a table."""
    from PIL import Image
    from scipy.io import wavfile

    data = mm.datasets.make_cinema(2, seed=5)
    (tmp_path / "film").mkdir()
    for number, frame in enumerate(data["video"][0]):
        Image.fromarray(frame).save(tmp_path / "film" / f"{number:02d}.png")
    wavfile.write(tmp_path / "a.wav", 8000, data["audio"][0])
    model = str(cinema[0] / "classifier")
    expected = mm.Classifier.load(model).predict(data[:1])[0]
    options = ["--audio", str(tmp_path / "a.wav"), "--video", str(tmp_path / "film")]
    assert main(["predict", model, *options]) == 0
    assert capsys.readouterr().out.splitlines()[0] == expected
    (tmp_path / "pairs.csv").write_text("audio,video\na.wav,film\n,film\n")
    assert main(["predict", model, "--csv", str(tmp_path)]) == 0
    _, both, film = capsys.readouterr().out.splitlines()
    assert both.startswith(f"0,{expected},audio|video,") and film.split(",")[2] == "video"


def table(accuracies, num_samples=400, best=None):
    """Controls with rows of these accuracies, none of which was trained."""
    controls = Controls.__new__(Controls)
    controls.features = argparse.Namespace(shapes={"text": (2,), "image": (2,)})
    controls.operator = "concat"
    right = {
        key: np.random.default_rng(i).permutation(num_samples) < share * num_samples
        for i, (key, share) in enumerate(accuracies.items())
    }
    controls.rows = {key: Row(key, right[key], (best or {}).get(key)) for key in accuracies}
    return controls


GAIN = {"feature concat": 0.9, "text": 0.6, "image": 0.7, "text shuffled": 0.2}


@pytest.mark.parametrize("shuffled, best, conclusion", [
    (0.6, None, "fusion helps"),
    (0.6, {"text": 0.62, "image": 0.72}, "fusion helps"),
    (0.6, {"text": 0.65, "image": 0.72}, "No conclusion: text alone reaches 0.600 of 0.650"),
    (0.9, None, "no gain from fusion is shown"),
])  # fmt: skip
def test_a_gain_is_claimed_only_if_all_controls_agree(shuffled, best, conclusion):
    sentences = table({**GAIN, "image shuffled": shuffled}, best=best).verdict()
    assert len(sentences) == 5 and conclusion in sentences[-1]
    assert "itself with the text of other samples" in sentences[2]


@pytest.mark.parametrize("truth", [{"text": 0.6}, {}])
def test_best_possible_is_a_column_only_where_it_is_known(truth):
    controls, titles = table(GAIN), []
    controls.truth = truth
    controls.console = argparse.Namespace(step=lambda *lines: titles.append(lines[-1]))
    controls.train = argparse.Namespace(labels=np.array([0, 1]), num_classes=2)
    controls.test, controls._add = controls.train, lambda *row: None
    controls.add_unimodal_and_rules = controls.add_shuffled = lambda: None
    controls.arrays = {"text": np.zeros((2, 2))}
    controls.run(operators=())
    assert ("best possible" in titles[0]) == bool(truth)


def test_no_sample_keeps_its_partner_when_shuffled():
    data = mm.datasets.make_shop(5, seed=0)
    controls = Controls.__new__(Controls)
    controls.features = argparse.Namespace(shapes={"text": (1,), "image": (1,)})
    controls.unseen = {name: np.arange(5.0)[:, np.newaxis] for name in ("text", "image")}
    controls.test, controls.seed, controls.rows = data, 0, {}
    controls.classifier = argparse.Namespace(model=None)
    pairs = []
    controls._right = lambda model, arrays: pairs.append(arrays) or np.zeros(5, bool)
    controls._add = lambda *row: None
    controls.add_shuffled()
    for arrays in pairs:
        assert (arrays["text"] != arrays["image"]).all()
        assert sorted(arrays["text"][:, 0]) == sorted(arrays["image"][:, 0]) == [0, 1, 2, 3, 4]


def test_commands_say_what_they_need(capsys, tmp_path):
    for command, data, message in (
        ("recognize", "cinema", "needs texts and images"),
        ("video", "shop", "needs films and their sounds"),
        ("video", "nowhere", "There is no data 'nowhere'"),
    ):
        assert main([command, "--data", data, "--out", str(tmp_path / "out")]) == 2
        assert message in capsys.readouterr().err
    assert inputs.columns_of(argparse.Namespace(text_column="t", label_column="l")) == {
        "text": "t",
        "label": "l",
    }
