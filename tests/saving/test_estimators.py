"""Estimators as JSON and arrays: exact round trips, and untrusted files cannot execute code."""

import json
import sys

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.decomposition import NMF, PCA, TruncatedSVD
from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer, TfidfVectorizer
from sklearn.feature_selection import (
    SelectKBest,
    VarianceThreshold,
    chi2,
    f_classif,
    mutual_info_classif,
)
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import (
    FunctionTransformer,
    MinMaxScaler,
    Normalizer,
    QuantileTransformer,
    StandardScaler,
)

from mm_keras.saving.estimators import decode, encode


def round_trip(value, tmp_path):
    arrays = {}
    text = json.dumps(encode(value, arrays))
    np.savez(tmp_path / "arrays.npz", **arrays)
    with np.load(tmp_path / "arrays.npz", allow_pickle=False) as file:
        return decode(json.loads(text), dict(file))


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        3,
        2.5,
        "word",
        float("inf"),
        [1, [2]],
        (1, (2, "x")),
        {"a": 1, 2: (3,)},
        {1, 2},
        slice(1, None, 2),
        np.float32,
        np.dtype("int16"),
        np.float64(0.1),
        np.int64(7),
        np.sqrt,
        frozenset({"a"}),
    ],
)
def test_plain_values_are_restored_with_value_and_type(value, tmp_path):
    back = round_trip(value, tmp_path)
    assert back == value and type(back) is type(value)


def test_arrays_are_restored_bit_for_bit(tmp_path):
    random = np.random.default_rng(0)
    for array in (
        random.random((2, 3)),
        np.arange(3, dtype=np.uint8),
        np.array(["a", "bc"]),
        np.array([True]),
        np.zeros((0, 4)),
    ):
        back = round_trip(array, tmp_path)
        assert (
            back.dtype == array.dtype
            and back.tobytes() == array.tobytes()
            and back.shape == array.shape
        )
    words = round_trip(np.array(["a", None, "b"], dtype=object), tmp_path)
    assert words.dtype == object and words.tolist() == ["a", None, "b"]
    sparse = round_trip(csr_matrix(np.eye(3)), tmp_path)
    assert (sparse.toarray() == np.eye(3)).all()


TEXTS = ["storm and rain", "goal and goal", "rain", "the goal of the storm", "a rainy day"]
NUMBERS = np.random.default_rng(0).random((30, 6))


@pytest.mark.parametrize(
    "estimator, samples",
    [
        (CountVectorizer(ngram_range=(1, 2)), TEXTS),
        (TfidfVectorizer(sublinear_tf=True), TEXTS),
        (HashingVectorizer(n_features=8), TEXTS),
        (make_pipeline(TfidfVectorizer(), TruncatedSVD(2, random_state=0)), TEXTS),
        (make_union(CountVectorizer(), TfidfVectorizer(analyzer="char")), TEXTS),
        (PCA(2), NUMBERS),
        (NMF(2, init="nndsvd"), NUMBERS),
        (StandardScaler(), NUMBERS),
        (MinMaxScaler(), NUMBERS),
        (Normalizer(), NUMBERS),
        (QuantileTransformer(n_quantiles=5), NUMBERS),
        (FunctionTransformer(np.sqrt), NUMBERS),
        (VarianceThreshold(), NUMBERS),
        (make_pipeline(StandardScaler(), PCA(3, random_state=np.random.RandomState(1))), NUMBERS),
    ],
)
def test_restored_scikit_learn_transformers_give_identical_results(estimator, samples, tmp_path):
    expected = estimator.fit(samples).transform(samples)
    answer = round_trip(estimator, tmp_path).transform(samples)
    dense = [a.toarray() if hasattr(a, "toarray") else a for a in (expected, answer)]
    np.testing.assert_array_equal(*dense)


def test_functions_are_refused_with_an_alternative():
    with pytest.raises(TypeError, match="without pickle.*ufunc"):
        encode(FunctionTransformer(lambda x: x), {})


@pytest.mark.parametrize(
    "path",
    [
        "os:system",
        "sklearn.utils:Bunch",
        "sklearn.base:nothing",
        "sklearn.ensemble:StackingClassifier",
        "mm_keras.saving:encode",
        "mm_keras.__main__:X",
        "no_such_package:X",
    ],
)
def test_a_class_that_is_not_known_is_refused_and_not_imported(path):
    before = set(sys.modules)
    with pytest.raises(ValueError, match=f"{path}, which is not a known estimator"):
        decode({"!": "estimator", "is": [path, [], [], [], []]}, {})
    assert set(sys.modules) == before


@pytest.mark.parametrize("path", ["os:system", "sklearn.utils:Bunch", "sklearn.base:nothing"])
def test_only_estimators_can_be_trusted(path):
    with pytest.raises(ValueError, match="not a scikit-learn estimator|does not define"):
        decode({"!": "estimator", "is": [path, [], [], [], []]}, {}, trusted=[path])


def test_unknown_kinds_and_wrong_ufuncs_are_refused():
    with pytest.raises(ValueError, match="corrupt"):
        decode({"!": "magic", "is": 1}, {})
    with pytest.raises(ValueError, match="not a NumPy ufunc"):
        decode({"!": "ufunc", "is": "load"}, {})


@pytest.mark.parametrize("score", [chi2, f_classif, mutual_info_classif])
def test_select_k_best_keeps_its_selection(score, tmp_path):
    labels = np.arange(30) % 2
    selector = SelectKBest(score, k=2).fit(NUMBERS, labels)
    back = round_trip(selector, tmp_path)
    assert back.score_func is score
    np.testing.assert_array_equal(back.transform(NUMBERS), selector.transform(NUMBERS))


def test_other_functions_are_neither_saved_nor_loaded(tmp_path):
    def custom_score(columns, labels):
        return columns.sum(axis=0)

    with pytest.raises(TypeError, match="custom_score"):
        round_trip(SelectKBest(custom_score, k=2).fit(NUMBERS, np.arange(30) % 2), tmp_path)
    custom_score.__name__ = "chi2"  # the name is not sufficient
    with pytest.raises(TypeError, match="cannot be saved"):
        round_trip(custom_score, tmp_path)
    with pytest.raises(ValueError, match="not a score function"):
        decode({"!": "score", "is": "os.system"}, {})
