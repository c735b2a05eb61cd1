"""`train`: an ordinary classifier that equals its members, on small and odd data too."""

from dataclasses import replace

import numpy as np
import pytest

import mm_keras as mm
from mm_keras.datasets import MultimodalData
from mm_keras.heads import HEADS
from mm_keras.portfolio import search
from mm_keras.portfolio.base import Candidate
from mm_keras.portfolio.blocks import View, features_of, views_of
from mm_keras.portfolio.candidates import networks
from mm_keras.portfolio.dense import Dense
from mm_keras.portfolio.linear import Linear, fit_logistic
from mm_keras.portfolio.task import Task
from mm_keras.portfolio.train import _reporter, _task, split, train

WORDS = ["rain storm wind", "goal team match", "bank share price"]


def make_data(num_samples=72, num_classes=3, missing=0, seed=0):
    """Texts that are right in two of three samples, and images whose color is, in the others."""
    rng = np.random.default_rng(seed)
    labels = np.arange(num_samples) % num_classes
    texts, images = [], np.zeros((num_samples, 16, 16, 3), np.uint8)
    for row, label in enumerate(labels):
        text = label if rng.random() < 0.67 else rng.integers(num_classes)
        texts.append(" ".join(rng.choice(WORDS[text].split(), 2)))
        images[row] = rng.integers(0, 60, (16, 16, 3))
        images[row, :, :, label if rng.random() < 0.67 else rng.integers(num_classes)] += 150
    texts = [None if row < missing else text for row, text in enumerate(texts)]
    images = [None if row % 9 == 8 and missing else image for row, image in enumerate(images)]
    names = ["weather", "sports", "economy"][:num_classes]
    columns = {"place": [str(row // 4) for row in range(num_samples)]}
    return MultimodalData({"text": texts, "image": images}, labels, names, columns=columns)


def linear_only(monkeypatch):
    """No dense heads: seconds instead of half a minute."""
    monkeypatch.setattr("mm_keras.portfolio.search.networks", lambda best: [])


@pytest.fixture(scope="module")
def result():
    """Trained with all kinds of candidates on samples that may lack a modality; and its lines."""
    lines = []
    with pytest.MonkeyPatch.context() as patch:
        quick = replace(HEADS["dense"].training, epochs=3)
        patch.setattr(HEADS["dense"], "training", quick)
        patch.setattr(search, "networks", lambda best: networks(best)[-1:])
        found = train(make_data(missing=6), seed=0, progress=lines.append)
    return found, lines


def test_every_kind_of_candidate_is_tried_and_reported_at_once(result):
    found, lines = result
    names = [row["name"] for row in found.rows]
    assert names[:2] == ["text: words, linear", "image: HOG + ColorHistogram, linear"]
    levels = {row["level"] for row in found.rows}
    assert levels == {"text", "image", "feature", "decision"}
    assert "feature level, product, dense" in names and "decision level, mean" in names
    assert [line for line in lines[1:] if line.strip().startswith(tuple(names))] == lines[1:]
    # At most: text 3, image 1, fused 3; then networks: one for each of two modalities, and 2 fused
    assert lines[1].endswith("1 of 11") and lines[7].endswith("7 of 11")


@pytest.mark.parametrize(
    "progress, is_watched, is_shown",
    [(None, True, True), (None, False, False), (True, False, True), (False, True, False)],
)
def test_lines_are_printed_where_somebody_looks(
    progress, is_watched, is_shown, monkeypatch, capsys
):
    monkeypatch.setattr("mm_keras.portfolio.train.is_watched", lambda stream: is_watched)
    _reporter(progress)("text: words, linear")
    assert capsys.readouterr().out == "text: words, linear\n" * is_shown


def test_test_scores_come_with_intervals_beside_each_modality(result):
    found, _ = result
    assert list(found.alone) == ["text", "image"]
    for scores in (found.test, *found.alone.values()):
        low, high = scores["accuracy_interval"]
        assert 0 <= low < scores["accuracy"] <= high <= 1
    assert "test accuracy" in repr(found) and "image alone" in repr(found)


def test_the_classifier_is_saved_and_predicts_the_same(result, tmp_path):
    found, data = result[0], make_data(12, seed=3, missing=3)
    found.classifier.save(tmp_path / "classifier")
    loaded = mm.Classifier.load(tmp_path / "classifier")
    p = found.classifier.predict_proba(data)
    np.testing.assert_allclose(loaded.predict_proba(data), p, atol=1e-6)
    np.testing.assert_allclose(p.sum(axis=1), 1, atol=1e-5)


def test_the_classifier_can_be_explained(result):
    classifier = result[0].classifier
    explanation = mm.evaluation.explain(
        classifier, text="goal team", image=make_data(2)["image"][1]
    )
    assert set(explanation["word_weights"]) == {"goal", "team"}
    assert explanation["word_weights"]["goal"] != 0


class Fixed(Candidate):
    """A candidate with given probabilities."""


def test_a_temperature_makes_probabilities_honest():
    """Right in 8 of 10 cases, at a confidence of 0.99: the calibrated one is 0.8."""
    task = Task(np.array([0] * 80 + [1] * 20), 2, np.arange(100) % 2)
    view = type("AllPresent", (), {"present": np.ones(100, bool), "modality": "text"})
    candidate = Fixed("fixed", "text", [view])
    candidate._score(task, np.tile([0.99, 0.01], (100, 1)))
    np.testing.assert_allclose(candidate.probabilities[0], [0.8, 0.2], atol=1e-3)
    assert candidate.accuracy == pytest.approx(0.8)


@pytest.mark.parametrize("num_classes", [2, 3])
def test_linear_models_in_the_network_equal_scikit_learn(num_classes):
    from sklearn.linear_model import LogisticRegression

    from mm_keras.portfolio.network import classifier_of

    data = make_data(60, num_classes)
    views = [views_of(data, name)[-1] for name in data.modalities]
    task = _task(data, None, 0)
    candidate = Linear("both", "feature", views)
    candidate.evaluate(task)
    candidate.temperature = 1.0
    classifier = classifier_of([candidate], [1.0], task, data.class_names)
    rows = np.asarray(candidate._rows(candidate.chosen["weights"]).todense())
    model = LogisticRegression(C=candidate.chosen["C"], max_iter=200, tol=1e-3)
    expected = model.fit(rows, data.labels).predict_proba(rows)
    np.testing.assert_allclose(classifier.predict_proba(data), expected, atol=2e-3)


def test_principal_components_are_undone_in_the_weights(monkeypatch):
    monkeypatch.setattr("mm_keras.portfolio.blocks.NUM_COMPONENTS", 8)
    data = make_data(40)
    (view, *_) = views_of(data, "image")
    assert view.rows.shape == (40, 8) and view.columns.shape[1] > 100
    kernel = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
    blocks = np.hstack([block.rows for block in view.blocks])
    np.testing.assert_allclose(blocks @ view.kernel_of(kernel), view.rows @ kernel, atol=1e-4)


def test_the_features_hold_the_blocks_that_were_trained_on():
    data = make_data(40, missing=5)
    views = [views_of(data, name)[-1] for name in data.modalities]
    features, columns = features_of(views)
    arrays = features.transform(data)
    for view in views:
        for block in view.blocks:
            start, stop = columns[view.modality, block.name]
            rows = block.rows.toarray() if hasattr(block.rows, "toarray") else block.rows
            np.testing.assert_allclose(arrays[view.modality][:, start:stop], rows, atol=1e-5)


def test_an_image_of_one_color_is_scaled_as_in_the_features():
    """It has no edges: all its HOG values are zero, but it is not missing."""
    data = make_data(40)
    data["image"][0][:] = 90
    (view, *_) = views_of(data, "image")
    assert [block.present[0] for block in view.blocks] == [False, True]
    features, _ = features_of([view])
    rows = np.hstack([block.rows for block in view.blocks])
    np.testing.assert_allclose(features.transform(data)["image"], rows, atol=1e-5)


def test_a_class_that_a_fold_lacks_gets_no_share_and_does_not_spoil_the_others():
    task = Task(np.array([0, 0, 2, 2]), 3, np.arange(4) % 2)
    kernel, bias = fit_logistic(np.array([[0.0], [0], [1], [1]]), task, np.arange(4), 10.0)
    p = np.exp(np.array([[1.0]]) @ kernel + bias)
    assert (p / p.sum())[0, 1] < 1e-9 and p[0, 2] > p[0, 0]
    kernel, bias = fit_logistic(np.zeros((2, 1)), task, np.arange(2), 10.0)  # one class
    assert not kernel.any() and bias.argmax() == 0


@pytest.mark.parametrize("data", [
    make_data(24, 2),
    make_data(24).__class__({"text": make_data(24)["text"]}, np.arange(24) % 3, ["a", "b", "c"]),
    MultimodalData({"text": make_data(9)["text"]}, [0, 0, 0, 0, 1, 1, 1, 1, 2], ["a", "b", "c"]),
], ids=["two classes", "one modality", "a class with one sample"])  # fmt: skip
def test_small_data_works(data, monkeypatch):
    linear_only(monkeypatch)
    found = train(data, progress=None)
    assert 0 <= found.test["accuracy"] <= 1
    assert found.classifier.class_names == data.class_names


@pytest.mark.parametrize("lacking, other, first", [
    ("text", "image", "text: words, linear"), ("image", "text", "image: HOG, linear"),
])  # fmt: skip
def test_a_modality_that_no_sample_has_is_left_out_with_a_note(lacking, other, first, monkeypatch):
    linear_only(monkeypatch)
    data = make_data(24)
    data = MultimodalData({**data.samples, lacking: [None] * 24}, data.labels, data.class_names)
    found = train(data, progress=None)
    assert found.notes[0].startswith(f"{first} is left out: ")
    assert list(found.classifier.features.shapes) == list(found.alone) == [other]


def test_samples_of_a_class_that_the_other_folds_lack_do_not_decide():
    task = Task(np.array([0, 0, 1, 1, 2]), 3, np.array([0, 1, 0, 1, 0]))
    assert task.known.tolist() == [True, True, True, True, False]
    assert Task(np.array([0, 1]), 2, np.array([0, 1])).known.all()  # nothing else is left


def test_groups_stay_on_one_side():
    data = make_data(72)
    training, test = split(data, "place", seed=1)
    assert not set(training.columns["place"]) & set(test.columns["place"])
    task = _task(training, training.columns["place"], 0)
    for place in set(training.columns["place"]):
        rows = np.array(training.columns["place"]) == place
        assert len(set(task.fold_of[rows])) == 1


def test_groups_are_not_divided_where_the_column_split_is_of_no_use():
    data = make_data(12)
    columns = {**data.columns, "split": ["a"] * 12}
    data = MultimodalData(data.samples, data.labels, data.class_names, columns=columns)
    with pytest.raises(ValueError, match=r"would divide groups. Received: 'a' \(12\)"):
        split(data, "place")


def test_ctrl_c_keeps_the_best_so_far(monkeypatch):
    def interrupted(best):
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr("mm_keras.portfolio.search.fusions", interrupted)
    lines = []
    found = train(make_data(40), progress=lines.append)
    assert found.notes == ["Interrupted: the best of the candidates so far is kept."]
    assert found.notes[0] in lines and set(found.alone) == {"text", "image"}


def test_ctrl_c_before_the_first_candidate_ends_the_run(monkeypatch):
    def evaluate(self, task):
        raise KeyboardInterrupt

    monkeypatch.setattr(Linear, "evaluate", evaluate)
    with pytest.raises(KeyboardInterrupt):
        train(make_data(24), progress=None)


def test_the_time_limit_ends_the_search_after_the_first_candidate():
    data = make_data(40)
    run = search.Search(data, _task(data, None, 0), 1e-6, lambda line: None)
    run.run()
    assert [row["name"] for row in run.rows] == ["text: words, linear"]
    assert run.notes[0].startswith("Time limit")


@pytest.mark.parametrize("data, options, message", [
    (MultimodalData({"text": ["a"]}), {}, "needs MultimodalData with labels"),
    (MultimodalData({"text": ["a", "b"]}, [[1, 1], [0, 1]], ["x", "y"]), {}, "multi-label"),
    (make_data(12), {"group": "camera"}, "no column 'camera'"),
    (make_data(12), {"time_limit": 0}, "greater than 0"),
    (make_data(2, 2), {}, "At least 4 samples"),
    (make_data(12), {"test": make_data(12).__class__({"text": ["a"]})}, "labels"),
    (make_data(12), {"test": make_data(12)[:0]}, "At least one test sample"),
    (make_data(12), {"test": MultimodalData({"text": ["a"]}, [0], ["weather"])}, "modalities"),
    (make_data(12, 2), {"test": make_data(12)}, "unknown classes: economy"),
])  # fmt: skip
def test_what_cannot_be_trained_is_refused_before_the_search(data, options, message, monkeypatch):
    monkeypatch.setattr(search.Search, "run", None)
    with pytest.raises(ValueError, match=message):
        train(data, progress=None, **options)


def test_a_column_that_looks_like_a_split_is_reported():
    data, names = make_data(12), ["train", "train", "test"] * 4
    data = MultimodalData(
        data.samples, data.labels, data.class_names, columns={"part": names, "other": [0] * 12}
    )
    with pytest.warns(mm.DataWarning, match="'part'"):
        split(data)


def test_a_modality_of_one_fold_trains_no_dense_network():
    task = Task(np.array([0, 1, 0, 1]), 2, np.array([0, 0, 1, 1]))
    view = type("OneSample", (), {"present": np.arange(4) == 0, "modality": "text"})
    with pytest.raises(ValueError, match="in one fold"):
        Dense("dense", "text", [view]).evaluate(task)


def test_views_share_the_rows_of_their_blocks():
    words, characters, both = views_of(make_data(12), "text")
    assert isinstance(both, View) and both.blocks == (*words.blocks, *characters.blocks)
