"""The cache: rows are read instead of extracted, never stale, never incomplete."""

import errno
import importlib
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import mm_keras as mm
from mm_keras.cli.main import main
from mm_keras.features import cache_keys
from mm_keras.features.array_file import DamagedFile, write_arrays
from mm_keras.features.cache import Cache, cache_for, use_cache
from mm_keras.features.cache_files import read_rows, read_state, write_state
from mm_keras.utils.messages import DataWarning
from mm_keras.utils.parallel import num_workers

TEXTS = [
    "Storm warning for the coast.",
    "The goal of the match!",
    "Rain and wind, rain and snow",
    "A late goal",
] * 3
IMAGES = np.random.default_rng(0).integers(0, 256, (12, 32, 32), dtype=np.uint8)


@pytest.fixture
def files(tmp_path):
    paths = [str(tmp_path / f"{i}.png") for i in range(12)]
    for path, image in zip(paths, IMAGES):
        Image.fromarray(image).save(path)
    return paths


@pytest.fixture
def extracted(monkeypatch):
    """The number of images in each call of HOG.transform."""
    numbers, transform = [], mm.image.HOG.transform
    monkeypatch.setattr(
        mm.image.HOG,
        "transform",
        lambda self, samples: numbers.append(len(samples)) or transform(self, samples),
    )
    return numbers


def dense(rows):
    return rows.toarray() if hasattr(rows, "toarray") else rows


@pytest.mark.parametrize(
    "extractor, samples",
    [
        (mm.image.HOG(), IMAGES),
        (mm.image.SIFT(num_words=4, dense=8), IMAGES),
        (mm.image.Pixels(), list(IMAGES)),
        (make_pipeline(mm.image.HOG(), StandardScaler()), IMAGES),
        (mm.text.TFIDF(stem="porter"), TEXTS),
        (mm.text.Sequence(length=4), TEXTS),
        (mm.text.TextPlane((2, 4)), TEXTS),
        (mm.text.BagOfWords(stop_words=["the", "a", "of"]), TEXTS),
    ],
)
def test_the_second_run_reads_exactly_what_the_first_extracted(
    tmp_path, extractor, samples, monkeypatch
):
    modality = "text" if samples is TEXTS else "image"
    expected = dense(clone(extractor).fit(samples).transform(samples))
    first = Cache(tmp_path).fit(clone(extractor), samples, modality=modality)
    np.testing.assert_array_equal(
        dense(Cache(tmp_path).transform(first, samples, modality)), expected
    )
    for method in ("fit", "transform"):
        monkeypatch.setattr(
            type(extractor), method, lambda *args: pytest.fail("it was in the cache")
        )
    again = Cache(tmp_path).fit(clone(extractor), samples, modality=modality)
    rows = Cache(tmp_path).transform(again, samples, modality)
    assert rows.dtype == np.float32 or modality == "text"
    np.testing.assert_array_equal(dense(rows), expected)
    order = [5, 0, 5, 11]
    np.testing.assert_array_equal(
        dense(Cache(tmp_path).transform(again, [samples[i] for i in order], modality)),
        expected[order],
    )


def test_features_with_a_cache_equal_those_without(tmp_path, files, extracted):
    data = {"text": TEXTS, "image": [None, *files[1:]]}
    make = lambda cache: mm.Features(
        text=mm.text.TFIDF(),
        image=[mm.image.HOG(size=32), mm.image.ColorHistogram(size=32)],
        cache=cache,
    )  # noqa: E731
    plain = make(None).fit_transform(data)
    for _ in range(2):
        features = make(tmp_path / "cache")
        for name, array in features.fit_transform(data).items():
            np.testing.assert_array_equal(array, plain[name])
        for name, array in features.transform(data).items():
            np.testing.assert_array_equal(array, plain[name])
    assert extracted == [11, 11]  # without the cache, and once with it
    stream = make(tmp_path / "cache").fit_stream(data, tmp_path / "stream", shuffle=False)
    np.testing.assert_array_equal(stream[0]["image"], plain["image"])
    assert (
        extracted == [11, 11]
        and clone(features).cache == features.only("text").cache == tmp_path / "cache"
    )


