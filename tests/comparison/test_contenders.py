"""Contenders that behave badly: their values contradict `predict`, they write, settings fail."""

import re
from types import MappingProxyType

import numpy as np
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, NuSVC

from mm_keras import Features, compare
from mm_keras.comparison.contenders import Builder, Contender, Estimator, Fitted, read_contenders
from mm_keras.comparison.engine.manifest import differences
from mm_keras.datasets import MultimodalData
from mm_keras.text import TFIDF
from tests.comparison.compare_example import Spy, by_name, only_numbers, small_data

HERE = {"workers": 0, "robustness": False, "cv": 3}


class Nearest(ClassifierMixin, BaseEstimator):
    """A correct classifier (nearest class mean), from which the others below differ."""

    def fit(self, X, y):
        self.classes_ = np.unique(y)
        self.means_ = np.stack([X[y == k].mean(axis=0) for k in self.classes_])
        return self

    def scores(self, X):
        return -((X[:, np.newaxis] - self.means_) ** 2).sum(axis=2)

    def predict(self, X):
        return self.classes_[self.scores(X).argmax(axis=1)]


class Distances(Nearest):
    def decision_function(self, X):
        return -self.scores(X)  # a low value means the class


class Pairs(Nearest):
    """One value per pair of classes: 3 for 3 classes, and 6 for 4."""

    def decision_function(self, X):
        scores = self.scores(X)
        rows, columns = np.triu_indices(scores.shape[1], 1)
        return scores[:, rows] - scores[:, columns]


class Reordered(Nearest):
    """Columns in another order, as `classes_` says."""

    def fit(self, X, y):
        super().fit(X, y)
        self.classes_, self.means_ = self.classes_[::-1], self.means_[::-1]
        return self

    def predict_proba(self, X):
        scores = np.exp(self.scores(X) / 100)
        return scores / scores.sum(axis=1, keepdims=True)


class WrongOrder(Reordered):
    def predict_proba(self, X):
        return super().predict_proba(X)[:, ::-1]


class Outputs(Reordered):
    def predict_proba(self, X):
        return [super().predict_proba(X), super().predict_proba(X)[:, :2]]


class OneColumn(Reordered):
    def predict_proba(self, X):
        return super().predict_proba(X)[:, 0]


class OtherClasses(Reordered):
    def fit(self, X, y):
        super().fit(X, y)
        self.classes_ = self.classes_ - 1
        return self


class NoClasses(Reordered):
    def fit(self, X, y):
        Nearest.fit(self, X, y)
        self.known_ = self.classes_
        del self.classes_
        return self

    def predict(self, X):
        return self.known_[self.scores(X).argmax(axis=1)]


class OtherTies(Nearest):
    """As the votes of an SVC: `predict` breaks ties in another way than the values do."""

    def scores(self, X):
        scores = super().scores(X)
        return scores + 1e6 * (np.arange(len(X)) % 4 == 0)[:, np.newaxis] * [0, 0, 1]

    def decision_function(self, X):
        return super().scores(X)


def noisy_data(num_classes=3):
    """Data on which no contender is right for all samples."""
    data = small_data(90, num_classes)
    images = np.random.default_rng(0).integers(0, 256, (90, 24, 24), dtype=np.uint8)
    return MultimodalData(
        {"text": data["text"], "image": images}, data.labels, data.class_names, data.ids
    )


def own_accuracies(estimator, data):
    """The accuracies of `predict` on the folds of `compare`, from the features that it uses."""
    result = compare(data, ["majority"], **HERE)
    folds = np.array(result["manifest"]["fold_of_sample"][0])
    accuracies = []
    for fold in range(3):
        train, test = data[folds != fold], data[folds == fold]
        features = Features(**default_extractors(train)).fit(train)
        X, other = (np.hstack(list(features.transform(part).values())) for part in (train, test))
        accuracies.append((estimator.fit(X, train.labels).predict(other) == test.labels).mean())
    return accuracies


def default_extractors(train):
    from mm_keras.comparison.engine.features import features_for

    by_modality = features_for("vector", {}, train)
    return {name: features.extractors[name] for name, features in by_modality.items()}


