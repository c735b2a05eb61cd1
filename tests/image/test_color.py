"""ColorHistogram against scikit-image's HSV and a joint histogram by NumPy."""

import numpy as np
import pytest
from skimage.color import rgb2hsv

from mm_keras.image import ColorHistogram

NOISE = np.random.default_rng(0).integers(0, 256, (30, 12, 10, 3), dtype=np.uint8)
FEW = np.random.default_rng(1).choice(
    np.array([0, 51, 102, 127, 128, 204, 255], np.uint8), (10, 12, 10, 3)
)
IMAGES = np.concatenate([NOISE, FEW, np.repeat(NOISE[:5, :, :, :1], 3, axis=3)])


@pytest.mark.parametrize("bins", [(8, 4, 4), (1, 1, 1), (5, 3, 2), (16, 1, 7)])
@pytest.mark.parametrize("scale", [None, np.float32, np.float64])
def test_equal_to_a_joint_histogram_of_scikit_image_hsv(bins, scale):
    images = IMAGES if scale is None else (IMAGES / 255).astype(scale)
    rows = ColorHistogram(bins).fit_transform(images)
    assert rows.dtype == np.float32 and rows.shape == (45, np.prod(bins))
    for row, image in zip(rows, images):
        index = np.minimum((rgb2hsv(image).reshape(-1, 3) * bins).astype(int), np.array(bins) - 1)
        counts = np.zeros(bins)
        np.add.at(counts, tuple(index.T), 1)
        np.testing.assert_allclose(row, np.sqrt(counts / 120).ravel(), atol=1e-7)


def test_rows_have_length_one():
    np.testing.assert_allclose(
        np.linalg.norm(ColorHistogram().fit_transform(IMAGES), axis=1), 1, rtol=1e-6
    )


def test_pure_colors_by_hand():
    """Hues: red 0, yellow 1/6, green 1/3, blue 2/3; with six bins of hue: 0, 1, 2, 4."""
    colors = np.array([[255, 0, 0], [255, 255, 0], [0, 255, 0], [0, 0, 255]], np.uint8)[
        :, None, None
    ]
    rows = ColorHistogram(bins=(6, 1, 1)).fit_transform(colors)
    np.testing.assert_array_equal(rows.argmax(axis=1), [0, 1, 2, 4])


def test_a_gray_image_is_its_histogram_of_brightness():
    gray = IMAGES[..., 0]
    rows = ColorHistogram(bins=(8, 4, 4)).fit_transform(gray)
    expected = np.stack([np.histogram(image, bins=4, range=(0, 255))[0] for image in gray])
    np.testing.assert_allclose(rows[:, :4], np.sqrt(expected / 120), atol=1e-6)
    assert not rows[:, 4:].any()


def test_positions_do_not_matter_and_rows_are_independent():
    extractor = ColorHistogram().fit(IMAGES)
    rows = extractor.transform(IMAGES)
    np.testing.assert_array_equal(extractor.transform(IMAGES[:, ::-1, ::-1]), rows)
    np.testing.assert_array_equal(
        np.concatenate([extractor.transform([image]) for image in IMAGES]), rows
    )
    assert not extractor.transform([None]).any() and extractor.transform([]).shape == (0, 128)


@pytest.mark.parametrize("bins", [8, (8, 4), (8, 4, 0), (8, 4, 1.5), "844"])
def test_wrong_bins(bins):
    with pytest.raises(ValueError, match="bins must be a triple of ints"):
        ColorHistogram(bins).fit(IMAGES)