def test_a_changed_image_is_extracted_anew_and_a_moved_one_is_not(tmp_path, files, extracted):
    hog, cache = mm.image.HOG(size=32).fit(files), Cache(tmp_path / "cache")
    before = cache.transform(hog, files)
    times = os.stat(files[3])
    content = bytearray(Path(files[3]).read_bytes())
    Image.fromarray(IMAGES[3][::-1]).save(files[3], compress_level=0)
    Image.fromarray(IMAGES[3]).save(files[4], compress_level=0)
    os.utime(files[3], ns=(times.st_atime_ns, times.st_mtime_ns))  # the time is not used
    after = cache.transform(hog, files)
    assert extracted == [12, 2] and content != Path(files[3]).read_bytes()
    np.testing.assert_array_equal(after, hog.transform(files))
    assert (after[3] != before[3]).any()
    os.rename(files[0], tmp_path / "moved.png")
    np.testing.assert_array_equal(cache.transform(hog, [str(tmp_path / "moved.png")]), before[:1])
    assert extracted == [12, 2, 12]


def test_another_parameter_or_version_is_never_served_the_old_rows(
    tmp_path, files, extracted, monkeypatch
):
    cache = Cache(tmp_path / "cache")
    for hog in (
        mm.image.HOG(size=32),
        mm.image.HOG(size=32, orientations=8),
        mm.image.HOG(size=24, pixels_per_cell=(6, 6)),
    ):
        fitted = cache.fit(clone(hog), files)
        for _ in range(2):
            np.testing.assert_array_equal(
                cache.transform(fitted, files), clone(hog).fit(files).transform(files)
            )
    assert extracted == [12, 12, 12] * 3  # with the cache, and twice without it
    now = cache_keys.versions()
    for package in ("numpy", "mm_keras", "pillow"):
        monkeypatch.setattr(
            cache_keys, "versions", lambda package=package: {**now, package: "another"}
        )
        before = len(extracted)
        cache.transform(fitted, files)
        cache.transform(fitted, files)
        assert extracted[before:] == [12]


def test_what_was_learned_counts_as_a_parameter(tmp_path):
    cache = Cache(tmp_path)
    one = cache.fit(mm.text.TFIDF(), TEXTS, modality="text")
    two = cache.fit(mm.text.TFIDF(), TEXTS[:3], modality="text")
    assert one.idf_.shape != two.idf_.shape
    for fitted in (one, two):
        np.testing.assert_array_equal(
            dense(cache.transform(fitted, TEXTS, "text")), dense(fitted.transform(TEXTS))
        )
    labeled = [
        cache.fit(mm.text.TFIDF(), TEXTS, labels, "text")
        for labels in (np.arange(12), np.ones(12, int))
    ]
    assert len(list(tmp_path.glob("*.fit"))) == 4 and labeled[0].idf_.tolist() == one.idf_.tolist()


def test_bad_images_are_reported_each_time_and_a_repaired_one_is_extracted(tmp_path, files):
    Path(files[2]).write_bytes(b"no image")
    os.remove(files[7])
    features = mm.Features(image=mm.image.HOG(size=32), cache=tmp_path / "cache")
    for _ in range(2):
        with pytest.warns(
            DataWarning, match="^2 samples could not be read.*2.png.*7.png"
        ) as caught:
            rows = features.fit_transform({"image": files})["image"]
        assert len(caught) == 1 and not rows[[2, 7]].any()
    Image.fromarray(IMAGES[2]).save(files[2])
    with pytest.warns(DataWarning, match="^1 sample "):
        assert features.fit_transform({"image": files})["image"][2].any()


