"""What every extractor promises: the public classes of all packages of extractors."""

import inspect
import json

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

import mm_keras as mm
from mm_keras.saving.estimators import decode, encode

TEXTS = [
    "Storm warning for the coast.",
    "The goal of the match!",
    "Rain and wind, rain and snow",
    "暴风雨警告",
    "A late goal",
] * 4
IMAGES = np.random.default_rng(0).integers(0, 256, (20, 64, 64, 3), dtype=np.uint8)
SOUNDS = np.random.default_rng(0).normal(0, 0.1, (20, 4000)).astype(np.float32)
FILMS = np.random.default_rng(0).integers(0, 256, (20, 5, 24, 24, 3), dtype=np.uint8)
ROWS = np.random.default_rng(0).normal(3, 2, (20, 3))
SAMPLES = {"Categories": [["red", "big"], ["blue", None], ["red", "small"], ["blue", "big"]] * 5}
SETTINGS = {"SIFT": {"num_words": 8}, "TextPlane": {"shape": (4, 8)}, "Sequence": {"length": 6}}


def extractors():
    packages = {mm.text: TEXTS, mm.image: IMAGES, mm.audio: SOUNDS, mm.video: FILMS}
    packages[mm.tabular] = ROWS
    for package, samples in packages.items():
        for name in package.__all__:
            kind = getattr(package, name)
            if inspect.isclass(kind):
                yield pytest.param(
                    kind(**SETTINGS.get(name, {})), SAMPLES.get(name, samples), id=name
                )


def dense(rows):
    return rows.toarray() if hasattr(rows, "toarray") else rows


every_extractor = pytest.mark.parametrize("extractor, samples", list(extractors()))


@every_extractor
def test_fit_returns_self_and_transform_gives_rows_of_the_promised_shape(extractor, samples):
    extractor = clone(extractor)
    with pytest.raises(NotFittedError):
        extractor.transform(samples)
    assert extractor.fit(samples) is extractor
    rows = extractor.transform(samples)
    assert rows.dtype == (np.int32 if hasattr(extractor, "num_ids_") else np.float32)
    assert rows.shape == (len(samples), *extractor.output_shape_)
    assert np.isfinite(dense(rows)).all() and dense(rows).any()


@every_extractor
def test_a_row_depends_on_its_own_sample_only(extractor, samples):
    extractor = clone(extractor).fit(samples)
    whole = dense(extractor.transform(samples))
    np.testing.assert_array_equal(dense(extractor.transform(samples[::-1])), whole[::-1])
    np.testing.assert_array_equal(
        np.concatenate([dense(extractor.transform(samples[i : i + 3])) for i in range(0, 20, 3)]),
        whole,
    )
    assert dense(extractor.transform([])).shape == (0, *extractor.output_shape_)


@every_extractor
def test_fitting_again_gives_the_same_and_changes_no_input(extractor, samples):
    before = samples.copy()
    one, two = (dense(clone(extractor).fit(samples).transform(samples)) for _ in range(2))
    np.testing.assert_array_equal(one, two)
    assert np.array_equal(before, samples)


@every_extractor
def test_missing_samples_are_zero_rows_without_a_warning(extractor, samples):
    extractor = clone(extractor).fit(samples)
    rows = dense(extractor.transform([samples[0], None, samples[1]]))
    assert not rows[1].any()
    np.testing.assert_array_equal(rows[[0, 2]], dense(extractor.transform(samples[:2])))


@every_extractor
def test_saved_and_loaded_it_gives_the_same_rows(extractor, samples):
    extractor, arrays = clone(extractor).fit(samples), {}
    back = decode(json.loads(json.dumps(encode(extractor, arrays))), arrays)
    np.testing.assert_array_equal(
        dense(back.transform(samples)), dense(extractor.transform(samples))
    )


@every_extractor
def test_parameters_are_json_values_under_their_own_names(extractor, samples):
    for name, value in extractor.get_params().items():
        assert getattr(extractor, name) is value
        json.dumps(value)


@every_extractor
def test_one_sample_instead_of_a_list_is_refused(extractor, samples):
    with pytest.raises(TypeError):
        clone(extractor).fit(samples[0])
