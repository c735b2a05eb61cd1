"""LogMel and MFCC by hand, their steps and parameters, and their use in Features."""

import csv
import tracemalloc
from pathlib import Path

import numpy as np
import pytest
from scipy.fft import dct
from sklearn.linear_model import LogisticRegression

import mm_keras as mm
from mm_keras.audio import MFCC, LogMel
from mm_keras.audio.spectrum import mel_filters, step_means
from mm_keras.features import cache_keys
from mm_keras.features.cache import Cache
from mm_keras.utils.messages import DataWarning

RATE = 16000
NOISE = np.random.default_rng(0).normal(0, 0.1, (8, 8000)).astype(np.float32)


def tone(hz, seconds=1.0, rate=RATE):
    return np.sin(2 * np.pi * hz * np.arange(int(seconds * rate)) / rate) / 2


# --- Values


@pytest.mark.parametrize("htk", [False, True])
def test_a_tone_in_the_middle_of_a_band_is_loudest_there(htk):
    filters = mel_filters(RATE, 2048, 40, 0.0, None, htk)
    middles = filters.argmax(axis=1) * RATE / 2048
    log_mel = LogMel(num_steps=1, n_fft=2048, htk=htk)
    rows = log_mel.fit_transform([tone(hz) for hz in middles])
    np.testing.assert_array_equal(rows[:, 0].argmax(axis=1), np.arange(40))


def test_bands_have_area_one_and_their_corners_are_the_middles_of_their_neighbors():
    filters = mel_filters(RATE, 16384, 20, 100.0, 6000.0, False)
    np.testing.assert_allclose(filters.sum(axis=1) * RATE / 16384, 1, atol=2e-3)
    tops = filters.argmax(axis=1)
    assert all(filters[k, tops[k - 1]] < 0.02 * filters[k].max() for k in range(1, 20))


def test_silence_is_minus_100_decibels_everywhere():
    rows = LogMel().fit_transform([np.zeros(5000)])
    np.testing.assert_allclose(rows, -100, atol=1e-4)
    rows = MFCC().fit_transform([np.zeros(5000)])
    np.testing.assert_allclose(rows[0, :, 0], -100 * np.sqrt(40), atol=1e-3)
    np.testing.assert_allclose(rows[0, :, 1:], 0, atol=1e-3)


def test_twice_as_loud_is_six_decibels_more():
    rows = LogMel().fit_transform([NOISE[0], 2 * NOISE[0]])
    np.testing.assert_allclose(rows[1] - rows[0], 20 * np.log10(2), atol=1e-3)


def test_top_db_limits_the_range_of_one_sound_and_not_of_its_neighbors():
    sounds = [tone(1000), tone(1000) / 1000]
    rows = LogMel(num_steps=None, top_db=50).fit_transform(sounds)
    for row in rows:
        np.testing.assert_allclose(row.max() - row.min(), 50, atol=1e-3)


def test_mfcc_is_the_dct_of_log_mel():
    expected = dct(LogMel().fit_transform(NOISE), norm="ortho")[..., :7]
    np.testing.assert_allclose(MFCC(n_mfcc=7).fit_transform(NOISE), expected, atol=1e-3)


# --- Steps


def test_steps_are_means_over_equal_parts_by_hand():
    frames = np.array([[0], [1], [2]], np.float32)
    # two parts of 1.5 frames: (0 + 1/2) / 1.5 and (1/2 + 2) / 1.5
    np.testing.assert_allclose(step_means(frames, 2), [[1 / 3], [5 / 3]], atol=1e-6)
    np.testing.assert_allclose(step_means(frames, 3), frames)
    np.testing.assert_allclose(step_means(frames, 6), np.repeat(frames, 2, axis=0))
    np.testing.assert_allclose(step_means(frames, 1), [[1]])


def test_many_steps_of_many_windows_need_no_large_table():
    frames = np.random.default_rng(0).random((20_000, 2), dtype=np.float32)
    tracemalloc.start()
    means = step_means(frames, 5000)
    assert tracemalloc.get_traced_memory()[1] < 60_000_000
    tracemalloc.stop()
    np.testing.assert_allclose(means, frames.reshape(5000, 4, 2).mean(axis=1), atol=1e-5)


