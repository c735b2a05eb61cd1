"""Samples are read by position, whatever container they come in, or refused."""

from collections import OrderedDict, deque

import numpy as np
import pytest

import mm_keras as mm
from mm_keras.utils.sequences import as_sequence

TEXTS = ["rain", None, "snow", "goal"]


class ReadByLabel:
    """Like a pandas Series: iteration by position, square brackets by label."""

    def __init__(self, values):
        self.values = list(values)

    def __len__(self):
        return len(self.values)

    def __iter__(self):
        return iter(self.values)

    def __getitem__(self, label):
        return self.values[len(self.values) - 1 - label]


def pandas_series(values):
    pandas = pytest.importorskip("pandas")
    return pandas.Series(values, index=[3, 2, 1, 0])


def pandas_strings(values):
    pandas = pytest.importorskip("pandas")
    return pandas.Series(values, index=[3, 2, 1, 0], dtype="string")


def polars_series(values):
    return pytest.importorskip("polars").Series(values)


def arrow_array(values):
    return pytest.importorskip("pyarrow").array(values)


CONTAINERS = {
    "list": list,
    "tuple": tuple,
    "object array": lambda values: np.array(values, dtype=object),
    "read by label": ReadByLabel,
    "deque": deque,
    "dict values": lambda values: OrderedDict(enumerate(values)).values(),
    "pandas": pandas_series,
    "pandas strings": pandas_strings,
    "polars": polars_series,
    "arrow": arrow_array,
}
every_container = pytest.mark.parametrize("make", CONTAINERS.values(), ids=CONTAINERS)


@every_container
def test_every_container_is_read_by_position(make):
    assert as_sequence(make(TEXTS)) == TEXTS


@every_container
def test_every_entrance_reads_by_position(make):
    words = lambda rows: [" ".join(bag.inverse_transform(row)) for row in rows]  # noqa: E731
    bag = mm.text.BagOfWords().fit(make(TEXTS))
    bag.inverse_transform = lambda row: bag.get_feature_names_out()[row.indices]
    expected = ["rain", "", "snow", "goal"]
    assert words(bag.transform(make(TEXTS))) == expected
    assert words(mm.text.BagOfWords().fit_transform(make(TEXTS))) == expected
    data = mm.datasets.MultimodalData({"text": make(TEXTS)}, [0, 1, 0, 1], ["a", "b"])
    assert data["text"] == TEXTS and data[[3, 0]]["text"] == ["goal", "rain"]
    features = mm.Features(text=mm.text.BagOfWords(), scale=None)
    rows = features.fit_transform({"text": make(TEXTS)})["text"]
    np.testing.assert_array_equal(rows, features.transform(data)["text"])
    np.testing.assert_array_equal(rows.any(axis=1), [True, False, True, True])


def test_images_in_a_container_that_is_read_by_label():
    images = [np.full((8, 8), value, np.uint8) for value in (10, 20, 30)]
    pixels = mm.image.Pixels(size=8).fit(ReadByLabel(images))
    rows = pixels.transform(ReadByLabel(images))
    np.testing.assert_allclose(rows[:, 0, 0, 0] * 255, [10, 20, 30], atol=1e-4)
    np.testing.assert_array_equal(mm.image.read_images(ReadByLabel(images)), np.stack(images))


def test_a_table_is_a_dict_of_its_columns():
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"text": TEXTS, "other": range(4)}, index=[3, 2, 1, 0])
    features = mm.Features(text=mm.text.BagOfWords(), scale=None)
    rows = features.fit_transform(table)["text"]
    np.testing.assert_array_equal(rows, features.transform({"text": TEXTS})["text"])
    with pytest.raises(TypeError, match="Received: a DataFrame. Pass one column"):
        mm.text.TFIDF().fit(table)


@pytest.mark.parametrize(
    "values", ["rain", b"rain", 5, None, {"rain": 1}, {"rain", "snow"}, (text for text in TEXTS)]
)
def test_what_has_no_positions_is_refused(values):
    with pytest.raises(TypeError, match="must be a list"):
        as_sequence(values)
    with pytest.raises(TypeError, match="must be a list"):
        mm.text.BagOfWords().fit(values)


def test_nan_and_other_marks_of_missing_values_are_none():
    pandas = pytest.importorskip("pandas")
    marks = [float("nan"), np.nan, np.float64("nan"), pandas.NA, pandas.NaT, None]
    assert as_sequence(["rain", *marks]) == ["rain"] + [None] * 6


def test_different_lengths_are_refused_at_every_entrance(tmp_path):
    images = np.zeros((5, 8, 8), np.uint8)
    given = {"text": TEXTS, "image": images}
    features = mm.Features(text=mm.text.BagOfWords(), image=mm.image.Pixels(size=8))
    for call in (
        features.fit,
        features.fit_transform,
        lambda data: features.fit_stream(data, tmp_path / "stream"),
    ):
        with pytest.raises(ValueError, match="Received: 4 text samples, 5 image samples"):
            call(given)
    features.fit({"text": TEXTS, "image": images[:4]})
    with pytest.raises(ValueError, match="Received: 4 text samples, 5 image samples"):
        features.transform(given)
    with pytest.raises(ValueError, match="4 image samples, 3 targets"):
        features.fit_stream({**given, "image": images[:4]}, tmp_path / "other", targets=[0, 1, 0])


def test_a_misspelled_modality_in_scale_is_refused():
    with pytest.raises(ValueError, match="`scale` has no extractor for txt"):
        mm.Features(text=mm.text.TFIDF(), scale={"txt": None}).fit({"text": TEXTS})