@pytest.mark.parametrize("num_classes", [2, 3, 4])
@pytest.mark.parametrize(
    "estimator",
    [
        SVC(decision_function_shape="ovo"),
        make_pipeline(StandardScaler(), SVC(decision_function_shape="ovo", kernel="linear")),
        SVC(),
        NuSVC(nu=0.3, decision_function_shape="ovo"),
        Reordered(),
    ],
    ids=lambda estimator: str(estimator)[:60],
)
def test_the_accuracy_is_that_of_the_estimators_own_predict(estimator, num_classes):
    data = noisy_data(num_classes)
    (row,) = compare(data, {"mine": Estimator(estimator)}, **HERE)["contenders"]
    assert row["failed"] is None
    accuracy = row["metrics"]["accuracy"]["splits"]
    np.testing.assert_allclose(accuracy, own_accuracies(estimator, data), atol=1e-9)


@pytest.mark.parametrize(
    "estimator, reason",
    [
        (Distances(), "must be the one that predict returns"),
        (Pairs(), "must be the one that predict returns|one value per sample and class"),
        (WrongOrder(), "must be the one that predict returns"),
        (Outputs(), "one value per sample and class"),
        (OneColumn(), "one value per sample and class"),
        (OtherClasses(), "classes_ must hold the classes of the training samples, from 0 to"),
    ],
    ids=lambda value: type(value).__name__,
)
@pytest.mark.parametrize("num_classes", [2, 3, 4])
def test_values_that_are_not_those_of_classes_are_refused(estimator, reason, num_classes):
    if type(estimator) is Pairs and num_classes == 2:
        return  # with two classes there is one value, as usual, but of the first class
    mine = {"mine": estimator, "majority": "majority"}
    result = compare(noisy_data(num_classes), mine, **HERE)
    found = by_name(result)
    assert re.search(reason, found["mine"]["failed"]) and found["majority"]["failed"] is None
    assert any(note.startswith("No result for mine: ") for note in result["notes"])


def test_classes_without_classes_attribute_are_those_of_the_training_samples():
    data = noisy_data()
    rows = by_name(compare(data, {"without": NoClasses(), "with": Reordered()}, **HERE))
    for metric, values in rows["with"]["metrics"].items():
        computed = rows["without"]["metrics"][metric]
        assert computed["splits"] == pytest.approx(values["splits"], rel=1e-6), metric


def test_predict_decides_ties_and_a_note_counts_them():
    data = noisy_data()
    result = compare(data, {"mine": OtherTies()}, **HERE)
    (row,) = result["contenders"]
    np.testing.assert_allclose(
        row["metrics"]["accuracy"]["splits"], own_accuracies(OtherTies(), data), atol=1e-9
    )
    (note,) = (note for note in result["notes"] if "predict() of mine" in note)
    count = int(note.split()[1])
    assert "of 90 test samples" in note and 10 <= count <= 24  # of the 24 with another tie


class Vandal(Contender):
    """Writes into everything that it gets; right for all training samples."""

    level, modalities = "text", ("text",)
    param_candidates = ({"a": 1}, {"a": 2})

    def fit(self, train, setting, seed):
        setting["a"] = 3
        for array in (train.labels, *train.arrays.values()):
            array[...] = 0
        return Fitted(self._predict, None)

    def _predict(self, arrays):
        for array in arrays.values():
            array[...] = 0
        return np.tile([0.5, 0.3, 0.2], (len(arrays["text"]), 1))


class VandalEstimator(GaussianNB):
    def fit(self, X, y):
        super().fit(X, y)
        X[...] = 0
        y[...] = 0
        return self


def test_a_contender_that_writes_does_not_affect_the_others():
    data, names = small_data(), ["text-logistic", "text-svm", "both-logistic", "majority"]
    others = {name: name for name in names}
    alone = by_name(compare(data, names, **HERE))
    after = by_name(
        compare(data, {"vandal": Vandal(), "estimator": VandalEstimator(), **others}, **HERE)
    )
    for name in names:
        assert differences(alone[name]["metrics"], after[name]["metrics"]) == [], name
    assert after["vandal"]["failed"] is after["estimator"]["failed"] is None
    assert after["vandal"]["param_candidates"] == [{"a": 1}, {"a": 2}]
    bayes = by_name(compare(data, {"bayes": GaussianNB()}, **HERE))["bayes"]
    assert differences(bayes["metrics"], after["estimator"]["metrics"]) == []


