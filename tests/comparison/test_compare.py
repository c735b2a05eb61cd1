"""Tests of `compare`: no leaks between folds, correct values, and isolated failures."""

import json

import numpy as np
import pytest
import scipy.stats
from sklearn.dummy import DummyClassifier
from sklearn.linear_model import LogisticRegression, Perceptron
from sklearn.metrics import (
    accuracy_score,
    balanced_accuracy_score,
    f1_score,
    log_loss,
    roc_auc_score,
)
from sklearn.model_selection import RepeatedStratifiedKFold, ShuffleSplit
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import LinearSVC

from mm_keras import Features, compare
from mm_keras.comparison.contenders import Decision, Estimator, Network, as_contenders
from mm_keras.comparison.splits import StratifiedFolds
from mm_keras.datasets import MultimodalData
from tests.comparison.compare_example import (
    Numbers,
    Spy,
    answers_right_in,
    by_name,
    only_numbers,
    small_data,
)

HERE = {"workers": 0, "robustness": False}


def folds_of(result):
    return np.array(result["manifest"]["fold_of_sample"][0])


def test_extractors_are_fitted_once_per_fold_on_its_training_samples_and_shared():
    data, spies = small_data(), {"first": Spy(), "second": Spy()}
    Numbers.fitted_on.clear()
    folds = folds_of(compare(data, spies, cv=4, features=only_numbers(), **HERE))
    expected = [np.flatnonzero(folds != fold).tolist() for fold in range(4)]
    assert sorted(Numbers.fitted_on) == sorted(expected)  # once for both contenders
    for spy in spies.values():
        assert [arrays["text"].ravel().tolist() for arrays in spy.trained_on] == expected
        tested = [np.flatnonzero(folds == fold).tolist() for fold in range(4)]
        tested.insert(1, expected[0])  # for the accuracy on the training samples of the first split
        assert [arrays["text"].ravel().tolist() for arrays in spy.predicted_on] == tested


@pytest.mark.parametrize("features", ["vector", "grid", "data"])
def test_the_test_fold_does_not_change_what_is_learned(features):
    data = small_data()
    folds = folds_of(compare(data, {"spy": Spy()}, cv=3, features=only_numbers(), **HERE))
    texts, images = list(data["text"]), data["image"].copy()
    for row in np.flatnonzero(folds == 0):
        texts[row], images[row] = "other words altogether, many of them", images[row].T
    other = MultimodalData({"text": texts, "image": images}, data.labels, data.class_names)
    before, after = (
        Spy(features=features, modalities=("text", "image")),
        Spy(features=features, modalities=("text", "image")),
    )
    for spy, samples in ((before, data), (after, other)):
        result = by_name(compare(samples, {"spy": spy}, cv=3, **HERE))["spy"]
        assert result["failed"] is None
    for name in ("text", "image"):
        # Fold 0 has the same training samples; in fold 1 the changed ones are training samples.
        np.testing.assert_array_equal(before.trained_on[0][name], after.trained_on[0][name])
        assert not np.array_equal(before.predicted_on[0][name], after.predicted_on[0][name])
        assert not np.array_equal(before.trained_on[1][name], after.trained_on[1][name])


