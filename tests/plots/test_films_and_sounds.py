"""Plots of films and sounds; `figure_checks.drawn` checks their texts."""

import numpy as np
import pytest

from mm_keras import plots
from mm_keras.video import read_frames
from tests.plots.figure_checks import drawn

FILM = np.random.default_rng(0).integers(0, 256, (30, 24, 40, 3), dtype=np.uint8)


@pytest.mark.parametrize("film", [FILM, FILM[..., 0], FILM[:2], FILM[:, :, :5], FILM[:, :4]])
@pytest.mark.parametrize("num_frames, num_columns", [(1, 8), (7, 8), (16, 8), (5, 2), (12, 12)])
def test_film_strip_shows_the_frames_of_the_steps(film, num_frames, num_columns):
    figure = plots.film_strip(film, num_frames, num_columns)
    assert drawn(figure) == [f"step {step}" for step in range(num_frames)]
    frames = [axes.images[0].get_array() for axes in figure.axes]
    np.testing.assert_array_equal(frames, read_frames(film, num_frames, gray=False))


@pytest.mark.parametrize("shape", [(16, 40), (1, 1), (200, 128), (3, 13)])
def test_spectrogram_shows_low_bands_at_the_bottom_and_time_from_left_to_right(shape):
    levels = np.random.default_rng(0).uniform(-80, 0, shape)
    figure = plots.spectrogram(levels)
    texts = drawn(figure)
    axes, bar = figure.axes
    assert {"step", "mel band", "dB"} <= set(texts) and bar.get_ylabel() == "dB"
    np.testing.assert_array_equal(axes.images[0].get_array(), levels.T)
    assert axes.images[0].origin == "lower" and axes.get_xlim() == (-0.5, shape[0] - 0.5)
    assert "coefficient" in drawn(plots.spectrogram(levels, "coefficient", unit="MFCC"))


@pytest.mark.parametrize("levels", [[], [1.0, 2.0], np.zeros((2, 3, 4)), np.zeros((0, 4))])
def test_spectrogram_needs_one_sound(levels):
    with pytest.raises(ValueError, match=r"needs an array \(steps, bands\). Received: \("):
        plots.spectrogram(levels)
