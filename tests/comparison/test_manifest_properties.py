"""Doctored manifests, by hypothesis: `--rerun` refuses them in one line, or they are valid."""

import json

import numpy as np
import pytest

from tests.robustness._damage import damaged
from tests.robustness.manifests import check, doctored, earlier_result

hypothesis = pytest.importorskip("hypothesis")
st = hypothesis.strategies
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda values: st.lists(values, max_size=3) | st.dictionaries(st.text(), values, max_size=3),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("manifests")


@pytest.fixture(scope="module")
def result(folder):
    return earlier_result(folder)


def outcome(folder, content):
    found = check(folder, content)
    return found if isinstance(found, str) else found[0]


@hypothesis.given(st.integers(0, 2**32 - 1))
@hypothesis.settings(max_examples=150, deadline=None, derandomize=True)
def test_hostile_values_and_fields_never_reach_the_comparison(folder, result, seed):
    content = json.dumps(doctored(result, np.random.default_rng(seed))).encode()
    assert outcome(folder, content) in ("read", "refused")


@hypothesis.given(st.integers(0, 2**32 - 1))
@hypothesis.settings(max_examples=100, deadline=None, derandomize=True)
def test_damaged_files_are_refused_or_valid(folder, result, seed):
    content = damaged(json.dumps(result).encode(), np.random.default_rng(seed))
    assert outcome(folder, content) in ("read", "refused")


@hypothesis.given(st.data(), json_values)
@hypothesis.settings(max_examples=150, deadline=None, derandomize=True)
def test_any_json_value_of_an_option_is_refused_or_valid(folder, result, data, value):
    options = result["manifest"]["command_options"]
    name = data.draw(st.sampled_from(sorted(options)))
    manifest = {**result["manifest"], "command_options": {**options, name: value}}
    content = json.dumps({**result, "manifest": manifest}).encode()
    assert outcome(folder, content) in ("read", "refused")


def test_an_unchanged_file_is_read(folder, result):
    assert check(folder, json.dumps(result).encode()) == "read"
