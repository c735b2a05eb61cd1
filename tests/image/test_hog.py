"""HOG against scikit-image, image by image, and against results known by hand."""

import numpy as np
import pytest
from skimage.feature import hog

from mm_keras.image import HOG, Pixels, read_image
from mm_keras.image.hog import table
from mm_keras.image.hog.hog import gradients, orientation_bins

RANDOM = np.random.default_rng(0)
NOISE = RANDOM.integers(0, 256, (40, 33, 3), dtype=np.uint8)
ROWS, COLUMNS = np.mgrid[:40, :33]
IMAGES = {
    "noise": NOISE,
    "upscaled blocks": np.repeat(np.repeat(NOISE[:10, :9], 4, axis=0), 4, axis=1)[:, :33],
    "three values": RANDOM.choice(np.array([0, 100, 200], np.uint8), (40, 33, 3)),
    "constant": np.full((40, 33, 3), 77, np.uint8),
    "black": np.zeros((40, 33, 3), np.uint8),
    **{
        f"ramp {down} {right}": np.repeat(
            (100 + down * ROWS + right * COLUMNS)[..., None], 3, axis=2
        ).astype(np.uint8)
        for down, right in ((1, 0), (0, 1), (1, 1), (1, -1), (-2, 1), (0, -1))
    },
}
SETTINGS = (
    [
        {"pixels_per_cell": (5, 6), "cells_per_block": (2, 2), "orientations": n}
        for n in range(1, 17)
    ]
    + [
        {"block_norm": norm, "transform_sqrt": sqrt}
        for norm in ("L1", "L1-sqrt", "L2", "L2-Hys")
        for sqrt in (False, True)
    ]
    + [
        {"pixels_per_cell": cell, "cells_per_block": block}
        for cell, block in (
            ((8, 8), (1, 1)),
            ((7, 5), (2, 3)),
            ((1, 1), (1, 2)),
            ((16, 9), (2, 3)),
            ((13, 11), (3, 3)),
        )
    ]
)


@pytest.mark.parametrize("setting", SETTINGS, ids=str)
@pytest.mark.parametrize("color", [False, True], ids=["gray", "color"])
def test_equal_to_scikit_image(setting, color):
    setting = {**setting, "channel_axis": -1 if color else None}
    for name, image in IMAGES.items():
        image = image if color else image[..., 0]
        for values in (image, image / 255, (image / 255).astype(np.float32)):
            ours = HOG(**setting).fit_transform([values])
            assert ours.dtype == np.float32
            np.testing.assert_allclose(
                ours[0], hog(values, **setting), atol=1e-6, err_msg=f"{name}, {values.dtype}"
            )


def test_the_grid_contains_the_blocks_of_scikit_image():
    ours = HOG(feature_vector=False).fit_transform(NOISE[None, :, :, 0])
    blocks = hog(NOISE[:, :, 0], feature_vector=False)
    assert blocks.shape == (3, 2, 3, 3, 9) and ours.shape == (1, 3, 2, 81)
    np.testing.assert_allclose(ours[0], blocks.reshape(3, 2, 81), atol=1e-6)


def test_known_shapes():
    images = np.zeros((2, 64, 64), np.uint8)
    assert HOG(cells_per_block=(1, 1)).fit(images).output_shape_ == (576,)  # 8 * 8 cells * 9
    assert HOG(cells_per_block=(2, 2)).fit(images).output_shape_ == (1764,)  # 7 * 7 blocks * 4 * 9
    grid = HOG(cells_per_block=(1, 1), feature_vector=False).fit(images)
    assert grid.output_shape_ == (8, 8, 9) and grid.transform(images).shape == (2, 8, 8, 9)
    assert HOG(size=(64, 128)).fit(["a.jpg"]).size_ == (64, 128)


def test_a_vertical_edge_by_hand():
    """Columns 0 | 10: beside the edge g_col = 10 and g_row = 0, so only bin 0 is used."""
    edge = np.repeat([[0] * 8 + [10] * 8], 8, axis=0).astype(np.uint8)
    rows = HOG(
        orientations=3, cells_per_block=(1, 1), block_norm="L2", feature_vector=False
    ).fit_transform([edge])
    # each cell: 8 pixels of magnitude 10, mean 80 / 64 = 1.25; 1.25 / sqrt(1.25^2 + eps^2) = 1
    np.testing.assert_allclose(rows[0], [[[1, 0, 0], [1, 0, 0]]], atol=1e-6)


def test_inverted_contrast_changes_nothing_and_brightness_hardly_anything():
    smooth = (IMAGES["noise"][..., 0] / 255) ** 2
    extractor = HOG().fit([smooth])
    original = extractor.transform([smooth])
    np.testing.assert_allclose(extractor.transform([0.3 * smooth + 0.5]), original, atol=1e-6)
    np.testing.assert_allclose(extractor.transform([1 - smooth]), original, atol=1e-6)
    gray = NOISE[None, :, :, 0]
    np.testing.assert_array_equal(extractor.transform(255 - gray), extractor.transform(gray))


def test_a_row_depends_on_its_own_image_only():
    images = np.random.default_rng(3).integers(0, 256, (70, 40, 40), dtype=np.uint8)
    for batch in (images, images / 255):
        for norm in ("L1", "L2-Hys"):
            extractor = HOG(block_norm=norm).fit(batch)
            together = extractor.transform(batch)
            alone = np.concatenate([extractor.transform(batch[i : i + 1]) for i in range(70)])
            np.testing.assert_array_equal(alone, together)
            np.testing.assert_array_equal(extractor.transform(batch[::-1])[::-1], together)
            np.testing.assert_array_equal(extractor.transform(list(batch)), together)