def test_metrics_intervals_and_tests_equal_scikit_learn_and_scipy():
    data = small_data(120)
    predictions = {
        name: answers_right_in(share, data.labels, 3, seed)
        for seed, (name, share) in enumerate({"low": 0.3, "middle": 0.6, "high": 0.9}.items())
    }
    result = compare(
        data,
        {name: Spy(answers) for name, answers in predictions.items()},
        cv=StratifiedFolds(5, 2),
        features=only_numbers(),
        **HERE,
    )
    assert isinstance(result, dict) and "120 samples of text, image, 5 folds" in repr(result)
    assert "  high " in result.leaderboard()
    splits = [
        np.flatnonzero(np.array(folds) == fold)
        for folds in result["manifest"]["fold_of_sample"]
        for fold in range(5)
    ]
    found = by_name(result)
    scores = {
        "accuracy": lambda y, p: accuracy_score(y, p.argmax(axis=1)),
        "log_loss": lambda y, p: log_loss(y, p / p.sum(axis=1, keepdims=True)),
        "macro_f1": lambda y, p: f1_score(y, p.argmax(axis=1), average="macro"),
        "balanced_accuracy": lambda y, p: balanced_accuracy_score(y, p.argmax(axis=1)),
        "roc_auc": lambda y, p: roc_auc_score(
            y, p / p.sum(axis=1, keepdims=True), multi_class="ovr"
        ),
    }
    expected = {
        (name, metric): np.array([score(data.labels[rows], answers[rows]) for rows in splits])
        for name, answers in predictions.items()
        for metric, score in scores.items()
    }
    for (name, metric), values in expected.items():
        computed = found[name]["metrics"][metric]
        np.testing.assert_allclose(computed["splits"], values, rtol=1e-6)
        # Nadeau and Bengio: 10 splits, n_test / n_train = 24 / 96
        error = np.sqrt((1 / 10 + 1 / 4) * values.var(ddof=1))
        low, high = scipy.stats.t.interval(0.95, 9, values.mean(), error)
        np.testing.assert_allclose(
            computed["interval"],
            [max(low, 0), high if metric == "log_loss" else min(high, 1)],
            rtol=1e-5,
        )

    assert (
        result["best"]["overall"] == result["best"]["unimodal"] == "high"
        and found["high"]["versus_best"] is None
    )
    p_t, p_mcnemar = {}, {}
    for name in ("low", "middle"):
        tests = found[name]["versus_best"]
        naive = scipy.stats.ttest_rel(
            expected[name, "accuracy"], expected["high", "accuracy"]
        ).statistic
        t = naive * np.sqrt((1 / 10) / (1 / 10 + 1 / 4))
        assert tests["accuracy"]["t"] == pytest.approx(t, rel=1e-9) and tests["accuracy"]["df"] == 9
        p_t[name] = 2 * scipy.stats.t.sf(abs(t), 9)
        assert tests["accuracy"]["p"] == pytest.approx(p_t[name], rel=1e-9)
        first, second = (predictions[key].argmax(axis=1) == data.labels for key in (name, "high"))
        b, c = int((first & ~second).sum()), int((second & ~first).sum())
        assert (tests["mcnemar"]["only_first"], tests["mcnemar"]["only_second"]) == (b, c)
        p_mcnemar[name] = scipy.stats.binomtest(b, b + c).pvalue
        assert tests["mcnemar"]["p"] == pytest.approx(p_mcnemar[name])
    for name in ("low", "middle"):
        # Bonferroni with two comparisons: the larger p value of both tests is doubled.
        tests = found[name]["versus_best"]
        p = max(p_t[name], p_mcnemar[name])
        assert tests["accuracy"]["p_corrected"] == pytest.approx(min(1, 2 * p))
        # The interval covers that of the t test at a level of 1 - 0.05 / 2.
        differences = expected[name, "accuracy"] - expected["high", "accuracy"]
        error = np.sqrt((1 / 10 + 1 / 4) * differences.var(ddof=1))
        t_low, t_high = scipy.stats.t.interval(0.975, 9, differences.mean(), error)
        low, high = tests["mcnemar"]["interval"]
        np.testing.assert_allclose(
            tests["accuracy"]["interval"], [min(low, t_low), max(high, t_high)]
        )
        equivalence = dict(tests["equivalence"])
        assert equivalence.pop("rope") == 0.01 and sum(equivalence.values()) == pytest.approx(1)
        assert equivalence["worse"] == pytest.approx(
            scipy.stats.t.cdf(-0.01, 9, differences.mean(), error)
        )
    assert found["low"]["versus_best"]["finding"] == "worse"
    assert json.loads(json.dumps(result, allow_nan=False)) == result


