"""Pixels, and what all image extractors share: sizes, chunks, missing and bad pictures."""

import tracemalloc
import warnings

import numpy as np
import pytest
from PIL import Image
from sklearn.exceptions import NotFittedError

from mm_keras.image import Pixels, read_image
from mm_keras.utils.messages import DataWarning

COLOUR = np.random.default_rng(0).integers(0, 256, (5, 12, 20, 3), dtype=np.uint8)
GREY = COLOUR[..., 0].copy()


def test_values_are_divided_by_255():
    rows = Pixels().fit_transform(GREY)
    assert rows.dtype == np.float32 and rows.shape == (5, 12, 20, 1)
    np.testing.assert_allclose(rows[..., 0], GREY / 255, rtol=1e-6)
    np.testing.assert_allclose(Pixels(grey=False).fit_transform(COLOUR), COLOUR / 255, rtol=1e-6)


def test_floats_of_the_right_size_stay_as_they_are():
    pictures = np.random.default_rng(1).random((3, 6, 7), dtype=np.float32)
    np.testing.assert_array_equal(Pixels().fit_transform(pictures)[..., 0], pictures)
    np.testing.assert_array_equal(Pixels().fit_transform(list(pictures[..., None]))[..., 0], pictures)


def test_colour_becomes_grey_and_grey_becomes_colour():
    np.testing.assert_allclose(Pixels().fit_transform(COLOUR)[2, :, :, 0], read_image(COLOUR[2]) / 255, rtol=1e-6)
    rows = Pixels(grey=False).fit_transform(GREY)
    for channel in range(3):
        np.testing.assert_allclose(rows[..., channel], GREY / 255, rtol=1e-6)


def test_the_size_is_learned_and_everything_is_brought_to_it():
    pixels = Pixels().fit(GREY)
    assert pixels.size_ == (12, 20) and pixels.output_shape_ == (12, 20, 1)
    row = pixels.transform([np.repeat(np.repeat(GREY[0], 2, axis=0), 2, axis=1)])
    np.testing.assert_allclose(row[0, :, :, 0], GREY[0] / 255, rtol=1e-6)
    assert Pixels().fit(["a.jpg", "b.jpg"]).size_ == (64, 64)
    assert Pixels(size=(4, 6), grey=False).fit(GREY).output_shape_ == (4, 6, 3)
    assert Pixels(size=9).fit_transform(GREY).shape == (5, 9, 9, 1)


def test_a_row_depends_on_its_own_picture_only(tmp_path):
    Image.fromarray(COLOUR[4]).save(tmp_path / "last.png")
    mixed = [GREY[0], None, GREY[2] / 255, COLOUR[3], tmp_path / "last.png", GREY[1][:7]] * 60
    pixels = Pixels(size=(12, 20))
    together = pixels.fit_transform(mixed)
    alone = np.concatenate([pixels.transform([sample]) for sample in mixed[:6]])
    np.testing.assert_array_equal(together, np.tile(alone, (60, 1, 1, 1)))
    order = np.random.default_rng(0).permutation(len(mixed))
    np.testing.assert_array_equal(pixels.transform([mixed[i] for i in order]), together[order])
    assert pixels.transform([]).shape == (0, 12, 20, 1)


def test_missing_pictures_are_silent_and_bad_ones_are_one_warning(tmp_path):
    pixels = Pixels().fit(GREY)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not pixels.transform([None, None]).any()
    samples = [GREY[0], tmp_path / "absent.png", None, tmp_path / "absent.png"]
    with pytest.warns(DataWarning, match="2 samples could not be read.*absent.png.*Their rows are zero") as caught:
        rows = pixels.transform(samples)
    assert len(caught) == 1 and caught[0].filename == __file__
    assert rows[0].any() and not rows[1:].any()
    with pytest.raises(ValueError, match="2 samples"):
        Pixels(strict=True).fit(GREY).transform(samples)


def test_wrong_input():
    with pytest.raises(NotFittedError):
        Pixels().transform(GREY)
    with pytest.raises(TypeError, match=r"write \[picture\]"):
        Pixels().fit(GREY[0])
    with pytest.raises(TypeError, match="For one picture write"):
        Pixels().fit(GREY).transform("picture.jpg")
    with pytest.raises(ValueError, match="divide by 255"):
        Pixels().fit_transform(GREY.astype(float))
    with pytest.raises(ValueError, match="size is None"):
        Pixels(size=0).fit(GREY)


def test_large_pictures_are_not_all_in_memory_at_once(tmp_path):
    Image.new("RGB", (1000, 1000), "red").save(tmp_path / "large.png")  # 3 MB decoded, 30 of them 90 MB
    pixels = Pixels(size=16).fit([])
    tracemalloc.start()
    pixels.transform([str(tmp_path / "large.png")] * 30)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10e6