def test_gray_images_in_color_and_color_images_in_gray():
    gray = [NOISE[..., 0]]
    np.testing.assert_array_equal(
        HOG(channel_axis=-1).fit_transform(gray), HOG().fit_transform(gray)
    )
    np.testing.assert_array_equal(
        HOG().fit_transform([NOISE]), HOG().fit_transform([read_image(NOISE)])
    )


@pytest.mark.parametrize(
    "setting", [{}, {"orientations": 5, "pixels_per_cell": (7, 9)}, {"transform_sqrt": True}]
)
def test_the_drawing_equals_that_of_scikit_image(setting):
    for image in (NOISE[..., 0], NOISE[..., 0] / 255):
        _, expected = hog(image, cells_per_block=(2, 2), visualize=True, **setting)
        drawing = HOG(cells_per_block=(2, 2), **setting).draw(image)
        np.testing.assert_allclose(drawing, expected, rtol=1e-5)
    _, expected = hog(NOISE, visualize=True, channel_axis=-1)
    np.testing.assert_allclose(HOG(channel_axis=-1).fit([NOISE]).draw(NOISE), expected, rtol=1e-5)


def test_directions_are_distinguishable_in_an_enlarged_drawing():
    # gradients downward, at 90 degrees: the second of two bins
    ramp = np.add.outer(np.arange(4) / 3, np.zeros(4))
    hog = HOG(orientations=2, pixels_per_cell=(4, 4), cells_per_block=(1, 1))
    assert (hog.draw(ramp) > 0).sum() < 4  # at scale=1 hardly more than a dot
    drawing = hog.draw(ramp, scale=4)  # one cell of 16 x 16, a line of 7 to either side of (8, 8)
    assert drawing.shape == (16, 16)
    rows, columns = np.nonzero(drawing)
    # The center of the bin is 135 degrees. The line is perpendicular to it, at 45 degrees:
    # from 8 - 7 cos(45) = 3.05 to 8 + 4.95 = 12.95.
    assert rows.tolist() == columns.tolist() == list(range(3, 13))


def test_where_lines_cross_their_sum_or_the_strongest_is_drawn():
    hog = HOG(pixels_per_cell=(16, 16), cells_per_block=(1, 1))
    summed, strongest = (hog.draw(NOISE[:16, :16], strongest=choice) for choice in (False, True))
    alone = summed == strongest  # pixels of one line or none
    crossing = summed[~alone]
    assert 0 < crossing.size < 60 and (crossing > strongest[~alone]).all()
    values = set(np.unique(strongest).tolist())  # black, and the nine directions
    assert len(values) == 10 and values == set(np.unique(summed[alone]).tolist())


@pytest.mark.parametrize(
    "setting, message",
    [
        ({"block_norm": "max"}, "L1, L1-sqrt, L2, L2-Hys"),
        ({"orientations": 0}, "orientations"),
        ({"orientations": 2.5}, "orientations"),
        ({"pixels_per_cell": (8,)}, "two pairs"),
        ({"pixels_per_cell": 8}, "two pairs"),
        ({"cells_per_block": (0, 2)}, "two pairs"),
        ({"channel_axis": 0}, "None .gray. or -1"),
        ({"pixels_per_cell": (16, 16)}, "at least 48 x 48 pixels"),
    ],
)
def test_wrong_parameters(setting, message):
    with pytest.raises(ValueError, match=message):
        HOG(**setting).fit(NOISE[None, :, :, 0])


def test_random_polarity_of_strokes_defeats_pixels_but_not_hog():
    """Strokes are randomly bright or dark: HOG separates the two diagonals, pixels do not."""
    from sklearn.linear_model import LogisticRegression

    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 300)
    left = np.abs(ROWS[:32, :32] + COLUMNS[:32, :32] - 31)
    right = np.abs(ROWS[:32, :32] - COLUMNS[:32, :32])
    distance = np.where(labels[:, None, None] == 0, left, right)
    strokes = np.clip(2 - distance, 0, 1) * random.choice([-0.3, 0.3], (300, 1, 1))
    images = np.clip(0.5 + strokes + random.normal(0, 0.05, strokes.shape), 0, 1)

    def accuracy(extractor):
        rows = extractor.fit_transform(images).reshape(300, -1)
        model = LogisticRegression(max_iter=300).fit(rows[:200], labels[:200])
        return model.score(rows[200:], labels[200:])

    assert accuracy(HOG()) > 0.95
    assert accuracy(Pixels()) < 0.75


@pytest.mark.parametrize("orientations", [1, 2, 3, 4, 8, 9, 12, 18, 36, 180])
def test_a_gradient_and_its_opposite_have_one_orientation(orientations):
    """Half a table is therefore sufficient."""
    g_col, g_row = np.meshgrid(np.arange(-255.0, 256), np.arange(-255.0, 256))
    bins = orientation_bins(g_row, g_col, orientations)
    np.testing.assert_array_equal(bins, bins[::-1, ::-1])


@pytest.mark.parametrize("orientations", [1, 2, 7, 8, 9, 12])
@pytest.mark.parametrize("shape", [(3, 16, 17), (2, 9, 12, 3)])
def test_the_table_equals_the_reference_implementation(orientations, shape):
    images = np.random.default_rng(orientations).integers(0, 256, shape, dtype=np.uint8)
    # many equal gradients, some of them exactly on the edge between two bins
    images[0] = images[0] // 64 * 64
    magnitude, bins = table.gradients(images, orientations, orientation_bins)
    expected_magnitude, expected_bins = gradients(images.astype(np.float64), orientations)
    np.testing.assert_allclose(magnitude, expected_magnitude, rtol=1e-12, atol=1e-11)
    nonzero = expected_magnitude > 0  # where the magnitude is zero, the bin does not matter
    np.testing.assert_array_equal(bins[nonzero] % orientations, expected_bins[nonzero])
