"""Frames: image extractors applied to films, their sizes, fitting, workers, cache and saving."""

import numpy as np
import pytest
from PIL import Image
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.pipeline import make_pipeline

from mm_keras import Features
from mm_keras.image import HOG, SIFT, ColorHistogram, Pixels
from mm_keras.utils.messages import DataWarning
from mm_keras.video import Frames
from tests.video.test_read import animation, folder

RNG = np.random.default_rng(0)
FILMS = RNG.integers(0, 256, (6, 10, 24, 32), dtype=np.uint8)
COLOR = RNG.integers(0, 256, (6, 10, 24, 32, 3), dtype=np.uint8)
SMALL = HOG(pixels_per_cell=(4, 4), cells_per_block=(1, 1))


@pytest.mark.parametrize("films", [FILMS, COLOR, FILMS / 255, FILMS[..., None]])
@pytest.mark.parametrize("extractor", [SMALL, Pixels(), ColorHistogram()])
def test_each_step_is_what_the_extractor_gives_for_this_frame(extractor, films):
    rows = Frames(extractor, num_steps=4).fit_transform(films)
    alone = clone(extractor).fit(films[0])
    for film, row in zip(films, rows):
        frames = alone.transform(film[[0, 3, 6, 9]])
        np.testing.assert_array_equal(row, frames.reshape(4, -1))


def test_a_film_played_backwards_gives_the_steps_backwards():
    extractor = Frames(SMALL, num_steps=10).fit(FILMS)
    backwards = extractor.transform(FILMS[:, ::-1])
    np.testing.assert_array_equal(backwards, extractor.transform(FILMS)[:, ::-1])


def test_the_features_of_a_list_of_extractors_are_concatenated():
    both = Frames([SMALL, ColorHistogram()], num_steps=3).fit(COLOR)
    parts = [Frames(part, num_steps=3).fit_transform(COLOR) for part in (SMALL, ColorHistogram())]
    np.testing.assert_array_equal(both.transform(COLOR), np.concatenate(parts, axis=2))
    assert both.output_shape_ == (3, 432 + 128)


def test_grids_are_flattened():
    grid = Frames(HOG(feature_vector=False), num_steps=2).fit_transform(FILMS)
    np.testing.assert_array_equal(grid, Frames(HOG(), num_steps=2).fit_transform(FILMS))


def test_an_extractor_that_learns_is_fitted_on_the_frames_of_the_training_films():
    films = RNG.integers(0, 256, (40, 10, 24, 32), dtype=np.uint8)
    rows = Frames(make_pipeline(SMALL, PCA(5)), num_steps=10).fit_transform(films)
    expected = make_pipeline(SMALL, PCA(5)).fit_transform(films.reshape(-1, 24, 32))
    np.testing.assert_allclose(rows.reshape(-1, 5), expected, atol=1e-4)
    assert Frames(SIFT(num_words=8), num_steps=2).fit_transform(films).shape == (40, 2, 8)


def test_extractors_learn_from_a_bounded_number_of_frames():
    class Count(Pixels):
        def _learn(self, samples):
            self.num_samples_ = len(samples)

    films = np.zeros((500, 2, 5, 5), np.uint8)
    assert Frames(Count(), num_steps=16).fit(films).extractor_.num_samples_ <= 2048
    assert Frames(Count(), num_steps=2).fit(films).extractor_.num_samples_ == 1000


def test_parameters_of_the_extractor_are_those_of_frames_too():
    frames = Frames(HOG(), num_steps=4)
    frames.set_params(extractor__orientations=5)
    copy = clone(frames)
    assert copy.extractor.orientations == 5 and copy.extractor is not frames.extractor
    copy.fit(FILMS)
    assert not hasattr(copy.extractor, "size_")  # the parameter stays unfitted
    first, second = clone(Frames([HOG(), SIFT()])).extractor
    assert isinstance(first, HOG) and isinstance(second, SIFT)


# --- sizes


def test_arrays_keep_their_size_and_files_get_the_default_size_of_images(tmp_path):
    paths = [animation(tmp_path / f"{i}.png", film) for i, film in enumerate(FILMS)]
    sizes = {
        (24, 32): [FILMS, list(FILMS), list(FILMS[:, :3]), [None, FILMS[0]]],
        (64, 64): [paths, [paths[0], FILMS[0]], [FILMS[0], FILMS[0, :, :9]], [], [None]],
    }
    for size, many in sizes.items():
        for films in many:
            assert Frames(HOG()).fit(films).size_ == size
    assert Frames(SIFT(num_words=4), num_steps=2).fit(paths).size_ == (128, 128)
    assert Frames(HOG(size=32)).fit(FILMS).size_ == (32, 32)
    both = Frames([HOG(size=48), ColorHistogram(size=(20, 30))]).fit(paths)
    assert both.size_ == (48, 48)


