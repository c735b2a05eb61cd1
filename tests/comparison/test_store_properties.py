"""Damaged stores, by hypothesis: a result is read exactly as it was written, or not at all."""

import json
import warnings

import pytest

from mm_keras.comparison.engine.store import Store
from mm_keras.utils.messages import DataWarning

hypothesis = pytest.importorskip("hypothesis")
st = hypothesis.strategies

SETTINGS = {"run": "0123456789abcdef"}
RESULTS = {
    ("trial", split, name, 0): {"accuracy": split / 7, "failed": "a\u2028b\x85c\ud800\n é"}
    for split in range(3)
    for name in ("text-svm", "image\u2029\x0b\x0c\x1c\r")
}


def read(path):
    """The results, and the warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        return Store(path, SETTINGS), [warning for warning in caught]


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("store") / "finished.jsonl"


@pytest.fixture(scope="module")
def whole(path):
    """The bytes of an undamaged store."""
    store = Store(path, SETTINGS)
    for key, result in RESULTS.items():
        store.add(key, result)
    return path.read_bytes()


flips = st.lists(st.tuples(st.integers(0, 10**6), st.integers(1, 255)), min_size=1, max_size=4)


@hypothesis.given(flips, st.sampled_from(["flip", "cut", "insert", "delete"]))
@hypothesis.settings(max_examples=400, deadline=None, derandomize=True)
def test_no_byte_of_a_damaged_line_is_believed(path, whole, flips, kind):
    content = bytearray(whole)
    for position, value in flips:
        position %= len(content)
        if kind == "flip":
            content[position] ^= value
        elif kind == "cut":
            del content[max(1, position) :]
        elif kind == "insert":
            content.insert(position, value)
        else:
            del content[position]
    path.write_bytes(content)
    store, caught = read(path)
    assert all(RESULTS[key] == result for key, result in store.results.items())
    assert len(caught) <= 1 and all(warning.category is DataWarning for warning in caught)
    if len(store.results) < len(RESULTS) and kind == "flip":
        assert caught  # a lost result is reported
    for key in RESULTS.keys() - store.results.keys():  # what was lost is computed again
        store.add(key, RESULTS[key])
    assert read(path)[0].results == RESULTS


@hypothesis.given(
    st.dictionaries(st.text(), st.text() | st.floats(allow_nan=False) | st.none(), max_size=4),
    st.text(),
)
@hypothesis.settings(max_examples=200, deadline=None, derandomize=True)
def test_any_text_is_read_as_it_was_written_and_takes_one_line(path, result, name):
    path.unlink(missing_ok=True)
    for number in range(2):
        Store(path, SETTINGS).add((name, number), result)
    store, caught = read(path)
    assert store.results == {(name, 0): result, (name, 1): result} and not caught
    assert len(path.read_text(encoding="ascii").splitlines()) == 2
    assert [json.loads(line)["key"] for line in path.read_text().splitlines()] == [
        [name, 0],
        [name, 1],
    ]