KILLED = """
import os, signal, sys
import numpy as np
from mm_keras import image
from mm_keras.features import array_file, cache
images = np.random.default_rng(0).integers(0, 256, (200, 32, 32), dtype=np.uint8)
hog = image.HOG().fit(images)
as_bytes, arrays = array_file.as_bytes, []
def as_some_bytes(array):
    arrays.append(array)
    if len(arrays) == 8:  # in the middle of the second file: 2 checksums and 2 arrays for each
        os.kill(os.getpid(), signal.SIGKILL)
    return as_bytes(array)
array_file.as_bytes = as_some_bytes
cache.Cache(sys.argv[1]).transform(hog, images)
"""


def test_a_killed_run_leaves_no_incomplete_file_and_the_next_one_continues(tmp_path, extracted):
    answer = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)], cwd=Path(mm.__file__).parents[1]
    )
    assert answer.returncode == -signal.SIGKILL
    assert (
        len(list(tmp_path.glob("rows-*/*.rows"))) == 1 and len(list(tmp_path.rglob("*.part"))) == 1
    )
    images = np.random.default_rng(0).integers(0, 256, (200, 32, 32), dtype=np.uint8)
    hog = mm.image.HOG().fit(images)
    rows = Cache(tmp_path).transform(hog, images)
    assert sum(extracted) == 136  # the first 64 were stored
    np.testing.assert_array_equal(rows, hog.transform(images))


def test_damaged_files_are_not_used_and_pruning_deletes_the_oldest(tmp_path, files, extracted):
    cache, hog = Cache(tmp_path / "cache"), mm.image.HOG(size=32).fit(files)
    rows = cache.transform(hog, files)
    file = next((tmp_path / "cache").rglob("*.rows"))
    file.write_bytes(file.read_bytes()[:-100])
    with pytest.warns(DataWarning, match="^1 cache file could not be used"):
        np.testing.assert_array_equal(cache.transform(hog, files), rows)
    assert extracted == [12, 12]
    old = cache.fit(mm.image.HOG(size=24), files)
    cache.transform(old, files)
    for path in (tmp_path / "cache").rglob("*.*"):
        os.utime(path, (1, 1))
    cache.transform(hog, files)
    cache.prune(megabytes=0.02)
    assert 0 < cache.num_bytes() <= 20_000 and len(extracted) == 3
    cache.transform(hog, files)
    assert len(extracted) == 3
    cache.transform(old, files)
    assert len(extracted) == 4


def test_all_damaged_files_are_reported_in_one_warning_and_replaced(tmp_path, files, extracted):
    def extract():
        features = mm.Features(
            text=mm.text.TFIDF(), image=mm.image.HOG(size=32), cache=tmp_path / "cache"
        )
        return features.fit_transform({"text": TEXTS, "image": files})

    expected = extract()
    stored = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    for path in stored:
        content = bytearray(path.read_bytes())
        content[-1] ^= 1
        path.write_bytes(content)
    with pytest.warns(DataWarning) as caught:
        rows = extract()
    (message,) = [str(warning.message) for warning in caught]
    assert message.startswith(f"{len(stored)} cache files could not be used (damaged ")
    for name in expected:
        np.testing.assert_array_equal(rows[name], expected[name])
    assert extracted == [12, 12]
    extract()  # without a warning
    assert extracted == [12, 12]


@pytest.mark.parametrize("row", [0, 5])
def test_a_row_of_an_interrupted_or_exchanged_file_is_never_used(tmp_path, row):
    """The rows are those of the samples although two files have exchanged their content."""
    cache, hog = Cache(tmp_path), mm.image.HOG().fit(IMAGES)
    cache.transform(hog, IMAGES[:6])
    cache.transform(hog, IMAGES[6:])
    first, second = tmp_path.rglob("*.rows")
    content = first.read_bytes(), second.read_bytes()
    first.write_bytes(content[1])
    second.write_bytes(content[0])
    expected = hog.transform(IMAGES)
    np.testing.assert_array_equal(cache.transform(hog, IMAGES), expected)
    half = len(content[0]) // 2
    first.write_bytes(content[0][:half] + content[1][half:])
    second.write_bytes(b"")
    with pytest.warns(DataWarning, match="^2 cache files "):
        np.testing.assert_array_equal(cache.transform(hog, IMAGES[row:]), expected[row:])