def test_folds_that_agree_by_chance_are_not_significant():
    labels = small_data(30, num_classes=2).labels
    better = np.eye(2)[labels] * 0.8 + 0.1
    worse = better.copy()
    data = MultimodalData({"text": [str(i) for i in range(30)]}, labels, ["a", "b"])
    folds = folds_of(
        compare(data, {"spy": Spy(num_classes=2)}, cv=3, features=only_numbers(), **HERE)
    )
    for fold in range(3):
        # One more error in each fold, 3 of 30: the t test sees no variance, p = 0.
        row = np.flatnonzero(folds == fold)[0]
        worse[row] = worse[row, ::-1]
    found = by_name(
        compare(
            data,
            {"better": Spy(better), "worse": Spy(worse)},
            cv=3,
            features=only_numbers(),
            **HERE,
        )
    )
    tests = found["worse"]["versus_best"]
    assert tests["accuracy"]["p"] == 0.0 and tests["mcnemar"]["p"] == 0.25  # 2 (1/2)^3
    assert (
        tests["finding"] == "not distinguishable"
        and "not distinguishable from better" in tests["sentence"]
    )


def test_your_own_estimator_and_builder_compete_and_a_failure_affects_only_itself(few_epochs):
    def network(shapes, num_classes):
        import keras

        inputs = {name: keras.Input(shape, name=name) for name, shape in shapes.items()}
        together = keras.layers.Concatenate()(list(inputs.values()))
        return keras.Model(inputs, keras.layers.Dense(num_classes, activation="softmax")(together))

    def forgetful(shapes, num_classes):
        return network({"text": shapes["text"]}, num_classes)

    class Unsure(DummyClassifier):
        @property
        def predict_proba(self):
            raise AttributeError

    class Broken(Spy):
        def fit(self, train, setting, seed):
            raise RuntimeError("out\n  of \x1b[1mluck\x1b[0m")

    class Sometimes(Spy):
        def fit(self, train, setting, seed):
            if seed == 1:
                raise ValueError("not this time")
            return super().fit(train, setting, seed)

    class Logits(Spy):
        def _predict(self, arrays):
            return super()._predict(arrays) * 15

    mine = {
        "bayes": GaussianNB(),
        "words": Estimator(LogisticRegression(), ["text"], [{"C": 1.0}, {"C": 10.0}]),
        "network": network,
        "majority": "majority",
        "broken": Broken(),
        "sometimes": Sometimes(),
        "logits": Logits(),
        "forgetful": forgetful,
        "perceptron": Perceptron(),
        "unsure": Unsure(),
    }
    result = compare(small_data(), mine, cv=2, **HERE)
    found = by_name(result)
    assert list(found) == list(mine)
    assert found["broken"]["failed"] == "RuntimeError: out of luck"
    assert found["sometimes"]["failed"] == "it failed on 1 of 2 splits: not this time"
    assert "Probabilities must" in found["logits"]["failed"]
    assert (
        "must be a dict with the keys text, image. Received: text. " in found["forgetful"]["failed"]
    )
    assert (
        "neither predict_proba nor decision_function" in found["unsure"]["failed"]
        and found["perceptron"]["failed"] is None
    )
    assert "No result for broken: RuntimeError: out of luck" in result["notes"]
    for name in ("bayes", "words", "network", "majority"):
        assert found[name]["failed"] is None
    assert (
        found["bayes"]["library"] == found["network"]["library"] == "yours"
        and found["bayes"]["level"] == "feature"
    )
    assert (
        found["words"]["settings"][0]["C"] in (1.0, 10.0)
        and len(found["words"]["param_candidates"]) == 2
    )
    assert (
        found["network"]["metrics"]["accuracy"]["mean"] > 0.8
        and found["network"]["cost"]["parameters"] > 100
    )
    assert (
        found["network"]["settings"][0]["epochs"] >= 1
        and found["network"]["modality_use"]["emap"]["num_samples"] == 30
    )


