"""Pixels, and the behavior of all image extractors: sizes, chunks, missing and bad images."""

import tracemalloc
import warnings

import numpy as np
import pytest
from PIL import Image
from sklearn.exceptions import NotFittedError

from mm_keras.image import Pixels, read_image
from mm_keras.utils.messages import DataWarning

COLOR = np.random.default_rng(0).integers(0, 256, (5, 12, 20, 3), dtype=np.uint8)
GRAY = COLOR[..., 0].copy()


def test_values_are_divided_by_255():
    rows = Pixels().fit_transform(GRAY)
    assert rows.dtype == np.float32 and rows.shape == (5, 12, 20, 1)
    np.testing.assert_allclose(rows[..., 0], GRAY / 255, rtol=1e-6)
    np.testing.assert_allclose(Pixels(gray=False).fit_transform(COLOR), COLOR / 255, rtol=1e-6)


def test_floats_of_the_right_size_are_unchanged():
    images = np.random.default_rng(1).random((3, 6, 7), dtype=np.float32)
    np.testing.assert_array_equal(Pixels().fit_transform(images)[..., 0], images)
    np.testing.assert_array_equal(Pixels().fit_transform(list(images[..., None]))[..., 0], images)


def test_color_becomes_gray_and_gray_becomes_color():
    np.testing.assert_allclose(
        Pixels().fit_transform(COLOR)[2, :, :, 0], read_image(COLOR[2]) / 255, rtol=1e-6
    )
    rows = Pixels(gray=False).fit_transform(GRAY)
    for channel in range(3):
        np.testing.assert_allclose(rows[..., channel], GRAY / 255, rtol=1e-6)


def test_the_size_is_learned_and_all_images_are_resized_to_it():
    pixels = Pixels().fit(GRAY)
    assert pixels.size_ == (12, 20) and pixels.output_shape_ == (12, 20, 1)
    row = pixels.transform([np.repeat(np.repeat(GRAY[0], 2, axis=0), 2, axis=1)])
    np.testing.assert_allclose(row[0, :, :, 0], GRAY[0] / 255, rtol=1e-6)
    assert Pixels().fit(["a.jpg", "b.jpg"]).size_ == (64, 64)
    assert Pixels(size=(4, 6), gray=False).fit(GRAY).output_shape_ == (4, 6, 3)
    assert Pixels(size=9).fit_transform(GRAY).shape == (5, 9, 9, 1)


def test_a_row_depends_on_its_own_image_only(tmp_path):
    Image.fromarray(COLOR[4]).save(tmp_path / "last.png")
    mixed = [GRAY[0], None, GRAY[2] / 255, COLOR[3], tmp_path / "last.png", GRAY[1][:7]] * 60
    pixels = Pixels(size=(12, 20))
    together = pixels.fit_transform(mixed)
    alone = np.concatenate([pixels.transform([sample]) for sample in mixed[:6]])
    np.testing.assert_array_equal(together, np.tile(alone, (60, 1, 1, 1)))
    order = np.random.default_rng(0).permutation(len(mixed))
    np.testing.assert_array_equal(pixels.transform([mixed[i] for i in order]), together[order])
    assert pixels.transform([]).shape == (0, 12, 20, 1)


def test_missing_images_are_silent_and_bad_ones_give_one_warning(tmp_path):
    pixels = Pixels().fit(GRAY)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not pixels.transform([None, None]).any()
    samples = [GRAY[0], tmp_path / "absent.png", None, tmp_path / "absent.png"]
    message = "2 samples could not be read.*absent.png.*Such images become zero rows"
    with pytest.warns(DataWarning, match=message) as caught:
        rows = pixels.transform(samples)
    assert len(caught) == 1 and caught[0].filename == __file__
    assert rows[0].any() and not rows[1:].any()
    with pytest.raises(ValueError, match="2 samples"):
        Pixels(strict=True).fit(GRAY).transform(samples)


def test_wrong_input():
    with pytest.raises(NotFittedError):
        Pixels().transform(GRAY)
    with pytest.raises(TypeError, match=r"pass \[image\]"):
        Pixels().fit(GRAY[0])
    with pytest.raises(TypeError, match="Put it in a list"):
        Pixels().fit(GRAY).transform("image.jpg")
    with pytest.raises(ValueError, match="divide by 255"):
        Pixels().fit_transform(GRAY.astype(float))
    with pytest.raises(ValueError, match="size must be None"):
        Pixels(size=0).fit(GRAY)


def test_large_images_are_not_all_in_memory_at_once(tmp_path):
    # 3 MB decoded; 30 of them take 90 MB
    Image.new("RGB", (1000, 1000), "red").save(tmp_path / "large.png")
    pixels = Pixels(size=16).fit([])
    tracemalloc.start()
    pixels.transform([str(tmp_path / "large.png")] * 30)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 10e6
