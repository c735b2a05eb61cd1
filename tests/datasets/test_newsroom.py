"""The synthetic newsroom: reproducible bytes, correct accuracies, signal in words and edges."""

import csv
import hashlib
import json
import os
import re
import subprocess
import sys

import numpy as np
import pytest

from mm_keras.datasets import JointTable, make_newsroom, write_newsroom
from mm_keras.datasets.newsroom import SCHEMES
from mm_keras.datasets.newsroom.reports import (
    ADDITIONS,
    HEADLINES,
    PEOPLE,
    PHRASES,
    PLACES,
    SENTENCES,
    TIMES,
    write_reports,
)
from mm_keras.datasets.newsroom.scenes import SCENES, draw_scenes
from mm_keras.datasets.newsroom.schemes import scheme_table
from tests import ROOT

SAMPLE = ROOT / "datasets" / "newsroom"
DIGEST = """
import hashlib
from mm_keras.datasets import make_newsroom
data = make_newsroom(60, seed=3)
content = repr(data["text"]).encode() + data["image"].tobytes() + data.labels.tobytes()
print(hashlib.sha256(content).hexdigest())
"""


def words_of(texts):
    return {word for text in texts for word in re.findall(r"[a-z]+", text.lower())}


def test_contents():
    data = make_newsroom(50, size=48, seed=1)
    assert len(data) == 50 and data.modalities == ("text", "image") and data.num_classes == 6
    assert data["image"].shape == (50, 48, 48) and data["image"].dtype == np.uint8
    assert all(isinstance(text, str) for text in data["text"])
    assert set(data.columns) == {"text_topic", "scene"}
    assert json.loads(json.dumps(dict(data.info))) == dict(data.info)
    assert (data.info["name"], data.info["scheme"], data.info["seed"], data.info["size"]) == (
        "newsroom",
        "news",
        1,
        48,
    )


def test_truth_of_the_schemes():
    truth = {scheme: make_newsroom(1, scheme).info["truth"] for scheme in SCHEMES}
    rounded = {
        scheme: tuple(
            round(answers[key], 4) for key in ("majority", "text", "image", "additive", "both")
        )
        for scheme, answers in truth.items()
    }
    assert rounded == {
        "news": (0.1667, 0.7917, 0.5833, 0.9167, 0.9167),
        "redundant": (0.1667, 1, 1, 1, 1),
        "unique": (0.1667, 0.5, 0.3333, 1, 1),
        "match": (0.5, 0.5, 0.5, 0.5, 1),
        "mixed": (0.2, 0.5667, 0.5, 0.6, 1),
        "misleading": (0.1667, 0.75, 0.5, 0.75, 0.75),
    }


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_best_rule_reaches_the_truth_on_the_drawn_data(scheme):
    """The Bayes classifier of the table has the accuracy that the truth states, up to rounding."""
    noise = {"text_noise": 0.1, "image_noise": 0.2}
    data = make_newsroom(3000, scheme, size=16, **noise)
    table = scheme_table(scheme).with_noise(**noise)
    text = [table.text_names.index(topic) for topic in data.columns["text_topic"]]
    image = [table.image_names.index(scene) for scene in data.columns["scene"]]
    best = {
        "text": table.posterior("text").argmax(axis=0)[text],
        "image": table.posterior("image").argmax(axis=0)[image],
        "both": table.posterior("both").argmax(axis=0)[text, image],
    }
    for given, guess in best.items():
        assert np.mean(guess == data.labels) == pytest.approx(
            data.info["truth"][given], abs=0.02
        ), given
    assert np.unique(data.labels).size == data.num_classes


def test_same_seed_same_bytes():
    data, again, other = (
        make_newsroom(60, seed=3),
        make_newsroom(60, seed=3),
        make_newsroom(60, seed=4),
    )
    assert data["text"] == again["text"] and data["image"].tobytes() == again["image"].tobytes()
    assert data["text"] != other["text"] and data["image"].tobytes() != other["image"].tobytes()
    assert make_newsroom(60, seed=3, pixel_noise=0)["text"] == data["text"]

    digest = hashlib.sha256(
        repr(data["text"]).encode() + data["image"].tobytes() + data.labels.tobytes()
    ).hexdigest()
    fresh = subprocess.run(
        [sys.executable, "-c", DIGEST],
        env={**os.environ, "PYTHONHASHSEED": "123"},
        check=True,
        cwd=SAMPLE.parents[1],
        capture_output=True,
        text=True,
    )
    assert fresh.stdout.strip() == digest


def test_topics_share_no_word_with_each_other_or_with_the_templates():
    from nltk.stem import PorterStemmer

    def stems(texts):
        return {PorterStemmer().stem(word) for word in words_of(texts)}

    groups = {
        **PHRASES,
        "templates": [*HEADLINES, *SENTENCES, *ADDITIONS, *PLACES, *PEOPLE, *TIMES],
    }
    stemmed = {name: stems(texts) for name, texts in groups.items()}
    for name, words in stemmed.items():
        for other, other_words in stemmed.items():
            assert name == other or not words & other_words, (name, other, words & other_words)
    assert all(len(phrases) == 10 for phrases in PHRASES.values())