FAILURES = {
    "full": OSError(errno.ENOSPC, "No space left on device"),
    "read-only": OSError(errno.EROFS, "Read-only file system"),
    "not ours": PermissionError(errno.EACCES, "Permission denied"),
    "no handles": OSError(errno.EMFILE, "Too many open files"),
}


@pytest.mark.parametrize("error", FAILURES.values(), ids=FAILURES)
def test_a_cache_that_cannot_be_written_is_reported_once_and_the_work_goes_on(
    tmp_path, monkeypatch, error
):
    def fail(*args):
        raise error

    expected = mm.Features(text=mm.text.TFIDF(), image=mm.image.HOG())
    expected = expected.fit_transform({"text": TEXTS, "image": IMAGES})
    monkeypatch.setattr("mm_keras.features.array_file.replacing", fail)
    with pytest.warns(DataWarning) as caught:
        for _ in range(2):
            features = mm.Features(text=mm.text.TFIDF(), image=mm.image.HOG(), cache=tmp_path)
            rows = features.fit_transform({"text": TEXTS, "image": IMAGES})
            stream = features.stream({"text": TEXTS, "image": IMAGES}, tmp_path / "stream")
    assert [str(warning.message) for warning in caught] == [
        f"1 cache folder cannot be written ({error.strerror}): {tmp_path}. "
        "What is extracted is not stored there."
    ]
    for name in expected:
        np.testing.assert_array_equal(rows[name], expected[name])
        np.testing.assert_array_equal(stream[0][name], expected[name])


def test_a_cache_that_is_a_file_is_reported(tmp_path):
    (tmp_path / "cache").write_text("mine")
    features = mm.Features(text=mm.text.TFIDF(), cache=tmp_path / "cache")
    with pytest.warns(DataWarning, match="^1 cache folder cannot be written"):
        features.fit({"text": TEXTS})
    assert (tmp_path / "cache").read_text() == "mine"


def doctored(path, note, classes=()):
    """A FIT file with a right checksum and this note."""
    write_arrays(path, note, ())
    return read_state(path, classes)


def test_a_fit_file_imports_nothing_and_creates_no_class_but_the_callers(tmp_path):
    (tmp_path / "evil.py").write_text("raise SystemExit('imported')")
    for name in ("evil:Evil", "os:system", "this:s", "subprocess:Popen"):
        node = {"!": "estimator", "is": [name, [], [], [], []]}
        before = set(sys.modules)
        assert doctored(tmp_path / "some.fit", [node, []]) is None
        assert "this" not in sys.modules and set(sys.modules) <= before | {"mm_keras.saving"}
    deep = []
    for _ in range(900):
        deep = [deep]
    for note in (None, [], [{"!": "array", "key": "a0"}, []], [{"!": []}, []], [deep, []], 3):
        assert doctored(tmp_path / "some.fit", note) is None


def test_a_fit_file_of_other_parameters_is_not_used(tmp_path):
    """Also where its checksums are right, and its name is that of the right file."""
    cache = Cache(tmp_path)
    cache.fit(mm.text.TFIDF(), TEXTS, modality="text")
    (file,) = tmp_path.glob("*.fit")
    write_state(file, mm.text.TFIDF(lowercase=False, norm="l1").fit(TEXTS))
    fitted = cache.fit(mm.text.TFIDF(), TEXTS, modality="text")
    expected = mm.text.TFIDF().fit(TEXTS)
    assert fitted.get_params() == expected.get_params()
    assert fitted.vocabulary_ == expected.vocabulary_


