"""Numbers, categories and vectors from a table: by hand, and against scikit-learn."""

import json
from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from sklearn.impute import MissingIndicator, SimpleImputer
from sklearn.preprocessing import OneHotEncoder, StandardScaler

import mm_keras as mm
from mm_keras.saving.estimators import decode, encode
from mm_keras.tabular import Categories, Numbers, Vectors
from mm_keras.utils.hashing import content_hash


def some_numbers(seed=0):
    rng = np.random.default_rng(seed)
    numbers = rng.normal(5, 3, (50, 4))
    numbers[rng.random((50, 4)) < [0.2, 0.1, 0, 0]] = np.nan
    return numbers


def test_numbers_equal_scikit_learns_scaler_imputer_and_indicator():
    numbers = some_numbers()
    scaler = StandardScaler().fit(numbers)
    expected = np.concatenate(
        [
            SimpleImputer().fit_transform(scaler.transform(numbers)),
            MissingIndicator().fit_transform(numbers),
        ],
        axis=1,
    )
    np.testing.assert_allclose(Numbers().fit_transform(numbers), expected, atol=1e-6)
    rows = [[None if np.isnan(value) else value for value in row] for row in numbers]
    np.testing.assert_array_equal(Numbers().fit_transform(rows), Numbers().fit_transform(numbers))


def test_numbers_are_read_from_text_and_bad_ones_count_as_missing():
    extractor = Numbers(["age", "price"]).fit([["1", 2], [" 3 ", ""], [True, 4]])
    assert extractor.get_feature_names_out().tolist() == ["age", "price", "price_missing"]
    with pytest.warns(mm.DataWarning, match="2 samples had cells that are not finite numbers: row"):
        rows = extractor.transform([["?", 3], [2, np.inf], [None, None]])
    np.testing.assert_allclose(rows, [[0, 0, 0], [0.3535534, 0, 1], [0, 0, 0]], atol=1e-6)
    assert rows[0].any() and not rows[2].any()  # only the last one has no number at all


def test_a_constant_column_is_zero_and_a_sample_at_the_mean_is_not_a_missing_one():
    rows = Numbers().fit([[7.0], [7.0], [7.0]]).transform([[7.0], [9.0], [None]])
    np.testing.assert_allclose(rows, [[0], [2], [0]], atol=1e-5)
    assert rows[0].any() and not rows[2].any()


@pytest.mark.parametrize("as_samples", [np.array, list], ids=["array", "list"])
def test_tiny_numbers_are_scaled_and_those_beyond_float32_are_missing(as_samples):
    rows = Numbers().fit_transform(as_samples([[1e-13], [3e-13]]))
    np.testing.assert_allclose(rows, [[-1], [1]])
    with pytest.warns(mm.DataWarning, match="1 sample had cells that are not finite"):
        rows = Numbers().fit_transform(as_samples([[1.0], [3.0], [-1.7e308]]))
    np.testing.assert_allclose(rows, [[-1], [1], [0]])
    with pytest.warns(mm.DataWarning, match="1 sample had cells that are not finite"):
        assert Vectors().fit([[1.0]]).transform([[10**400]]).tolist() == [[0]]


def test_tables_of_any_library_are_rows():
    pyarrow = pytest.importorskip("pyarrow")
    table = pyarrow.table({"a": [1.0, 3.0], "b": [None, 2.0]})
    np.testing.assert_allclose(Numbers().fit_transform(table), [[-1, 0, 1], [1, 0, 0]])


def test_categories_equal_scikit_learns_one_hot_encoder():
    rng = np.random.default_rng(0)
    rows = np.stack([rng.choice(list("abc"), 60), rng.choice(["x", "y"], 60)], axis=1)
    encoded = Categories(min_count=1).fit_transform(rows)
    others = [3, 6]  # columns
    np.testing.assert_array_equal(
        np.delete(encoded, others, axis=1), OneHotEncoder().fit_transform(rows).toarray()
    )
    assert not encoded[:, others].any()


def test_rare_and_unknown_categories_are_other_and_missing_ones_nothing():
    rows = [["a", 1.0], ["a", 2], ["b", 2.0], ["c", None], [None, "1"]]
    extractor = Categories(max_categories=1).fit(rows)
    assert extractor.categories_ == [["a"], ["1"]]  # equally frequent ones in alphabetical order
    np.testing.assert_array_equal(
        extractor.transform([["a", 1], ["z", 2.0], [None, ""], None]),
        [[1, 0, 1, 0], [0, 1, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]],
    )