@pytest.mark.parametrize("clauses", [1, 2, 10])
def test_every_sentence_contains_a_phrase_of_the_topic(clauses):
    topics = sorted(PHRASES) * 5
    for topic, report in zip(topics, write_reports(topics, clauses, np.random.default_rng(0))):
        assert sum(report.lower().count(phrase) for phrase in PHRASES[topic]) == clauses, report
        assert (
            "{" not in report
            and "  " not in report
            and report[0].isupper()
            and report.endswith((".", '"'))
        )


def test_frequent_phrases_come_first():
    reports = write_reports(["weather"] * 3000, 1, np.random.default_rng(0))
    shares = [
        np.mean([phrase in report.lower() for report in reports]) for phrase in PHRASES["weather"]
    ]
    zipf = 1 / np.arange(1, 11)
    np.testing.assert_allclose(shares, zipf / zipf.sum(), atol=0.03)


def test_scenes_have_both_polarities_and_no_gray_signature():
    assert list(SCENES) == list(PHRASES)
    images = draw_scenes(["health"] * 400, 64, 0.0, np.random.default_rng(0)) / 255.0
    strokes = np.abs(images - 0.5).max(axis=(1, 2))
    assert strokes.min() > 0.15  # no image is empty
    # Light and dark strokes cancel on average.
    assert np.abs(images.mean(axis=0) - 0.5).max() < 0.06
    assert len(np.unique(images.reshape(400, -1), axis=0)) == 400


def test_signal_lies_in_words_and_edges_but_not_in_gray_values():
    from skimage.feature import hog
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    rng = np.random.default_rng(0)
    names = np.array(sorted(SCENES))[rng.permutation(np.arange(720) % len(SCENES))]
    images, train, test = draw_scenes(names, 64, 0.08, rng), slice(0, 450), slice(450, None)
    reports = write_reports(names, 3, rng)

    def score(features):
        model = LogisticRegression(C=10, max_iter=200, tol=1e-3).fit(features[train], names[train])
        return model.score(features[test], names[test])

    words = TfidfVectorizer().fit(reports[train])
    assert score(words.transform(reports)) > 0.98
    assert score(np.array([hog(image, cells_per_block=(2, 2)) for image in images])) > 0.96
    assert score(images.reshape(len(images), -1) / 255.0 - 0.5) < 0.5


def test_a_custom_table():
    table = JointTable([[[0.5]], [[0.5]]], ["even", "odd"], ["weather"], ["neutral"])
    data = make_newsroom(10, table)
    assert data.class_names == ("even", "odd") and set(data.columns["scene"]) == {"neutral"}
    assert data.info["scheme"] == "custom" and data.info["truth"]["both"] == 0.5


@pytest.mark.parametrize(
    "options, message",
    [
        ({"scheme": "sports"}, "news, redundant, unique, match, mixed, misleading"),
        ({"scheme": JointTable([[[1.0]]])}, "named after topics"),
        ({"num_samples": 0}, "`num_samples`"),
        ({"size": 8}, "`size`"),
        ({"clauses": 11}, "`clauses`"),
        ({"pixel_noise": 20}, "`pixel_noise`"),
        ({"text_noise": -0.1}, "`text_noise`"),
        ({"image_noise": 2}, "`image_noise`"),
    ],
)
def test_errors_say_what_to_do(options, message):
    with pytest.raises(ValueError, match=message):
        make_newsroom(**{"num_samples": 5, **options})


def test_the_committed_sample_is_what_its_command_writes(tmp_path, monkeypatch):
    from PIL import Image

    monkeypatch.chdir(tmp_path)
    data = write_newsroom("datasets/newsroom")
    written = tmp_path / "datasets" / "newsroom"
    for name in ("pairs.csv", "README.md"):
        assert (written / name).read_bytes() == (SAMPLE / name).read_bytes(), name
    names = sorted(path.name for path in (SAMPLE / "images").iterdir())
    assert (
        names == sorted(path.name for path in (written / "images").iterdir())
        and len(names) == len(data) == 120
    )
    for name in names:
        with (
            Image.open(SAMPLE / "images" / name) as committed,
            Image.open(written / "images" / name) as fresh,
        ):
            np.testing.assert_array_equal(np.array(committed), np.array(fresh), err_msg=name)
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file()) < 400_000
    with (SAMPLE / "pairs.csv").open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert list(rows[0]) == ["id", "text", "image", "label", "split"]
    assert [row["text"] for row in rows] == data["text"]
    split = np.array(data.columns["split"])
    assert [
        (np.sum(split[data.labels == k] == "train"), np.sum(split[data.labels == k] == "test"))
        for k in range(6)
    ] == [(15, 5)] * 6


def test_the_command_line(tmp_path):
    command = [
        sys.executable,
        "-m",
        "mm_keras.datasets.newsroom",
        str(tmp_path / "news"),
        "--num-samples",
        "8",
    ]
    done = subprocess.run(
        [*command, "--scheme", "match"],
        check=True,
        cwd=SAMPLE.parents[1],
        capture_output=True,
        text=True,
    )
    assert "2 classes (contradicts 4, fits 4)" in done.stdout and done.stderr == ""
    assert len(list((tmp_path / "news" / "images").glob("*.png"))) == 8
