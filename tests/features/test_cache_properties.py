"""Whatever happens to a cache file or a stream file: no row but the right one is read."""

import json
import tempfile
import warnings
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from sklearn.base import BaseEstimator, TransformerMixin

from mm_keras.features.array_file import (
    MAGIC,
    START,
    ArrayFile,
    DamagedFile,
    checksum,
    write_arrays,
)
from mm_keras.features.cache import Cache
from mm_keras.features.cache_files import read_rows
from mm_keras.features.row_files import RowFile

hypothesis = pytest.importorskip("hypothesis")
from hypothesis import given, settings  # noqa: E402
from hypothesis import strategies as st  # noqa: E402
from hypothesis.extra import numpy as hnp  # noqa: E402

cases = settings(max_examples=150, deadline=None, derandomize=True)
DTYPES = st.sampled_from(["<f4", "<f8", "<i4", "<i8", "|b1", "|u1", "<U3", "<c8", "<M8[s]"])
ARRAYS = hnp.arrays(DTYPES, hnp.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=4))
NOTES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def damage(draw):
    """A function bytes -> other bytes: cut, changed, exchanged, repeated or inserted."""
    kind = draw(st.sampled_from(["cut", "flip", "zero", "insert", "swap", "append", "replace"]))
    where, length = draw(st.floats(0, 1)), draw(st.integers(1, 64))
    content = draw(st.binary(min_size=1, max_size=64))

    def change(data):
        start = min(int(where * len(data)), max(len(data) - 1, 0))
        end = min(start + length, len(data))
        middle = data[start:end]
        return {
            "cut": data[:start],
            "flip": data[:start] + bytes([255 - byte for byte in middle]) + data[end:],
            "zero": data[:start] + bytes(len(middle)) + data[end:],
            "insert": data[:start] + content + data[start:],
            "swap": data[end:] + data[:end],
            "append": data + content,
            "replace": content,
        }[kind]

    return change


@cases
@given(note=NOTES, arrays=st.lists(ARRAYS, max_size=3), fortran=st.booleans())
def test_arrays_are_read_as_they_were_written(note, arrays, fortran):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        arrays = [np.asfortranarray(array) if fortran else array for array in arrays]
        write_arrays(path, note, arrays)
        with open(path, "rb") as stream:
            file = ArrayFile(stream)
            assert file.note == note and len(file) == len(arrays)
            for number, array in enumerate(arrays):
                read = file.read(number)
                assert read.dtype == array.dtype and read.shape == array.shape
                assert read.tobytes() == array.tobytes()
                assert read.flags.c_contiguous == array.flags.c_contiguous


@cases
@given(arrays=st.lists(ARRAYS, min_size=1, max_size=3), change=damage())
def test_a_damaged_file_is_refused(arrays, change):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        write_arrays(path, "note", arrays)
        content = path.read_bytes()
        path.write_bytes(change(content))
        if path.read_bytes() == content:
            return
        with open(path, "rb") as stream, pytest.raises(DamagedFile):
            file = ArrayFile(stream)
            for number in range(len(file)):
                file.read(number)


@pytest.mark.parametrize(
    "dtype, shape",
    [
        ("|u1", [0, 2**47, 2**47]),
        ("<f8", [2**60, 0]),
        ("<U536870911", [0, 2**40]),
        ("|u1", [0] * 33),
        ("|u1", [1] * 70),
        ("|S0", [2**47]),
        ("<U0", [5]),
        ("<f3", [0]),
        ("f8, (", [0]),
        ("|V8", [0]),
        ("|O", [0]),
        (8, [0]),
        ("|u1", [-1, 0]),
        ("|u1", [True]),
        ("|u1", [1.0]),
        ("|u1", 0),
        ("|u1", {}),
        ("|u1", None),
    ],
)
def test_an_impossible_array_with_right_checksums_is_damage(tmp_path, dtype, shape):
    head = json.dumps([None, [[dtype, shape, False, 0]]]).encode()
    path = tmp_path / "file"
    path.write_bytes(MAGIC + START.pack(len(head), checksum(head)) + head)
    with open(path, "rb") as stream, pytest.raises(DamagedFile):
        ArrayFile(stream).read(0)
    with pytest.raises(DamagedFile):
        read_rows(path, [bytes(32)])


@cases
@given(
    dtype=st.sampled_from(["|u1", "<f8", "<U7", "|S0", "<M8[s]", "<U536870911"]) | st.text(),
    shape=st.lists(st.sampled_from([0, 1, 2, 2**31, 2**47, 2**63, 10**30]), max_size=40),
)
def test_an_empty_array_of_any_form_is_read_or_damage(dtype, shape):
    head = json.dumps([None, [[dtype, shape, False, 0]]]).encode()
    with tempfile.TemporaryFile() as stream:
        stream.write(MAGIC + START.pack(len(head), checksum(head)) + head)
        stream.seek(0)
        try:
            array = ArrayFile(stream).read(0)
            assert array.size == 0 and array.shape == tuple(shape)
        except DamagedFile:
            pass


class Letters(TransformerMixin, BaseEstimator):
    """The codes of a text's first letters, dense or sparse."""

    def __init__(self, sparse=False):
        self.sparse = sparse

    def fit(self, X, y=None):
        self.lengths_ = np.array([len(text) for text in X])
        return self

    def transform(self, X):
        rows = np.array([[ord(c) for c in f"{text:_<8}"[:8]] for text in X], np.float32)
        rows[rows == ord("_")] = 0
        return csr_matrix(rows) if self.sparse else rows


TEXTS = [f"text {number}" for number in range(40)]


@cases
@given(change=damage(), sparse=st.booleans(), which=st.integers(0, 1), first=st.integers(0, 39))
def test_rows_of_a_damaged_cache_are_those_of_the_extractor(change, sparse, which, first):
    expected = Letters().fit(TEXTS).transform(TEXTS)
    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        cache = Cache(folder)
        cache.fit_transform(Letters(sparse), TEXTS, modality="text")
        path = sorted(Path(folder).rglob("*.*s" if which else "*.fit"))[0]
        path.write_bytes(change(path.read_bytes()))
        extractor = cache.fit(Letters(sparse), TEXTS, modality="text")
        assert extractor.lengths_.tolist() == [len(text) for text in TEXTS]
        for _ in range(2):
            rows = cache.transform(extractor, TEXTS[first:], "text")
            rows = rows.toarray() if sparse else rows
            np.testing.assert_array_equal(rows, expected[first:])


@cases
@given(
    change=damage(),
    sparse=st.booleans(),
    which=st.integers(0, 1),
    rows=st.lists(st.integers(0, 39), max_size=10),
)
def test_a_row_of_a_damaged_stream_is_right_or_refused(change, sparse, which, rows):
    expected = Letters().fit(TEXTS).transform(TEXTS)
    with tempfile.TemporaryDirectory() as folder:
        blocks = [Letters(sparse).fit(TEXTS).transform(part) for part in (TEXTS[:9], TEXTS[9:])]
        file = RowFile(Path(folder) / "text").write(blocks)
        paths = sorted(Path(folder).iterdir())
        path = paths[which % len(paths)]
        path.write_bytes(change(path.read_bytes()))
        try:
            read = file.read(rows)
        except ValueError as error:
            assert "is damaged" in str(error)
            return
        read = read.toarray() if sparse else read
        np.testing.assert_array_equal(read, expected[rows])
