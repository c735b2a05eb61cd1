"""Sounds and films in Features: workers, cache and streams give the same rows."""

import numpy as np
import pytest

import mm_keras as mm
from mm_keras.datasets import make_cinema
from mm_keras.training import default_features


@pytest.fixture(scope="module")
def data():
    films = make_cinema(130, seed=0, num_frames=4, sample_rate=4000, seconds=0.25)
    audio, video = list(films["audio"]), list(films["video"])
    audio[3] = video[5] = None
    samples = {"audio": audio, "video": video}
    return mm.datasets.MultimodalData(samples, films.labels, films.class_names)


def features(**options):
    return mm.Features(
        audio=mm.audio.MFCC(num_steps=4, sample_rate=4000),
        video=mm.video.Frames(mm.image.HOG(pixels_per_cell=(8, 8)), num_steps=4),
        **options,
    )


@pytest.fixture(scope="module")
def expected(data):
    return features().fit_transform(data)


def test_missing_samples_are_zero_rows(expected):
    assert not expected["audio"][3].any() and expected["audio"][5].any()
    assert not expected["video"][5].any() and expected["video"][3].any()


def test_with_workers_and_from_the_cache(data, expected, tmp_path):
    for _ in range(2):
        arrays = features(workers=2, cache=tmp_path).fit_transform(data)
        for name, array in expected.items():
            np.testing.assert_array_equal(arrays[name], array)


def test_from_a_stream(data, expected, tmp_path):
    stream = features().fit_stream(data, tmp_path / "stream", batch_size=32, shuffle=False)
    for name, array in expected.items():
        batches = np.concatenate([stream[i][0][name] for i in range(len(stream))])
        np.testing.assert_array_equal(batches, array)


def test_default_features_have_the_same_number_of_steps():
    data = make_cinema(6, seed=0)
    shapes = default_features(data, "feature", "rnn", ("audio", "video")).fit(data).shapes
    assert shapes["audio"] == (12, 13) and shapes["video"][0] == 12


def test_a_classifier_of_sounds_is_not_exported_raw(data, tmp_path):
    extractors = features().fit(data)
    model = mm.fusion.feature_level_model(extractors.shapes, data.num_classes, head="rnn")
    classifier = mm.Classifier(extractors, model, data.class_names)
    with pytest.raises(ValueError, match="raw=False"):
        classifier.export(tmp_path / "model.savedmodel")
    classifier.save(tmp_path / "classifier")
    loaded = mm.Classifier.load(tmp_path / "classifier")
    np.testing.assert_array_equal(loaded.predict_proba(data), classifier.predict_proba(data))
