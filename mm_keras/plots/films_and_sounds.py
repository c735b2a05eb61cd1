"""Plots of a film as a strip of frames, and of a sound as a spectrogram."""

import math
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from mm_keras.plots.figure import in_style, new_figure
from mm_keras.plots.parts import integer_ticks, show_image
from mm_keras.video import read_frames

if TYPE_CHECKING:
    from mm_keras.video.read import FilmSource


@in_style
def film_strip(film: "FilmSource", num_frames: int = 8, num_columns: int = 8) -> Figure:
    """Plot frames of a film side by side, evenly spaced from the first to the last.

    With the `num_steps` of a `mm_keras.video.Frames` as `num_frames`, these are the frames from
    which it extracts its features, numbered by step.

    Args:
        film: array (frames, H, W[, 3]), folder of images or film file, as in
            `mm_keras.video.read_frames`.
        num_frames: int, number of frames.
        num_columns: int, number of frames per row.

    Returns:
        matplotlib.figure.Figure with one axes per frame.

    Example:
        >>> figure = film_strip(np.zeros((20, 32, 32)), num_frames=3)
        >>> [axes.get_title() for axes in figure.axes]
        ['step 0', 'step 1', 'step 2']
    """
    frames = read_frames(film, num_frames, gray=False)
    columns = max(1, min(num_columns, num_frames))
    rows = math.ceil(num_frames / columns)
    height = min(3.0, 1.2 * frames.shape[1] / frames.shape[2])
    figure = new_figure(1.3 * columns, (0.3 + height) * rows)
    for step, frame in enumerate(frames):
        axes = figure.add_subplot(rows, columns, step + 1)
        show_image(axes, frame)
        axes.set_title(f"step {step}", fontsize=9)
    return figure


@in_style
def spectrogram(levels: ArrayLike, label: str = "mel band", unit: str = "dB") -> Figure:
    """Plot the levels of the frequency bands of a sound over time, low bands at the bottom.

    Args:
        levels: array (steps, bands), one row of `mm_keras.audio.LogMel().transform(sounds)`.
        label: str, what a column of the array is, e.g. "coefficient" for MFCCs.
        unit: str, the label of the color bar.

    Returns:
        matplotlib.figure.Figure with the spectrogram and its color bar.

    Raises:
        ValueError: `levels` is not an array (steps, bands).

    Example:
        >>> figure = spectrogram([[-80, 0, -80], [-80, -80, 0]])  # a tone that rises
        >>> figure.axes[0].images[0].get_array().shape  # bands, steps
        (3, 2)
    """
    levels = np.asarray(levels, float)
    if levels.ndim != 2 or not levels.size:
        raise ValueError(
            f"A spectrogram needs an array (steps, bands). Received: {levels.shape}. "
            "Pass one sound, e.g. LogMel().fit_transform([sound])[0]."
        )
    figure = new_figure(min(7.0, 2.4 + 0.25 * len(levels)), 2.8)
    axes = figure.subplots()
    image = axes.imshow(
        levels.T, aspect="auto", origin="lower", cmap="magma", interpolation="nearest"
    )
    axes.set(xlabel="step", ylabel=label)
    integer_ticks(axes.xaxis)
    integer_ticks(axes.yaxis)
    figure.colorbar(image, ax=axes, label=unit)
    return figure
