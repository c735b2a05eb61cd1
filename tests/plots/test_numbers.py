"""Plots of values: a table, and the gradients of a small image."""

import numpy as np
import pytest
import scipy.sparse as sp

from mm_keras import plots
from tests.plots.figure_checks import CHINESE, HINDI, LONG, drawn


def corner():
    """8 x 8 pixels, black, with a white lower right quarter."""
    image = np.zeros((8, 8))
    image[4:, 4:] = 1
    return image


# --- value_table ---------------------------------------------------------------------------------


def test_a_table_shows_its_values_and_names():
    texts = drawn(plots.value_table([[2, 0], [1, 1]], ["sun", "wind"], ["first", "second"]))
    assert texts[:4] == ["2", "0", "1", "1"] and {"sun", "wind", "first", "second"} <= set(texts)


def test_fractions_have_two_digits_by_default():
    values = [[0.5, 1.25], [0, 1]]
    assert "0.50" in drawn(plots.value_table(values, "ab", "cd"))
    assert "0.500" in drawn(plots.value_table(values, "ab", "cd", decimals=3))
    assert "-0.00" not in drawn(plots.value_table([[-0.001, 0.5]], "ab", "c"))


def test_zero_differs_from_a_small_value_and_every_text_has_contrast():
    figure = plots.value_table([[0, 0.001], [0.53, 1]], "ab", "cd")
    assert drawn(figure)[:4] == ["0", "0.00", "0.53", "1.00"]
    colors = [text.get_color() for text in figure.axes[0].texts]
    assert colors == ["#767676", "black", "black", "white"]


def test_equal_weights_for_and_against_are_equally_dark():
    image = plots.value_table([[-1.0, 1.0]], "ab", "r").axes[0].images[0]
    tints = image.cmap(image.norm(image.get_array()))[0, :, :3]
    luminance = [
        sum(
            share * (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4)
            for share, value in zip((0.2126, 0.7152, 0.0722), tint)
        )
        for tint in tints
    ]
    assert abs(luminance[0] - luminance[1]) < 0.06


def test_a_sparse_matrix_is_drawn_as_the_dense_one():
    dense = np.array([[0, 1.0], [3, 0]])
    assert drawn(plots.value_table(sp.csr_matrix(dense), "ab", "cd")) == drawn(
        plots.value_table(dense, "ab", "cd")
    )


def test_white_is_zero_and_tints_differ_below_zero():
    image = plots.value_table([[-1.0, 0, 2]], "abc", "r").axes[0].images[0]
    tints = image.cmap(image.norm(image.get_array()))[0]
    assert (
        np.allclose(tints[1], 1, atol=0.02)
        and tints[0, 2] > tints[0, 0]
        and tints[2, 0] > tints[2, 2]
    )


@pytest.mark.parametrize(
    "values", [np.zeros((2, 3)), np.full((2, 3), -0.125), np.full((2, 3), 12345.678)]
)
def test_hard_tables(values):
    drawn(plots.value_table(values, [LONG, CHINESE, "x"], [HINDI, LONG]))


def test_many_columns_and_one_cell():
    drawn(plots.value_table(np.eye(5, 24), [f"word number {i}" for i in range(24)], "abcde"))
    drawn(plots.value_table([[1]], ["x"], ["y"]))


def test_a_table_needs_one_name_per_row_and_column():
    with pytest.raises(ValueError, match=r"values \(1, 2\), 1 rows, 3 columns"):
        plots.value_table([[1, 2]], "abc", "r")


# --- gradients -----------------------------------------------------------------------------------


def test_gradients_of_a_corner_by_hand():
    """There are 7 + 1 + 7 = 15 arrows.

    Columns 3 and 4 change from left to right in rows 4..7: 8 arrows of length 1. Rows 3 and 4
    change likewise from top to bottom in columns 4..7. Pixel (4, 4) belongs to both: one arrow of
    length sqrt(2) at 45 degrees.
    """
    figure = plots.gradients(corner())
    drawn(figure)
    heights = [bar.get_height() for bar in figure.axes[1].patches]
    assert np.allclose(heights, [7, 0, np.sqrt(2), 0, 7, 0, 0, 0, 0])
    arrows = figure.axes[0].collections[0]
    assert arrows.N == 15
    assert np.allclose(np.sum(np.hypot(arrows.U, arrows.V)), 14 + np.sqrt(2))


def test_the_histogram_is_that_of_hog():
    from mm_keras.image import HOG

    image = np.random.default_rng(0).integers(0, 256, (8, 8), dtype=np.uint8)
    heights = np.array([bar.get_height() for bar in plots.gradients(image).axes[1].patches])
    hog = HOG(cells_per_block=(1, 1), block_norm="L1").fit_transform([image])
    assert np.allclose(heights / heights.sum(), hog[0], atol=1e-5)  # L1: shares of the sum


@pytest.mark.parametrize("orientations", [1, 2, 9, 12, 36])
def test_hard_gradients(orientations):
    drawn(plots.gradients(np.zeros((5, 7)), orientations))
    drawn(plots.gradients(np.random.default_rng(0).random((40, 64)), orientations))


def test_gradients_of_a_large_image_are_not_drawn():
    with pytest.raises(ValueError, match="at most 64 x 64 pixels. Received: 65 x 3"):
        plots.gradients(np.zeros((65, 3)))
