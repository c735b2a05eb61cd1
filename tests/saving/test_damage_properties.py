"""Whatever happens to the bytes of a saved classifier, it is refused or predicts the same."""

import json
import shutil

import keras
import numpy as np
import pytest

import mm_keras as mm
from mm_keras.retrieval import CCA
from mm_keras.saving.estimators import decode, encode
from mm_keras.saving.known import known_class
from mm_keras.saving.rules import pattern
from tests.saving.doctored import manifest_of, sign

hypothesis = pytest.importorskip("hypothesis", reason='pip install ".[dev]"')
st = hypothesis.strategies


def examples(count):
    return hypothesis.settings(
        max_examples=count,
        deadline=None,
        derandomize=True,
        suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],
    )


DATA = {"text": ["storm and rain", "goal and goal"], "image": [np.eye(4, dtype=np.uint8)] * 2}
FILES = ("arrays.npz", "classifier.json", "model.keras")


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    keras.utils.set_random_seed(0)
    features = mm.Features(text=mm.text.TFIDF(), image=mm.image.Pixels()).fit(DATA)
    model = mm.fusion.feature_level_model(features.shapes, 2, head="linear")
    path = tmp_path_factory.mktemp("whole") / "saved"
    mm.Classifier(features, model, ["weather", "sports"]).save(path)
    return path


@pytest.fixture(scope="module")
def expected(whole):
    return mm.Classifier.load(whole).predict_proba(DATA)


def copied(whole, tmp_path):
    shutil.rmtree(tmp_path / "saved", ignore_errors=True)
    return shutil.copytree(whole, tmp_path / "saved")


@st.composite
def edits(draw):
    """A function bytes -> bytes: replace, remove, insert or repeat a piece anywhere."""
    start, length = draw(st.floats(0, 1)), draw(st.integers(0, 40))
    piece = draw(st.binary(max_size=40))

    def edit(content):
        at = int(start * len(content))
        return content[:at] + piece + content[at + length :]

    return edit


@examples(150)
@hypothesis.given(name=st.sampled_from(FILES), edit=edits())
def test_changed_bytes_are_refused(whole, expected, tmp_path, name, edit):
    saved = copied(whole, tmp_path)
    content = (saved / name).read_bytes()
    (saved / name).write_bytes(edit(content))
    if edit(content) == content:
        assert (mm.Classifier.load(saved).predict_proba(DATA) == expected).all()
        return
    with pytest.raises(ValueError) as error:
        mm.Classifier.load(saved)
    assert name in str(error.value) and "\n" not in str(error.value)


@examples(100)
@hypothesis.given(name=st.sampled_from(("arrays.npz", "model.keras")), edit=edits())
def test_changed_bytes_with_matching_digests_are_refused_or_read(whole, tmp_path, name, edit):
    saved = copied(whole, tmp_path)
    (saved / name).write_bytes(edit((saved / name).read_bytes()))
    sign(saved, manifest_of(saved))
    with np.errstate(all="ignore"):
        try:
            probabilities = mm.Classifier.load(saved).predict_proba(DATA)
        except ValueError as error:
            assert "saved" in str(error) and "\n" not in str(error)
        else:
            assert probabilities.shape == (2, 2)


KINDS = (
    "array scalar tuple dict set objects dtype type csr slice ufunc score random_state estimator"
).split()
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda values: (
        st.lists(values, max_size=3)
        | st.dictionaries(st.sampled_from(["!", "is", "key", "x"]), values, max_size=3)
        | st.fixed_dictionaries(
            {"!": st.sampled_from(KINDS), "is": values, "key": st.sampled_from(["a0", "a1", "a2"])}
        )
    ),
    max_leaves=8,
)


def places(value, path=()):
    """The paths of all values in a JSON value."""
    yield path
    if isinstance(value, dict):
        items = value.items()
    else:
        items = enumerate(value if isinstance(value, list) else [])
    for key, item in items:
        yield from places(item, (*path, key))


def change_one_value(saved, data):
    """Replace the value in one place of the manifest."""
    manifest = manifest_of(saved)
    path = data.draw(st.sampled_from([path for path in places(manifest) if path]))
    inner = manifest
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = data.draw(JSON)
    sign(saved, manifest)


@examples(200)
@hypothesis.given(data=st.data())
def test_a_manifest_with_any_value_in_any_place_is_refused_or_predicts(whole, tmp_path, data):
    saved = copied(whole, tmp_path)
    change_one_value(saved, data)
    try:
        classifier = mm.Classifier.load(saved)
    except ValueError as error:
        assert "saved" in str(error) and "\n" not in str(error)
    else:
        with np.errstate(all="ignore"):
            assert classifier.predict_proba(DATA).shape == (2, len(classifier.class_names))


@pytest.fixture(scope="module")
def retriever(tmp_path_factory):
    random = np.random.default_rng(0)
    texts = [" ".join(random.choice(["storm", "rain", "goal", "team"], 3)) for _ in range(8)]
    data = {"text": texts, "image": random.integers(0, 256, (8, 5, 5), dtype=np.uint8)}
    features = mm.Features(text=mm.text.TFIDF(), image=mm.image.Pixels()).fit(data)
    path = tmp_path_factory.mktemp("retriever") / "saved"
    mm.Retriever(features, CCA(3).fit(features.transform(data))).index(data).save(path)
    return path


@examples(120)
@hypothesis.given(data=st.data())
def test_a_retriever_with_any_value_in_any_place_is_refused_or_searched(retriever, tmp_path, data):
    saved = copied(retriever, tmp_path)
    change_one_value(saved, data)
    try:
        loaded = mm.Retriever.load(saved)
    except ValueError as error:
        assert "saved" in str(error) and "\n" not in str(error)
    else:
        with np.errstate(all="ignore"):
            assert len(loaded.ids) == 8 or not loaded.ids
            assert not loaded.ids or loaded.similarities(texts=["rain"]).shape == (1, 8)


@examples(300)
@hypothesis.given(JSON)
def test_any_json_is_decoded_or_refused(value):
    arrays = {"a0": np.zeros(3, np.float32), "a1": np.arange(4), "a2": np.float64(1)}
    try:
        decode(value, arrays)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError):
        pass  # `folder.reading` turns these into one sentence


@examples(300)
@hypothesis.given(st.text(max_size=20) | st.from_regex(r"\A[a-z_.]{0,20}:[A-Za-z_]{0,10}\Z"))
def test_no_other_path_is_a_known_class(path):
    cls = known_class(path)
    assert cls is None or cls.__module__.split(".")[0] in ("mm_keras", "sklearn")


TEXT = st.text(alphabet="ab '-é1", min_size=1, max_size=12)


@examples(60)
@hypothesis.given(texts=st.lists(TEXT, min_size=1, max_size=6), binary=st.booleans())
def test_any_learned_vocabulary_is_restored(texts, binary):
    with np.errstate(all="ignore"):
        try:
            tfidf = mm.text.TFIDF(binary=binary, ngram_range=(1, 2)).fit(texts)
        except (ValueError, mm.DataWarning):  # no word
            return
    arrays = {}
    back = decode(json.loads(json.dumps(encode(tfidf, arrays))), arrays)
    assert back.vocabulary_ == tfidf.vocabulary_ and (back.idf_ == tfidf.idf_).all()


@examples(300)
@hypothesis.given(st.text(alphabet=r"ab(|)*+?{}2,\w[]'.", max_size=14))
def test_no_allowed_pattern_takes_long(expression):
    import re
    import time

    if pattern(expression, {}):
        start = time.perf_counter()
        re.findall(expression, "a" * 300 + "!")
        assert time.perf_counter() - start < 5