def test_films_of_any_size_length_and_form_have_the_same_shape(tmp_path):
    films = [
        FILMS[0],
        COLOR[0, :2],
        FILMS[0] / 255,
        FILMS[1, :, :20, :20],
        RNG.integers(0, 2**16, (4, 70, 90), dtype=np.uint16),
        folder(tmp_path / "frames", [FILMS[0, 0], COLOR[0, 1], FILMS[0, 2, :9]]),
        animation(tmp_path / "film.webp", COLOR[0]),
        None,
    ]
    rows = Frames(HOG(), num_steps=5).fit_transform(films)
    assert rows.shape == (8, 5, 2916) and rows[:-1].any(axis=2).all() and not rows[-1].any()


def test_a_file_gives_the_features_that_its_frames_give_as_images(tmp_path):
    path = animation(tmp_path / "film.png", COLOR[0])
    rows = Frames(HOG(), num_steps=10).fit_transform([path])
    np.testing.assert_array_equal(rows[0], HOG(size=64).fit_transform(COLOR[0]))


# --- bad films


def test_dark_frames_are_no_bad_films_but_a_film_of_dark_frames_only_is():
    films = FILMS.copy()
    films[0, :5] = 0
    extractor = Frames(SIFT(num_words=4), num_steps=4).fit(films)
    assert extractor.transform(films).any(axis=(1, 2)).all()
    with pytest.warns(DataWarning, match="1 .*: row 1. .* contained no edges"):
        extractor.transform([films[0], np.zeros((3, 24, 32), np.uint8)])


@pytest.mark.parametrize("num_steps", [0, -1, 2.5, None])
def test_the_number_of_steps_is_checked(num_steps):
    with pytest.raises(ValueError, match="num_steps must be an int >= 1. Received"):
        Frames(num_steps=num_steps).fit(FILMS)


@pytest.mark.parametrize("one", ["film.gif", FILMS[0], COLOR[0], FILMS[0, 0]])
def test_one_film_instead_of_a_list_is_refused(one):
    with pytest.raises(TypeError):
        Frames().fit(one)


def test_images_instead_of_films_are_refused():
    extractor = Frames().fit(FILMS)
    with pytest.raises(TypeError, match="A film array must have shape"):
        extractor.transform(list(COLOR[0]))
    with pytest.raises(ValueError, match=r"Float images need values in \[0, 1\]"):
        extractor.transform([FILMS[0].astype(float)])
    with pytest.raises(ValueError, match="at least 24 x 24 pixels"):
        Frames(HOG()).fit(FILMS[:, :, :20])


# --- in Features


def test_workers_give_the_same_rows_and_report_bad_films_once(tmp_path):
    films = [*FILMS, tmp_path / "missing.gif"] * 8
    with pytest.warns(DataWarning, match="8 .* could not be used as a film") as warned:
        one = Features(video=Frames(SMALL), workers=1).fit_transform({"video": films})["video"]
    assert len(warned) == 1
    with pytest.warns(DataWarning, match="8 .* could not be used as a film") as warned:
        two = Features(video=Frames(SMALL), workers=2).fit_transform({"video": films})["video"]
    assert len(warned) == 1
    np.testing.assert_array_equal(one, two)


def test_the_cache_knows_films_by_the_content_of_their_files(tmp_path):
    path = folder(tmp_path / "frames", FILMS[0])
    other = folder(tmp_path / "other", FILMS[1])

    def rows(film):
        extractor = make_pipeline(SMALL, PCA(3, random_state=0))
        features = Features(video=Frames(extractor, num_steps=5), cache=tmp_path / "cache")
        return features.fit_transform({"video": [film]})["video"]

    first = rows(path)
    np.testing.assert_array_equal(rows(path), first)
    assert np.abs(rows(other) - first).max() > 0.1  # neither fit nor rows of another folder
    Image.fromarray(FILMS[2, 0]).save(path / "frame0.png")
    assert np.abs(rows(path) - first).max() > 0.1


def test_a_classifier_of_films_is_saved_and_loaded(tmp_path):
    from mm_keras import Classifier, fusion

    video = Frames([SMALL, ColorHistogram()], num_steps=4)
    features = Features(video=video).fit({"video": COLOR})
    model = fusion.unimodal_model(features.shapes, 2, head="rnn")
    classifier = Classifier(features, model, ["rising", "falling"])
    classifier.save(tmp_path / "classifier")
    loaded = Classifier.load(tmp_path / "classifier")
    films = {"video": [animation(tmp_path / "film.png", COLOR[0]), COLOR[1], None]}
    with pytest.warns(DataWarning, match="nothing that the classifier knows"):
        expected = classifier.predict_proba(films)
    with pytest.warns(DataWarning, match="nothing that the classifier knows"):
        np.testing.assert_array_equal(loaded.predict_proba(films), expected)
