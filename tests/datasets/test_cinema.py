"""The synthetic cinema: events that are each other's reverse, exact scores, order that matters."""

import json

import numpy as np
import pytest

from mm_keras.datasets import MultimodalData, make_cinema
from mm_keras.datasets.cinema import SCHEMES, scheme_table
from mm_keras.datasets.cinema.captions import CAPTIONS, write_captions
from mm_keras.datasets.cinema.films import draw_films
from mm_keras.datasets.cinema.schemes import BACKWARDS, EVENTS, NEUTRAL, PAIRS, UNORDERED
from mm_keras.datasets.cinema.sounds import make_sounds
from mm_keras.datasets.named import load_named

STEPS = 12


def rng(seed=0):
    return np.random.default_rng(seed)


def test_contents():
    data = make_cinema(
        14, seed=1, size=24, num_frames=5, sample_rate=4000, seconds=0.5, audio_noise=0.1
    )
    assert isinstance(data, MultimodalData) and data.modalities == ("video", "audio", "text")
    assert data["video"].shape == (14, 5, 24, 24) and data["video"].dtype == np.uint8
    assert data["audio"].shape == (14, 2000) and data["audio"].dtype == np.float32
    assert np.abs(data["audio"]).max() <= 1 and np.abs(data["audio"]).max(axis=1).min() > 0.1
    assert data.class_names == EVENTS and set(data.columns) == {"sound", "motion"}
    assert all(text in CAPTIONS[sound] for text, sound in zip(data["text"], data.columns["sound"]))
    assert json.loads(json.dumps(dict(data.info))) == dict(data.info)
    assert {"name": "cinema", "scheme": "news", "seed": 1, "audio_noise": 0.1}.items() <= (
        data.info.items()
    )
    train, test = make_cinema(60, size=16).split(0.5)
    assert train["video"].shape == (30, 12, 16, 16) and test["audio"].shape == (30, 8000)


@pytest.mark.parametrize("forward, backward", PAIRS)
def test_an_event_is_exactly_the_other_one_of_its_pair_played_backwards(forward, backward):
    films = [draw_films([event] * 20, 32, STEPS, 0.0, rng()) for event in (forward, backward)]
    np.testing.assert_array_equal(films[0], films[1][:, ::-1])
    assert (films[0][:, 0] != films[0][:, -1]).any(axis=(1, 2)).all()
    sounds = [make_sounds([event] * 20, 8000, 1.0, 0.0, rng()) for event in (forward, backward)]
    np.testing.assert_array_equal(sounds[0], sounds[1][:, ::-1])
    assert (sounds[0] != sounds[0][:, ::-1]).any(axis=1).all()


def test_nothing_changes_in_a_neutral_film():
    films = draw_films([NEUTRAL] * 10, 32, STEPS, 0.0, rng())
    assert (films == films[:, :1]).all()


def test_light_and_dark_objects_are_equally_frequent():
    films = draw_films(["rising"] * 200, 32, 2, 0.0, rng()) / 255
    background = films[:, :, 0, 0].mean(axis=1)
    assert 0.4 < np.mean(background > 0.5) < 0.6
    assert np.mean(films) == pytest.approx(0.5, abs=0.05)


def exact(truth):
    keys = ("audio", "video", "both", "additive", "unordered", "backwards")
    values = {}
    for key in keys:
        value = truth[key] if isinstance(truth[key], dict) else {"": truth[key]}
        values.update({f"{key} {name}".strip(): round(part, 4) for name, part in value.items()})
    return values