def test_other_modalities_need_an_extractor_and_text_and_images_do_not():
    data = small_data()
    with_sound = MultimodalData(
        {"text": data["text"], "sound": np.eye(3, dtype=np.float32)[data.labels]},
        data.labels,
        data.class_names,
    )
    names = ["majority", "text-logistic", "sound-logistic", "both-logistic"]
    found = by_name(compare(with_sound, names, cv=2, num_settings=1, **HERE))
    assert {name for name, one in found.items() if one["failed"]} == {
        "sound-logistic",
        "both-logistic",
    }
    assert (
        found["both-logistic"]["failed"]
        == "There is no default extractor for sound. Pass features=Features(sound=...)."
    )
    sound = Features(sound=FunctionTransformer(), scale=None)
    found = by_name(compare(with_sound, names, cv=2, num_settings=1, features=sound, **HERE))
    assert (
        not any(one["failed"] for one in found.values())
        and found["sound-logistic"]["metrics"]["accuracy"]["mean"] == 1
    )


def test_an_interval_of_zero_width_is_noted_and_your_contenders_are_not_changed():
    data, spy = small_data(), Spy(modalities=None)
    constant, varying = [
        compare(
            data,
            {"spy": Spy(np.eye(3)[answers]), "majority": "majority"},
            cv=3,
            features=only_numbers(),
            **HERE,
        )["notes"]
        for answers in (data.labels, np.arange(60) // 20)
    ]
    assert (
        "The accuracy of spy is the same in all folds: an interval of zero width does not mean "
        "certainty."
    ) in constant
    assert not any("spy" in note for note in varying)
    compare(data, {"spy": spy}, cv=2, features=only_numbers(), **HERE)
    assert spy.modalities is None  # it may compete on other data


def test_a_modality_that_cannot_be_extracted_fails_only_the_contenders_that_need_it():
    data = small_data()
    without_text = MultimodalData(
        {"text": [None] * len(data), "image": data["image"]}, data.labels, data.class_names
    )
    result = compare(
        without_text,
        ["majority", "text-logistic", "image-logistic", "both-logistic"],
        cv=2,
        num_settings=1,
        **HERE,
    )
    found = by_name(result)
    assert {name for name, one in found.items() if one["failed"]} == {
        "text-logistic",
        "both-logistic",
    }
    assert (
        found["image-logistic"]["metrics"]["accuracy"]["mean"] > 0.9
        and result["best"]["fused"] is None
    )
    assert (
        "No result for text-logistic, both-logistic: the data has no text: all 60 are missing or "
        "empty."
    ) in result["notes"]


def test_shuffled_labels_cannot_be_learned_and_contenders_that_do_are_reported(tmp_path):
    data = small_data()
    # This contender knows the order of the shuffled labels, as a leak would reveal it.
    order = np.random.default_rng(0).permutation(60)
    cheat = Spy(np.eye(3)[data.labels[order]] * 0.7 + 0.1, features=only_numbers())
    contenders = {
        "majority": "majority",
        "text-logistic": "text-logistic",
        "image-logistic": "image-logistic",
    }
    found = compare(data, contenders, cv=3, num_settings=1, permute_labels=True, **HERE)[
        "permutation_run"
    ]
    assert [one["ok"] for one in found["contenders"]] == [True, True]
    assert "no sign that labels of test samples leak into training" in found["sentence"]
    assert "cannot be detected" in found["sentence"]
    assert found["chance"] == pytest.approx(1 / 3, abs=0.05)
    found = compare(
        data,
        {**contenders, "cheat": cheat},
        cv=3,
        num_settings=1,
        permute_labels=True,
        out=tmp_path,
        **HERE,
    )
    run = found["permutation_run"]
    lines = (
        (tmp_path / "shuffled_labels" / "finished.jsonl").read_text(encoding="utf-8").splitlines()
    )
    assert len(lines) == 4 * 3  # this run can be resumed as well
    assert {one["name"]: one["ok"] for one in run["contenders"]}["cheat"] is False
    assert run["sentence"].startswith("With shuffled labels, cheat is better")


def test_duplicates_across_folds_are_reported_and_kept_together_on_request():
    data = small_data()
    texts = list(data["text"])
    for i in range(0, 60, 6):
        texts[i + 3] = texts[i]  # i and i + 3 are of the same class
    duplicated = MultimodalData(
        {"text": texts, "image": data["image"]}, data.labels, data.class_names
    )
    result = compare(duplicated, ["majority"], cv=3, **HERE)
    folds, found = folds_of(result), result["leaks"]["kinds"]["exact_texts"]
    apart = [[i, i + 3] for i in range(0, 60, 6) if folds[i] != folds[i + 3]]
    assert found["num_pairs"] == 10 and found["num_across"] == len(apart) > 0
    assert [one["indices"] for one in found["examples"]] == apart
    assert (
        result["leaks"]["num_leaking"] == 2 * len(apart)
        and f"{2 * len(apart)} samples" in result["leaks"]["sentence"]
    )

    together = compare(duplicated, ["majority"], cv=3, groups="duplicates", **HERE)
    folds = folds_of(together)
    assert (
        all(folds[i] == folds[i + 3] for i in range(0, 60, 6))
        and together["leaks"]["num_leaking"] == 0
    )
    assert (
        "duplicates and near-duplicates were kept in one fold" in together["protocol"]["sentence"]
    )

    own = MultimodalData(
        duplicated.samples,
        data.labels,
        data.class_names,
        columns={"split": ["train"] * 33 + ["test"] * 27},
    )
    leaks = compare(own, ["majority"], cv="split", **HERE)["leaks"]  # samples 30 and 33
    assert leaks["num_leaking"] == 2 and "--group" not in leaks["sentence"]
    assert "duplicate or near-duplicate of their text or image on the other" in leaks["sentence"]


def test_groups_and_the_datas_own_split():
    chapters = np.random.default_rng(1).integers(0, 9, 60)
    split = ["train"] * 30 + ["val"] * 10 + ["test"] * 20
    data = small_data(chapter=[f"chapter {c}" for c in chapters], split=split)
    grouped = compare(data, ["majority"], cv=3, groups="chapter", **HERE)
    folds = folds_of(grouped)
    assert (
        all(len(set(folds[chapters == c])) == 1 for c in set(chapters))
        and grouped["protocol"]["scheme"] == "group k-fold"
    )

    spy = Spy(answers_right_in(0.7, data.labels, 3, seed=0))
    own = compare(
        data,
        {"spy": spy, "half": Spy(answers_right_in(0.5, data.labels, 3, seed=1))},
        cv="split",
        features=only_numbers(),
        **HERE,
    )
    # Training and validation samples.
    assert [arrays["text"].ravel().tolist() for arrays in spy.trained_on] == [list(range(40))]
    assert folds_of(own).tolist() == [-1] * 40 + [0] * 20 and own["protocol"]["num_splits"] == 1
    right = int((spy.answers.argmax(axis=1) == data.labels)[40:].sum())
    expected = scipy.stats.binomtest(right, 20).proportion_ci(method="wilson")
    assert by_name(own)["spy"]["metrics"]["accuracy"]["interval"] == pytest.approx(
        [expected.low, expected.high]
    )
    # With one split, a bootstrap over its samples.
    assert by_name(own)["half"]["versus_best"]["accuracy"]["t"] is None


def test_groups_in_the_datas_own_split_and_samples_outside_it():
    chapters = [f"chapter {(i + 3) // 6}" for i in range(60)]
    data = small_data(
        chapter=chapters, split=["train"] * 40 + ["later"] * 2 + ["test"] * 16 + [""] * 2
    )
    spy = Spy(param_candidates=({"a": 1}, {"a": 2}), features=only_numbers())
    result = compare(data, {"spy": spy}, cv="split", groups="chapter", **HERE)
    # The samples on which the first setting was tried.
    inner = spy.trained_on[0]["text"].ravel().astype(int).tolist()
    assert {chapters[i] for i in inner}.isdisjoint(
        chapters[i] for i in range(40) if i not in inner
    ) and len(inner) < 40
    assert result["data"]["num_samples"] == 56 and result["notes"][0].startswith(
        "4 samples were left out: their split is '', 'later'"
    )
    assert result["notes"][1].startswith("1 of 11 values of chapter lie on both sides")  # 39 and 42
    assert (
        "samples with the same chapter were kept together in the inner validation split"
        in result["protocol"]["sentence"]
    )
    own = small_data(split=["train"] * 30 + ["val"] * 10 + ["test"] * 20)
    assert (
        "the data's own 10 validation samples"
        in compare(own, ["majority"], cv="split", **HERE)["protocol"]["sentence"]
    )


def test_scikit_learn_splitters_define_the_splits():
    data = small_data()
    splitter = RepeatedStratifiedKFold(n_splits=3, n_repeats=2, random_state=4)
    result = compare(data, ["majority"], cv=splitter, **HERE)
    assert (
        result["protocol"]["num_splits"] == 6
        and result["protocol"]["repeats"] == 2
        and result["protocol"]["folds"] == 3
    )
    expected = [test.tolist() for _, test in splitter.split(data.labels, data.labels)]
    folds = [np.array(one) for one in result["manifest"]["fold_of_sample"]]
    assert [np.flatnonzero(folds[i // 3] == i % 3).tolist() for i in range(6)] == expected
    shuffled = compare(
        data, ["majority"], cv=ShuffleSplit(n_splits=2, test_size=40, random_state=0), **HERE
    )["protocol"]
    assert shuffled["test_sizes"] == [40, 40] and shuffled["repeats"] == 2  # they overlap
    assert shuffled["sentence"].startswith("2 splits by ShuffleSplit(")


def test_a_quick_comparison_uses_a_subset_and_says_so():
    result = compare(small_data(1600), ["majority"], quick=True, **HERE)
    assert result["data"]["num_samples"] == 1500 and result["data"]["class_counts"] == [500] * 3
    assert "This quick comparison used 1,500 of the 1,600 samples." in result["notes"]


def test_all_contenders_try_the_same_number_of_settings():
    for num_settings in (1, 3):
        tried = {
            name: len(one.param_candidates)
            for name, one in as_contenders(None, ["text", "image"], num_settings).items()
        }
        assert tried.pop("majority") == 1 and set(tried.values()) == {num_settings}
        assert {
            "text-logistic",
            "text-svm",
            "text-dense",
            "image-cnn",
            "both-svm",
            "data-concat-cnn",
            "feature-product-dense",
            "feature-concat-rnn",
            "decision-concat-cnn",
        } <= set(tried)
        assert (
            len(
                as_contenders({"mine": lambda shapes, num_classes: None}, ["text"], num_settings)[
                    "mine"
                ].param_candidates
            )
            == num_settings
        )
    fixed = {"bayes": GaussianNB(), "text-logistic": "text-logistic", "majority": "majority"}
    sentence = compare(small_data(), fixed, cv=2, num_settings=2, **HERE)["protocol"]["sentence"]
    assert "the best of 2 settings (other numbers of settings: bayes 1) was chosen on" in sentence


def test_linear_baselines_are_tuned_in_a_quick_comparison_too():
    chosen = as_contenders(None, ["text", "image"], 1, quick=True)
    tried = {name: one.param_candidates for name, one in chosen.items()}
    assert [setting["C"] for setting in tried["text-logistic"]] == [1.0, 5.0, 0.2]
    for name in ("image-logistic", "both-logistic"):
        assert len(tried[name]) == 3
        assert tried[name] == as_contenders([name], ["text", "image"])[name].param_candidates
    for name in ("feature-concat-dense", "decision-product-dense"):
        assert len(tried[name]) == 1
    for wanted in (["text-logistic"], {"words": "text-logistic"}):
        (alone,) = as_contenders(wanted, ["text"], 1, quick=True).values()
        assert alone.param_candidates == tried["text-logistic"]
    protocol = compare(small_data(), ["text-logistic", "majority"], quick=True, **HERE)["protocol"]
    assert (
        "uses its default setting, except text-logistic (3 settings); settings and numbers of "
        "epochs were chosen on" in protocol["sentence"]
    )


def test_weights_of_modalities_apply_in_tuning_fitting_and_prediction():
    blind = [{"text_weight": 1.0, "image_weight": 0.0}]
    mine = {
        "estimator": Estimator(LogisticRegression(), param_candidates=blind),
        "svm": Estimator(LinearSVC(), param_candidates=blind),
        "network": Network("feature", "concat", "linear", param_candidates=blind),
        "text": Estimator(LogisticRegression(), ["text"]),
    }
    found = by_name(compare(small_data(), mine, cv=2, **HERE))
    for name in ("estimator", "svm", "network"):
        use = found[name]["modality_use"]["permutation"]
        assert use["image"]["changed"] == 0 < use["text"]["changed"], name
    assert found["estimator"]["metrics"]["log_loss"]["mean"] == pytest.approx(
        found["text"]["metrics"]["log_loss"]["mean"], rel=1e-6
    )
    chosen = by_name(compare(small_data(), ["both-svm"], cv=2, robustness=False, workers=0))[
        "both-svm"
    ]["settings"]
    assert all(
        {setting["text_weight"], setting["image_weight"]} <= {1.0, 0.3} for setting in chosen
    )


def test_networks_of_the_decision_level_are_calibrated_on_the_inner_validation_split():
    fitted_networks = []

    class Recording(Decision):
        def fit(self, train, setting, seed):
            fitted_networks.append(
                train.cached(
                    self._key("networks", seed), lambda: self._networks(train, setting, seed)
                )
            )
            return super().fit(train, setting, seed)

    mine = {"mean": Recording("mean", "dense", param_candidates=({"rate_factor": 10.0},))}
    result = compare(small_data(450), mine, cv=2, **HERE)
    settings = by_name(result)["mean"]["settings"]
    assert all(
        0.05 < setting[name]["temperature"] != 1
        for setting in settings
        for name in ("text", "image")
    )
    assert [networks.fit_temperatures() for networks in fitted_networks] == [
        {name: one["temperature"] for name, one in setting.items()} for setting in settings
    ]


def test_names_and_patterns():
    names = list(as_contenders(["both-*", "decision-m*-linear", "both-svm"], ["text", "image"]))
    assert names[:2] == ["both-logistic", "both-svm"] and len(names) == len(set(names))
    assert {
        "decision-mean-linear",
        "decision-max-linear",
        "decision-min-linear",
        "decision-median-linear",
    } <= set(names[2:])
    assert list(as_contenders("text-*", ["text"])) == [
        "text-logistic",
        "text-svm",
        "text-linear",
        "text-dense",
        "text-cnn",
        "text-rnn",
    ]


@pytest.mark.parametrize(
    "change, message",
    [
        ({"contenders": ["text-forest"]}, "No contender is called 'text-forest'"),
        ({"contenders": {"a": "text-*"}}, "each value must name one contender"),
        ({"contenders": {"a": Spy(modalities=("audio",))}}, "needs audio"),
        ({"num_settings": 4}, "between 1 and 3"),
        ({"groups": "chapter"}, "no column 'chapter' to group by"),
        ({"cv": "split"}, "no column 'split'"),
        ({"cv": "many"}, "cv must be a number of folds, 'split'"),
        ({"cv": 1}, "Between 2 and 60 folds"),
    ],
)
def test_invalid_arguments_are_refused(change, message):
    with pytest.raises(ValueError, match=message):
        compare(small_data(), **{"contenders": ["majority"], **HERE, **change})


def test_data_without_labels_or_with_one_class_is_refused():
    with pytest.raises(ValueError, match="needs labels"):
        compare(MultimodalData({"text": ["a", "b"]}))
    with pytest.raises(ValueError, match="at least two classes"):
        compare(MultimodalData({"text": ["a", "b"]}, [1, 1], ["x", "y"]))
    with pytest.raises(TypeError, match="'a' must be a name, a scikit-learn classifier"):
        compare(small_data(), {"a": GaussianNB})