def test_steps_average_the_windows():
    sounds = NOISE[:, : 160 * 47 + 1]  # 48 windows
    for kind in (LogMel, MFCC):
        windows = kind(num_steps=None).fit_transform(sounds)
        assert windows.shape[1] == 48
        steps = kind(num_steps=16).fit_transform(sounds)
        expected = windows.reshape(8, 16, 3, -1).mean(axis=2)
        np.testing.assert_allclose(steps, expected, atol=1e-3)


@pytest.mark.parametrize("seconds", [0.4, 1.0, 3.7])
def test_a_step_is_what_sounds_in_that_part_of_the_sound(seconds):
    """As with a film: event k of 8 is in step k, however long the sound takes."""
    pitches = [300, 500, 800, 1200, 1700, 2400, 3400, 5000]
    sound = np.concatenate([tone(hz, seconds / 8) for hz in pitches])
    row = LogMel(num_steps=8).fit_transform([sound])[0]
    alone = LogMel(num_steps=1).fit_transform([tone(hz) for hz in pitches])[:, 0]
    np.testing.assert_array_equal(row.argmax(axis=1), alone.argmax(axis=1))


def test_a_sound_played_backwards_gives_its_steps_backwards():
    sound = NOISE[0, : 160 * 40 + 1]  # windows are centered on the same samples
    forwards, backwards = LogMel().fit_transform([sound, sound[::-1]])
    np.testing.assert_allclose(backwards, forwards[::-1], atol=1e-3)


@pytest.mark.parametrize("length", [1, 2, 100, 159])
def test_a_sound_of_one_short_window_has_equal_steps(length):
    rows = LogMel(num_steps=4).fit_transform([NOISE[0, :length]])
    assert np.isfinite(rows).all() and rows.max() > -100
    np.testing.assert_allclose(rows[0], np.repeat(rows[0, :1], 4, axis=0), rtol=1e-2)


def test_without_a_number_of_steps_sounds_are_padded_or_cut_to_the_longest_training_sound():
    log_mel = LogMel(num_steps=None).fit([NOISE[0], NOISE[1, :3000], None])
    assert log_mel.num_samples_ == 8000 and log_mel.output_shape_ == (51, 40)
    padded = np.pad(NOISE[1, :3000], (0, 5000))
    longer = np.concatenate([NOISE[0], NOISE[1]])
    rows = log_mel.transform([NOISE[1, :3000], padded, longer, NOISE[0]])
    np.testing.assert_array_equal(rows[0], rows[1])
    np.testing.assert_array_equal(rows[2], rows[3])
    with pytest.raises(ValueError, match="needs a usable sound, to learn its length"):
        LogMel(num_steps=None).fit([None, np.zeros(0)])


def test_other_rates_meet_in_one_array():
    low, high = tone(440, rate=8000), tone(440, rate=44100)
    rows = LogMel(num_steps=4, fmax=3000).fit_transform([(low, 8000), (high, 44100), tone(440)])
    band = rows[2].mean(axis=0).argmax()
    np.testing.assert_allclose(rows[:2, 1:3, band], rows[[2, 2], 1:3, band], atol=0.05)


# --- Parameters


@pytest.mark.parametrize(
    "settings, message",
    [
        ({"num_steps": 0}, "num_steps must be an int >= 1. Received: 0"),
        ({"num_steps": 2.5}, "num_steps must be an int >= 1"),
        ({"n_fft": 0}, "n_fft must be an int >= 1"),
        ({"hop_length": None}, "hop_length must be an int >= 1"),
        ({"n_mels": "40"}, "n_mels must be an int >= 1"),
        ({"sample_rate": 0}, "sample_rate must be from 100 to 1,000,000 Hz"),
        ({"fmin": -1}, "0 <= fmin < fmax <= sample_rate / 2"),
        ({"fmin": 8000}, "0 <= fmin < fmax"),
        ({"fmax": 0}, "0 <= fmin < fmax"),
        ({"fmax": 9000}, "fmax=9000, sample_rate=16000"),
        ({"top_db": 0}, "top_db must be None or > 0"),
    ],
)
def test_a_wrong_parameter_is_named(settings, message):
    for kind in (LogMel, MFCC):
        with pytest.raises(ValueError, match=message):
            kind(**settings).fit(NOISE)


@pytest.mark.parametrize("n_mfcc", [0, 41, 2.5])
def test_a_wrong_number_of_coefficients(n_mfcc):
    with pytest.raises(ValueError, match=f"from 1 to n_mels. Received: n_mfcc={n_mfcc}, n_mels=40"):
        MFCC(n_mfcc=n_mfcc).fit(NOISE)