def test_the_exact_scores():
    """Of 100 films, sound and film show 35, the sound alone 40, the film alone 15, none 10."""
    truth = make_cinema(1).info["truth"]
    assert exact(truth) == {
        "audio": 0.7917,  # .75 + .25 / 6
        "video": 0.5833,  # .5 + .5 / 6
        "both": 0.9167,  # .9 + .1 / 6
        "additive": 0.9167,
        "unordered audio": 0.4167,  # .75 / 2 + .25 / 6
        "unordered video": 0.3333,  # .5 / 2 + .5 / 6
        "unordered both": 0.4667,  # .9 / 2 + .1 / 6
        "backwards audio": 0.0417,  # .25 / 6
        "backwards video": 0.0833,  # .5 / 6
        "backwards both": 0.0167,  # .1 / 6
    }
    assert truth["text"] == truth["audio"]
    assert set(truth["rules"].values()) == {truth["both"]}

    truth = make_cinema(1, "match").info["truth"]
    assert exact(truth) == {
        "audio": 0.5,
        "video": 0.5,
        "both": 1,
        "additive": 0.5,
        "unordered audio": 0.5,
        "unordered video": 0.5,
        "unordered both": 0.8333,  # one of three contradicting films is of the same pair
        "backwards audio": 0.5,
        "backwards video": 0.5,
        "backwards both": 1,
    }
    assert set(truth["rules"].values()) == {0.5}


def test_noise_is_part_of_the_truth():
    clean, noisy = make_cinema(1).info["truth"], make_cinema(1, video_noise=0.3).info["truth"]
    assert noisy["audio"] == clean["audio"] and noisy["video"] < clean["video"]
    assert noisy["both"] < clean["both"]
    truth = make_cinema(1, "match", audio_noise=0.2).info["truth"]
    # A fitting sound becomes a contradicting one with .2; the reverse with .2 / 3.
    assert truth["both"] == pytest.approx(0.5 * 0.8 + 0.5 * (1 - 0.2 / 3))
    assert truth["backwards"]["both"] == pytest.approx(truth["both"])


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_best_rules_reach_the_truth_on_the_drawn_data(scheme):
    noise = {"audio_noise": 0.1, "video_noise": 0.2}
    data = make_cinema(2000, scheme, size=16, num_frames=2, sample_rate=4000, seconds=0.25, **noise)
    table = scheme_table(scheme).with_noise(*noise.values())
    truth, columns = data.info["truth"], data.columns

    def score(table, names):
        audio = [table.text_names.index(names.get(event, event)) for event in columns["sound"]]
        video = [table.image_names.index(names.get(event, event)) for event in columns["motion"]]
        guess = table.posterior("both").argmax(axis=0)[audio, video]
        return pytest.approx(np.mean(guess == data.labels), abs=0.03)

    assert truth["both"] == score(table, {})
    assert truth["unordered"]["both"] == score(table.with_renamed_symbols(UNORDERED), UNORDERED)
    assert truth["backwards"]["both"] == score(table, BACKWARDS)


def test_same_seed_same_data():
    data, again, other = (make_cinema(30, seed=seed, size=16) for seed in (3, 3, 4))
    for modality in ("video", "audio"):
        np.testing.assert_array_equal(data[modality], again[modality])
        assert (data[modality] != other[modality]).any()
    assert data["text"] == again["text"] and (data.labels == again.labels).all()
    larger = make_cinema(30, seed=3, size=24)  # one modality does not depend on another
    np.testing.assert_array_equal(larger["audio"], data["audio"])


def test_every_caption_is_unique_and_pairs_share_their_nouns():
    captions = [caption for group in CAPTIONS.values() for caption in group]
    assert len(set(captions)) == len(captions) == 4 * 7 and set(CAPTIONS) == {*EVENTS, NEUTRAL}
    assert all(text[0] == "[" and text[-1] == "]" and "  " not in text for text in captions)
    for first, second in PAIRS:
        for a, b in zip(CAPTIONS[first], CAPTIONS[second]):
            a, b = a.strip("[]").split(), b.strip("[]").split()
            assert a[:1] == b[:1] and a[-1] != b[-1], (a, b)