def test_vectors_pass_unchanged_and_incomplete_ones_are_zero():
    vectors = np.arange(6.0).reshape(3, 2) + 1
    np.testing.assert_array_equal(Vectors().fit_transform(vectors), vectors)
    vectors[1, 0] = np.nan
    with pytest.warns(mm.DataWarning, match="1 sample had a vector with missing values: row 1"):
        rows = Vectors().fit(vectors).transform([*vectors, None])
    np.testing.assert_array_equal(rows, [[1, 2], [0, 0], [5, 6], [0, 0]])


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: Numbers().fit([1.0, 2.0]), TypeError, "For a single column, pass"),
        (lambda: Numbers().fit([[1.0], [1.0, 2.0]]), ValueError, "same number of numbers"),
        (lambda: Numbers().fit([[None]]), ValueError, "at least one sample"),
        (lambda: Numbers().fit([[1.0]]).transform([[1.0, 2.0]]), ValueError, "Received: 2"),
        (lambda: Categories().fit(["red"]), TypeError, "list of categories"),
        (lambda: Categories(min_count=0).fit([["red"]]), ValueError, "min_count"),
        (lambda: Vectors().fit([None]), ValueError, "at least one vector"),
        (lambda: Vectors().fit([[1.0]]).transform(np.ones((1, 3))), ValueError, "Received: 3"),
    ],
)
def test_what_is_wrong_is_said(call, error, message):
    with pytest.raises(error, match=message):
        call()


@pytest.mark.parametrize(
    "extractor, attribute, value",
    [
        (Numbers().fit(some_numbers()), "missing_", np.array([0, 7])),
        (Numbers().fit(some_numbers()), "scale_", np.zeros(4)),
        (Numbers().fit(some_numbers()), "output_shape_", (9,)),
        (Categories().fit([["a"], ["a"]]), "categories_", [["a", "a"]]),
        (Categories().fit([["a"], ["a"]]), "output_shape_", (5,)),
    ],
)
def test_doctored_values_are_refused(extractor, attribute, value):
    setattr(extractor, attribute, value)
    arrays = {}
    saved = json.loads(json.dumps(encode(extractor, arrays)))
    with pytest.raises(ValueError, match="fit"):
        decode(saved, arrays)


def test_rows_are_cached_and_streamed(tmp_path):
    data = {
        "numbers": [[None, 1.0], [2, 3.5], None, [None, None], [-1, 0.5]],
        "categories": [["a"], ["a"], [None], ["b"], None],
        "vectors": [[1.0, 2], None, np.array([3.0, 4]), [5, 6], [7, 8]],
    }
    parts = {"numbers": Numbers(), "categories": Categories(min_count=1), "vectors": Vectors()}
    expected = mm.Features(**parts).fit_transform(data)
    for _ in range(2):  # the second time rows are read
        found = mm.Features(**parts, cache=tmp_path / "cache").fit_transform(data)
        for name in parts:
            np.testing.assert_array_equal(found[name], expected[name])
    assert len(list((tmp_path / "cache").glob("rows-*/*.rows"))) == 3
    stream = mm.Features(**parts).fit_stream(data, tmp_path / "stream")
    for name, rows in stream.arrays(np.arange(5)).items():
        np.testing.assert_array_equal(rows, expected[name])


def test_only_rows_of_plain_values_have_a_hash():
    rows = [[1, "a"], [2, "a"], [np.float32(1), "a"], [Decimal("0.1")], [date(2020, 1, 1), None]]
    assert len({content_hash(row, "numbers") for row in rows} - {None}) == 5
    assert content_hash([np.zeros(5000)], "own") is None  # its str has only the first numbers
    assert content_hash([object()], "own") is None  # its str is an address


def test_a_classifier_of_numbers_and_text_beats_either():
    rng = np.random.default_rng(0)
    words, signs = rng.integers(2, size=200), rng.integers(2, size=200)
    data = {
        "text": [["rain", "goal"][k] for k in words],
        "numbers": (signs * 2.0 - 1 + rng.normal(0, 0.3, 200))[:, None] * [1, 10],
    }
    features = mm.Features(text=mm.text.TFIDF(), numbers=Numbers()).fit(data)
    assert features.shapes == {"text": (2,), "numbers": (2,)}
    model = mm.fusion.feature_level_model(features.shapes, 4, head="linear")
    model.compile("adam", "sparse_categorical_crossentropy")
    model.optimizer.learning_rate = 0.1
    labels = 2 * words + signs
    model.fit(features.transform(data), labels, epochs=10, verbose=0)
    classifier = mm.Classifier(features, model, ["00", "01", "10", "11"])
    assert np.mean(classifier.predict_proba(data).argmax(axis=1) == labels) > 0.95