@pytest.mark.parametrize("samples", [NOISE[0], NOISE[:2].T, "sound.wav", (NOISE[0], RATE), 3])
def test_one_sound_instead_of_a_list_is_refused(samples):
    for kind in (LogMel, MFCC):
        with pytest.raises(TypeError):
            kind().fit(samples).transform(samples)


# --- In Features


@pytest.fixture
def sounds(tmp_path):
    """150 sounds: files, arrays and tuples; two of them are bad, one is missing."""
    from scipy.io import wavfile

    samples = []
    for i, sound in enumerate(np.random.default_rng(1).normal(0, 0.1, (150, 1600))):
        path = str(tmp_path / f"{i}.wav")
        wavfile.write(path, 8000, sound.astype(np.float32))
        samples.append([path, sound, (sound, 8000)][i % 3])
    samples[7], samples[70], samples[71] = np.zeros(0), None, (np.full(9, np.nan), 8000)
    return samples


def test_features_are_the_same_with_workers_and_with_a_cache(sounds, tmp_path):
    def rows(**options):
        features = mm.Features(audio=MFCC(sample_rate=8000), **options)
        with pytest.warns(DataWarning, match="2 samples could not .*: row 7, row 71") as caught:
            arrays = features.fit_transform({"audio": sounds})["audio"]
        assert len(caught) == 1
        return arrays

    expected = rows()
    assert expected.shape == (150, 16, 13) and not expected[[7, 70, 71]].any()
    assert expected.any(axis=(1, 2)).sum() == 147
    for options in ({"workers": 2}, {"cache": tmp_path / "cache"}, {"cache": tmp_path / "cache"}):
        np.testing.assert_array_equal(rows(**options), expected)


def test_the_cache_tells_rates_and_sounds_apart(tmp_path):
    cache, sound = Cache(tmp_path), NOISE[0]
    samples = [(sound, 8000), (sound, 16000), (NOISE[1], 8000)]
    log_mel = LogMel(num_steps=None)
    for sample in samples:
        expected = LogMel(num_steps=None).fit_transform([sample])
        np.testing.assert_array_equal(
            cache.fit_transform(log_mel, [sample], None, "audio"), expected
        )


def test_the_cache_depends_on_the_code_of_this_package(monkeypatch):
    before, read_bytes = cache_keys.versions.__wrapped__(), Path.read_bytes
    monkeypatch.setattr(
        Path,
        "read_bytes",
        lambda path: read_bytes(path) + (b"# new" if path.name == "spectrum.py" else b""),
    )
    assert cache_keys.versions.__wrapped__()["mm_keras"] != before["mm_keras"] and "av" in before


def test_a_loaded_classifier_extracts_the_same(tmp_path):
    for kind in (LogMel, MFCC):
        for num_steps in (4, None):
            features = mm.Features(audio=kind(num_steps=num_steps)).fit({"audio": NOISE})
            model = mm.fusion.unimodal_model(features.shapes, 2, head="rnn")
            folder = tmp_path / f"{kind.__name__}{num_steps}"
            mm.Classifier(features, model, ["low", "high"]).save(folder)
            loaded = mm.Classifier.load(folder).features
            samples = {"audio": [*NOISE, None, NOISE[0, :500]]}
            np.testing.assert_array_equal(
                loaded.transform(samples)["audio"], features.transform(samples)["audio"]
            )


def test_real_spoken_digits(shared_data):
    folder = shared_data / "fsdd_small"
    with open(folder / "pairs.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    features = mm.Features(
        audio=MFCC(sample_rate=8000, n_fft=256, hop_length=80, n_mels=26), scale="standardize"
    )
    arrays, labels = {}, {}
    for split, extract in (("train", features.fit_transform), ("test", features.transform)):
        chosen = [row for row in rows if row["split"] == split]
        arrays[split] = extract({"audio": [str(folder / row["audio"]) for row in chosen]})["audio"]
        labels[split] = [row["label"] for row in chosen]
    linear = LogisticRegression(max_iter=1000)
    linear.fit(arrays["train"].reshape(600, -1), labels["train"])
    assert linear.score(arrays["test"].reshape(300, -1), labels["test"]) >= 0.94  # was .963