def spectra(sounds):
    """Log energy in 16 bands and 12 steps: what is left of a sound without its phases."""
    frames = sounds[:, : sounds.shape[1] // 24 * 24].reshape(len(sounds), 24, -1)
    power = np.abs(np.fft.rfft(frames * np.hanning(frames.shape[2]), axis=2)) ** 2
    bands = power[:, :, :160].reshape(len(sounds), STEPS, 2, 16, 10)
    return np.log10(bands.mean(axis=(2, 4)) + 1e-5)


def outlines(films):
    """Where an object is in each frame, and how large: ink by rows, by columns and in total."""
    ink = np.abs(films - films[:, :, :1, :1].astype(float)) / 255
    sums = [ink.sum(axis=2), ink.sum(axis=3)]
    return np.concatenate(
        [np.sqrt(part.reshape(len(films), STEPS, 8, 4).sum(-1)) for part in sums], 2
    )


@pytest.mark.parametrize("modality", ["audio", "video"])
def test_events_can_be_recognized_in_order_and_only_pairs_without(modality):
    from sklearn.linear_model import RidgeClassifier
    from sklearn.preprocessing import StandardScaler

    names = np.array([*EVENTS, NEUTRAL])[rng().permutation(np.arange(840) % 7)]
    steps = (
        spectra(make_sounds(names, 8000, 1.0, 0.005, rng(1)))
        if modality == "audio"
        else outlines(draw_films(names, 32, STEPS, 0.015, rng(1)))
    )
    train, test = slice(0, 600), slice(600, None)
    unordered = np.hstack([steps.mean(axis=1), steps.std(axis=1)])
    differences = np.hstack([steps.reshape(len(steps), -1), (steps[:, 1:] - steps[:, :-1]).std(1)])

    def fit(features, names):
        scaler = StandardScaler().fit(features[train])
        return scaler, RidgeClassifier(10).fit(scaler.transform(features[train]), names[train])

    def score(fitted, features, names):
        return fitted[1].score(fitted[0].transform(features[test]), names[test])

    ordered = fit(differences, names)
    assert score(ordered, differences, names) > 0.9
    # Backwards, every event but the neutral one is taken for the other one of its pair.
    backwards = np.hstack(
        [steps[:, ::-1].reshape(len(steps), -1), differences[:, -steps.shape[2] :]]
    )
    assert score(ordered, backwards, names) < 0.2
    reverse = np.array([BACKWARDS.get(name, name) for name in names])
    assert score(ordered, backwards, reverse) > 0.9
    pairs = np.array([UNORDERED.get(name, name) for name in names])
    assert score(fit(unordered, pairs), unordered, pairs) > 0.9
    assert score(fit(unordered, names), unordered, names) < 4 / 7 + 0.08  # pairs are guessed


def test_captions_tell_the_events_apart():
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    names = np.array([*EVENTS, NEUTRAL])[np.arange(420) % 7]
    words = TfidfVectorizer().fit_transform(write_captions(names, rng()))
    model = LogisticRegression(C=10).fit(words[:280], names[:280])
    assert model.score(words[280:], names[280:]) == 1


def test_data_by_name():
    data = load_named("cinema", scheme="match", seed=2, num_samples=12)
    assert (data.info["scheme"], data.info["seed"], len(data)) == ("match", 2, 12)


@pytest.mark.parametrize(
    "options, message",
    [
        ({"scheme": "opera"}, "`scheme` must be one of news, match. Received: 'opera'"),
        ({"num_samples": 0}, "`num_samples` must be at least 1"),
        ({"size": 8}, "`size`"),
        ({"num_frames": 1}, "`num_frames`"),
        ({"sample_rate": 1000}, "`sample_rate`"),
        ({"seconds": 0}, "`seconds`"),
        ({"audio_noise": -0.1}, "`audio_noise` must be a probability"),
        ({"video_noise": 2}, "`video_noise` must be a probability"),
    ],
)
def test_errors_say_what_to_do(options, message):
    with pytest.raises(ValueError, match=message):
        make_cinema(**{"num_samples": 5, **options})