def test_a_failing_setting_costs_only_itself(few_epochs):
    class Fails(Spy):
        def fit(self, train, setting, seed):
            if setting["a"] == 2:
                raise KeyError("two")
            return super().fit(train, setting, seed)

    def network(shapes, num_classes):
        import keras

        text = keras.Input(shapes["text"], name="text")
        outputs = keras.layers.Dense(num_classes, activation="softmax")(text)
        return keras.Model({"text": text}, outputs)

    candidates = [{"C": 1.0}, {"C": -1.0}, {"penalty": "no such"}]
    mine = {
        "words": Estimator(LogisticRegression(), ["text"], candidates),
        "neighbors": Estimator(
            KNeighborsClassifier(), ["text"], [{"n_neighbors": 500}, {"n_neighbors": 1}]
        ),
        "spy": Fails(param_candidates=({"a": 1}, {"a": 2}), features=only_numbers()),
        "network": Builder(
            network, ["text"], param_candidates=[{"rate_factor": "x"}, {"rate_factor": 1.0}]
        ),
        "none": Estimator(LogisticRegression(), ["text"], [{"C": -1.0}, {"C": -2.0}]),
    }
    result = compare(small_data(), mine, **HERE)
    found = by_name(result)
    assert [name for name, row in found.items() if row["failed"]] == ["none"]
    assert "'C' parameter of LogisticRegression" in found["none"]["failed"]
    assert {setting["C"] for setting in found["words"]["settings"]} == {1.0}
    assert {setting["n_neighbors"] for setting in found["neighbors"]["settings"]} == {1}
    assert {setting["rate_factor"] for setting in found["network"]["settings"]} == {1.0}
    notes = [note for note in result["notes"] if note.startswith("A setting of ")]
    assert "A setting of spy failed on 3 of 3 splits and was left out there: a = 2 (KeyError: " in (
        " ".join(notes)
    )
    for start in ("words", "words", "neighbors", "spy", "network"):
        assert any(note.startswith(f"A setting of {start} failed on 3 of 3") for note in notes)
    assert len(notes) == 5


def test_settings_of_networks_at_the_decision_level_fail_alone(few_epochs):
    from mm_keras.comparison.contenders import Decision

    candidates = ({"rate_factor": 1.0}, {"rate_factor": float("nan")})
    mine = {
        operator: Decision(operator, "linear", param_candidates=candidates)
        for operator in ("mean", "max")
    }
    result = compare(small_data(), mine, **{**HERE, "cv": 2})
    assert not any(row["failed"] for row in result["contenders"])
    notes = [note for note in result["notes"] if note.startswith("A setting of ")]
    for name in ("mean", "max"):  # they share their networks
        for modality in ("text", "image"):
            start = f"A setting of {name} failed on 2 of 2 splits and was left out there: "
            assert any(note.startswith(f"{start}{modality}: rate_factor = nan") for note in notes)


def test_a_lack_of_memory_is_no_reason_to_leave_a_setting_out():
    class NeedsMemory(Spy):
        def fit(self, train, setting, seed):
            if setting["a"] == 2:
                raise MemoryError
            return super().fit(train, setting, seed)

    spy = NeedsMemory(param_candidates=({"a": 1}, {"a": 2}), features=only_numbers())
    (row,) = compare(small_data(), {"spy": spy}, **HERE)["contenders"]
    assert row["failed"].startswith("MemoryError")  # it is tried again in the next run


