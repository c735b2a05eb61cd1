"""Extraction on several workers: the same rows and reports with any backend."""

import inspect

import joblib
import numpy as np
import pytest
from sklearn.base import clone

import mm_keras as mm
from mm_keras.datasets import make_newsroom
from mm_keras.utils.messages import DataWarning, report_bad
from mm_keras.utils.parallel import map_chunks, num_workers, use_workers

WORDS = np.random.default_rng(0).choice([f"word{i}" for i in range(3000)], (1100, 30))
TEXTS = [" ".join(words) for words in WORDS]
IMAGES = np.random.default_rng(0).integers(0, 256, (130, 32, 32), dtype=np.uint8)
IMAGES[:, 8:20, 8:20] = np.arange(130, dtype=np.uint8)[:, None, None]


def extractors():
    settings = {"SIFT": {"num_words": 8, "dense": 8}, "Sequence": {"max_features": 500}}
    for package, samples in ((mm.text, TEXTS), (mm.image, IMAGES)):
        for name in package.__all__:
            if inspect.isclass(getattr(package, name)):
                yield pytest.param(
                    getattr(package, name)(**settings.get(name, {})), samples, id=name
                )
    yield pytest.param(
        mm.text.TFIDF(stem="porter", stop_words="english", max_features=200, min_df=2),
        TEXTS,
        id="stemmed",
    )
    yield pytest.param(
        mm.image.SIFT(num_words=8, dense=None, num_descriptors=900), IMAGES[:40], id="key-points"
    )


def dense(rows):
    return rows.toarray() if hasattr(rows, "toarray") else rows


@pytest.mark.parametrize("backend", ["threading", "loky"])
@pytest.mark.parametrize("extractor, samples", list(extractors()))
def test_two_workers_learn_and_extract_bit_for_bit_what_one_does(extractor, samples, backend):
    single, shared = clone(extractor).fit(samples), clone(extractor)
    expected = dense(single.transform(samples))
    with joblib.parallel_config(backend, n_jobs=2):
        assert num_workers() == 2
        np.testing.assert_array_equal(dense(shared.fit(samples).transform(samples)), expected)
        np.testing.assert_array_equal(dense(clone(extractor).fit_transform(samples)), expected)
    for name, value in vars(single).items():
        assert np.all(np.asarray(getattr(shared, name)) == np.asarray(value)), name


def test_features_take_a_number_of_workers():
    data = make_newsroom(600, seed=1)
    make = lambda workers: mm.Features(
        text=mm.text.TFIDF(), image=[mm.image.HOG(), mm.image.Pixels()][:1], workers=workers
    )  # noqa: E731
    one, two = make(None).fit_transform(data), make(2).fit_transform(data)
    for name in one:
        np.testing.assert_array_equal(one[name], two[name])
    assert clone(make(2)).workers == 2 and make(2).only("text").workers == 2
    with pytest.raises(ValueError, match="`workers` must be None, a number of processes"):
        make(0).fit(data)


def test_chunks_cover_all_samples_in_order_and_bad_ones_are_reported_once_by_row(tmp_path):
    (tmp_path / "broken.png").write_bytes(b"no image")
    samples = [*IMAGES, "absent.png", str(tmp_path / "broken.png"), None, *IMAGES[:2]]
    hog = mm.image.HOG().fit(IMAGES)
    for workers in (1, 2):
        with (
            use_workers(workers),
            pytest.warns(
                DataWarning, match=r"^2 samples could not.*absent.png, .*broken.png"
            ) as caught,
        ):
            rows = hog.transform(samples)
        assert len(caught) == 1
        expected = [hog.transform(IMAGES), np.zeros_like(rows[:3]), hog.transform(IMAGES[:2])]
        np.testing.assert_array_equal(rows, np.concatenate(expected))
    flat = [*IMAGES, np.zeros((32, 32), np.uint8)]
    strict = mm.image.SIFT(num_words=2, dense=16, strict=True, size=32).fit(IMAGES)
    with use_workers(2), pytest.raises(ValueError, match="1 sample could not be read.*: row 130"):
        strict.transform(flat)


def check(chunk):
    report_bad(
        [row for row, sample in enumerate(chunk) if sample < 0],
        "are negative",
        "They count as zero.",
    )
    return list(chunk)


@pytest.mark.parametrize("workers", [1, 2, 3])
def test_map_chunks_by_hand(workers):
    samples = [3, -1, 4, 1, -5, 9, 2, -6]
    with (
        joblib.parallel_config("threading", n_jobs=workers),
        pytest.warns(DataWarning, match="^3 samples .*: row 1, row 4, row 7"),
    ):
        chunks = list(map_chunks(check, samples, max_size=3))
    assert [start for start, _ in chunks] == list(
        np.cumsum([0, *(len(chunk) for _, chunk in chunks)])[:-1]
    )
    assert (
        sum((chunk for _, chunk in chunks), []) == samples
        and max(len(chunk) for _, chunk in chunks) <= 3
    )
    assert list(map_chunks(check, [], max_size=3)) == []