def test_rows_with_right_checksums_and_wrong_forms_are_refused(tmp_path):
    keys = np.zeros((2, 32), np.uint8)
    ends = np.array([0, 1, 2])
    for note, arrays in (
        (None, [keys]),
        (None, [keys, np.zeros((3, 2))]),
        (None, [keys, np.zeros(())]),
        (None, [keys, np.array(["a", "b"])]),
        (None, [keys.astype(float), np.zeros((2, 2))]),
        (None, [keys[:, :8], np.zeros((2, 2))]),
        (2, [keys, np.ones(2), np.array([0, 9]), ends]),
        (2, [keys, np.ones(2), np.array([0, -1]), ends]),
        (2, [keys, np.ones(2), np.array([0, 1]), ends[::-1]]),
        (2, [keys, np.ones(2), np.array([0, 1]), ends * 10**9]),
        ("wide", [keys, np.ones(2), np.array([0, 1]), ends]),
        (10**30, [keys, np.ones(2), np.array([0, 1]), ends]),
    ):
        write_arrays(tmp_path / "some.rows", note, arrays)
        with pytest.raises(DamagedFile):
            read_rows(tmp_path / "some.rows", [bytes(32)])


MINE = """
import re
import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
import {module}_helpers as helpers
from {module}_helpers import offset

FACTOR = 1
PATTERN = re.compile("a")

def scaled(length):
    return FACTOR * length

class Mine(TransformerMixin, BaseEstimator):
    weight = 1

    def fit(self, X, y=None):
        self.fitted_ = True
        return self

    def transform(self, X):
        import {module}_late
        rows = [[scaled(len(text)) + offset(text) + helpers.bonus(text),
                 len(PATTERN.findall(text)) + self.weight + 1, {module}_late.late(text)]
                for text in X]
        return np.array(rows, np.float32)
"""
HELPERS = """
def inner(text):
    return 2

def offset(text):
    return (lambda: inner(text))()

def bonus(text):
    return 3
"""
EDITS = {
    "transform": ("module", "+ self.weight + 1", "+ self.weight + 2"),
    "class attribute": ("module", "weight = 1", "weight = 5"),
    "function": ("module", "FACTOR * length", "FACTOR + length"),
    "global number": ("module", "FACTOR = 1", "FACTOR = 2"),
    "regular expression": ("module", 're.compile("a")', 're.compile("[ao]")'),
    "imported function": ("helpers", "return (lambda", "return 7 + (lambda"),
    "function called by it": ("helpers", "return 2", "return 4"),
    "function of a module": ("helpers", "return 3", "return 5"),
    "late import": ("late", "return 1", "return 6"),
}


@pytest.fixture
def own_module(tmp_path, monkeypatch):
    """Function (edit) -> the class of a module that has just been written and imported."""
    monkeypatch.syspath_prepend(tmp_path)
    sources = {"module": MINE, "helpers": HELPERS, "late": "def late(text):\n    return 1\n"}
    numbers = iter(range(100))

    def load(edit=None):
        name = "own"
        folder = tmp_path / f"code{next(numbers)}"
        folder.mkdir()
        for key, source in sources.items():
            if edit and edit[0] == key:
                assert edit[1] in source
                source = source.replace(edit[1], edit[2])
            path = name if key == "module" else f"{name}_{key}"
            (folder / f"{path}.py").write_text(source.replace("{module}", name))
            sys.modules.pop(path, None)
        monkeypatch.syspath_prepend(folder)
        return importlib.import_module(name).Mine

    yield load
    for path in ("own", "own_helpers", "own_late"):
        sys.modules.pop(path, None)


@pytest.mark.parametrize("edit", EDITS.values(), ids=EDITS)
@pytest.mark.parametrize("wrap", [lambda one: one, lambda one: make_pipeline(one)])
def test_rows_of_an_edited_extractor_are_never_used(tmp_path, own_module, edit, wrap):
    cache = tmp_path / "cache"

    def rows(cls, cache):
        return mm.Features(text=wrap(cls()), scale=None, cache=cache).fit_transform(
            {"text": TEXTS}
        )["text"]

    first = rows(own_module(), cache)
    stored = sorted(path.name for path in cache.rglob("*.*"))
    np.testing.assert_array_equal(rows(own_module(), cache), first)  # the same code: read
    assert sorted(path.name for path in cache.rglob("*.*")) == stored
    edited = own_module(edit)
    second = rows(edited, cache)
    np.testing.assert_array_equal(second, rows(edited, None))
    assert (first != second).any()