def test_a_class_without_training_samples_is_named_with_its_splits():
    data = small_data(61, 3)
    labels = np.where(np.arange(61) == 60, 3, data.labels)
    rare = MultimodalData(data.samples, labels, ["a", "b", "c", "rare"])
    result = compare(rare, ["majority"], **HERE)
    fold = result["manifest"]["fold_of_sample"][0][60] + 1
    assert (
        f"rare has no training samples in split {fold} of 3: no contender can predict it for the "
        "1 test sample there."
    ) in result["notes"]

    split = ["train"] * 40 + ["test"] * 21
    own = MultimodalData(data.samples, labels, ["a", "b", "c", "rare"], columns={"split": split})
    assert any(
        note.startswith("rare has no training samples: no contender can predict it for the 1 test")
        for note in compare(own, ["majority"], **{**HERE, "cv": "split"})["notes"]
    )

    rows = np.eye(4, dtype=int)[labels]
    rows[:2] = 1, 1, 0, 0
    several = MultimodalData(data.samples, rows, ["a", "b", "c", "rare"], columns={"split": split})
    assert any(
        note.startswith("rare has no training samples")
        for note in compare(several, ["majority"], **{**HERE, "cv": "split"})["notes"]
    )
    assert not any("no training samples" in note for note in compare(data, ["majority"])["notes"])


NAMES = ["text-svm", "majority"]


@pytest.mark.parametrize(
    "make",
    [
        lambda: (name for name in NAMES),
        lambda: iter(NAMES),
        lambda: map(str, NAMES),
        lambda: tuple(NAMES),
        lambda: np.array(NAMES),
        lambda: dict.fromkeys(NAMES).keys(),
    ],
)
def test_names_are_read_once_whatever_holds_them(make):
    result = compare(small_data(), make(), cv=2, num_settings=1, robustness=False, workers=0)
    assert [row["name"] for row in result["contenders"]] == NAMES
    assert result["manifest"]["options"]["contenders"] == NAMES


def test_one_name_is_not_a_sequence_of_letters():
    assert read_contenders("majority") == ["majority"]
    mapping = MappingProxyType({1: "majority", "b": "text-svm"})
    assert read_contenders(mapping) == {"1": "majority", "b": "text-svm"}


@pytest.mark.parametrize("contenders", [[], {}, (), iter([]), np.array([], dtype=str)])
def test_no_contenders_are_refused(contenders):
    with pytest.raises(ValueError, match="At least one contender"):
        compare(small_data(), contenders, workers=0)


@pytest.mark.parametrize(
    "contenders",
    [
        LogisticRegression(),
        make_pipeline(StandardScaler(), SVC()),
        [LogisticRegression(), "majority"],
        [("a", LogisticRegression())],
        {"a": LogisticRegression()}.items(),
        {"majority", "text-svm"},
        lambda shapes, num_classes: None,
        LogisticRegression,
        Spy(),
        7,
    ],
)
def test_contenders_without_names_are_refused(contenders):
    with pytest.raises(TypeError, match="a dict, name -> contender.*in a dict"):
        compare(small_data(), contenders, workers=0)


def test_names_that_become_the_same_text_are_refused():
    with pytest.raises(ValueError, match="must be distinct texts. Received: 1, '1'"):
        compare(small_data(), {1: "majority", "1": LogisticRegression()}, workers=0)


@pytest.mark.parametrize("candidates", [[], (), [None], [("C", 1)]])
def test_candidates_must_be_dicts(candidates):
    with pytest.raises(ValueError, match="at least one dict of parameters"):
        Estimator(SVC(), param_candidates=candidates)


@pytest.mark.parametrize(
    "features, error, message",
    [
        ({"vectr": Features(text=TFIDF())}, ValueError, "vector, grid, data. Received: 'vectr'"),
        ({"text": TFIDF()}, ValueError, "Received: 'text'"),
        (Features(txt=TFIDF()), ValueError, "features of txt. The data has: text, image"),
        (TFIDF(), TypeError, "needs Features"),
        ({"grid": TFIDF()}, TypeError, "needs Features"),
    ],
)
def test_features_that_nothing_uses_are_refused(features, error, message):
    with pytest.raises(error, match=message):
        compare(small_data(), ["majority"], features=features, workers=0)


@pytest.mark.parametrize("features", ["vectr", Features(txt=TFIDF())])
def test_features_of_a_contender_are_checked_too(features):
    contender = Estimator(SVC(), ["text"], features=features)
    with pytest.raises(ValueError, match="vectr|txt"):
        compare(small_data(), {"mine": contender}, workers=0)
