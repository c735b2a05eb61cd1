"""The cache: rows are read instead of extracted, never stale, never incomplete."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sklearn.base import clone
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import mm_keras as mm
from mm_keras.cli.main import main
from mm_keras.features import cache_keys
from mm_keras.features.cache import Cache, cache_for, use_cache
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
from mm_keras.features import cache
images = np.random.default_rng(0).integers(0, 256, (200, 32, 32), dtype=np.uint8)
hog = image.HOG().fit(images)
save, saved = np.save, []
def save_some(stream, array, **options):
    saved.append(1)
    save(stream, array, **options)
    if len(saved) == 5:  # in the middle of the second file
        stream.flush()
        os.kill(os.getpid(), signal.SIGKILL)
np.save = save_some
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