def test_code_without_a_source_counts_by_its_instructions(tmp_path):
    code = (
        "from sklearn.base import BaseEstimator, TransformerMixin\n"
        "import numpy as np\n"
        "class Typed(TransformerMixin, BaseEstimator):\n"
        "    def fit(self, X, y=None):\n        self.fitted_ = 1\n        return self\n"
        "    def transform(self, X):\n        return np.full((len(X), 1), {}, np.float32)\n"
    )
    for value in (1, 2, 1, 3):
        names = {"__name__": "__main__"}
        exec(code.format(value), names)
        features = mm.Features(text=names["Typed"](), scale=None, cache=tmp_path)
        assert (features.fit_transform({"text": TEXTS})["text"] == value).all()


@pytest.mark.parametrize("step", ["csc", "coo", "identity", "pandas"])
def test_sparse_formats_and_data_frames_are_cached_as_they_are(tmp_path, step):
    from sklearn.preprocessing import FunctionTransformer, StandardScaler

    if step == "pandas":
        pytest.importorskip("pandas")
        table = StandardScaler().set_output(transform="pandas")
        features = {"image": make_pipeline(mm.image.HOG(), table)}
    else:
        last = FunctionTransformer() if step == "identity" else ToFormat(step)
        features = {"text": make_pipeline(mm.text.BagOfWords(), last)}
    data = {"text": TEXTS, "image": IMAGES}
    plain = mm.Features(**clone_all(features)).fit_transform(data)
    for _ in range(2):
        cached = mm.Features(**clone_all(features), cache=tmp_path).fit_transform(data)
        for name in plain:
            np.testing.assert_array_equal(cached[name], plain[name])


def clone_all(extractors):
    return {name: clone(extractor) for name, extractor in extractors.items()}


class ToFormat(TransformerMixin, BaseEstimator):
    """Sparse rows in another format."""

    def __init__(self, format):
        self.format = format

    def fit(self, X, y=None):
        self.fitted_ = True
        return self

    def transform(self, X):
        return X.asformat(self.format)


def test_use_cache_applies_to_all_features_in_its_context(tmp_path, files, extracted):
    with use_cache(tmp_path / "cache"):
        for _ in range(2):
            mm.Features(image=mm.image.HOG(size=32)).fit_transform({"image": files})
    assert extracted == [12]
    mm.Features(image=mm.image.HOG(size=32)).fit_transform({"image": files})
    assert extracted == [12, 12]


def test_the_command_line_sets_workers_and_cache(tmp_path, monkeypatch, capsys):
    def run(options):
        print(num_workers(), cache_for(None).folder.name)

    monkeypatch.setattr("mm_keras.cli.predict.run", run)
    assert main(["predict", "model", "--workers", "2", "--cache", str(tmp_path / "kept")]) == 0
    assert capsys.readouterr().out == "2 kept\n" and cache_for(None) is None
    assert main(["predict", "model", "--workers", "0"]) == 2
    assert "`workers` must be None, a number" in capsys.readouterr().err


def test_extractors_that_cannot_be_saved_are_refused(tmp_path):
    from sklearn.feature_extraction.text import TfidfVectorizer

    with pytest.raises(TypeError, match="cannot be saved without pickle"):
        mm.Features(text=TfidfVectorizer(tokenizer=lambda text: text.split()), cache=tmp_path).fit(
            {"text": TEXTS}
        )


class MeanLevel(TransformerMixin, BaseEstimator):
    """Learns the mean gray level of Pillow images, which the cache cannot hash."""

    def fit(self, X, y=None):
        self.level_ = float(np.mean([np.asarray(image).mean() for image in X]))
        return self

    def transform(self, X):
        return np.full((len(X), 1), self.level_, np.float32)


def test_samples_that_cannot_be_hashed_never_share_what_was_learned(tmp_path):
    from PIL import Image

    for level in (10, 200):
        images = [Image.new("L", (4, 4), level)] * 3
        features = mm.Features(image=MeanLevel(), cache=tmp_path, scale=None)
        assert features.fit_transform({"image": images})["image"].tolist() == [[level]] * 3
