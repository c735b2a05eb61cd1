"""Plot of the first two stages of HOG: the gradient of every pixel, and their histogram."""

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from mm_keras.image.hog.hog import gradients as pixel_gradients
from mm_keras.plots.figure import BLUE, GRAY, ORANGE, in_style, new_figure
from mm_keras.plots.parts import as_image, show_image

if TYPE_CHECKING:
    from mm_keras.image.read import ImageSource


@in_style
def gradients(image: "ImageSource", orientations: int = 9) -> Figure:
    """Plot the gradients of a small gray image as arrows, and the histogram of their directions.

    An arrow points from dark to bright, and its length is the magnitude of the gradient. The
    histogram does not distinguish opposite directions, so angles range from 0 to 180 degrees:
    0 is a change from left to right, 90 a change from top to bottom. A bar is the sum of the
    magnitudes of its direction, where 1 is a step from black to white.

    Args:
        image: array (H, W) with at most 64 x 64 pixels, or a path.
        orientations: int, number of bins.

    Returns:
        matplotlib.figure.Figure with two axes.

    Raises:
        ValueError: the image is larger than 64 x 64 pixels.

    Example:
        >>> ramp = np.tile(np.linspace(0, 1, 6), (4, 1))  # 16 steps of 2/5 from left to right
        >>> bars = gradients(ramp, orientations=2).axes[1].patches
        >>> [float(round(bar.get_height(), 3)) for bar in bars]
        [6.4, 0.0]

    Reference:
        N. Dalal and B. Triggs, 2005, "Histograms of oriented gradients for human detection".
    """
    image = as_image(image, gray=True) / 255
    if max(image.shape) > 64:
        raise ValueError(
            f"`gradients` draws one arrow per pixel and accepts at most 64 x 64 pixels. Received: "
            f"{image.shape[0]} x {image.shape[1]}. Crop the image, or use `hog_overlay`."
        )
    magnitude, bins = pixel_gradients(image[np.newaxis], orientations)
    sums = np.bincount(bins.ravel(), magnitude.ravel(), minlength=orientations)

    figure = new_figure(8.2, 3.6)
    left, right = figure.subplots(1, 2, width_ratios=(3.4, 4.4))
    show_image(left, 0.3 + 0.7 * image)
    left.set_title("gradients: from dark to bright")
    if max(image.shape) <= 16:
        for side, line in zip(image.shape, (left.axhline, left.axvline)):
            for border in range(1, side):
                line(border - 0.5, color=GRAY, linewidth=0.5)
    _draw_arrows(left, image)
    right.bar(
        (np.arange(orientations) + 0.5) * 180 / orientations,
        sums,
        width=0.9 * 180 / orientations,
        color=BLUE,
    )
    right.set(
        title="histogram of directions",
        xlabel="direction (degrees, modulo 180)",
        ylabel="sum of magnitudes",
        xlim=(0, 180),
        ylim=(0, 1.05 * max(sums.max(), 1e-9)),
        xticks=np.linspace(0, 180, orientations + 1).round()
        if orientations <= 12
        else np.arange(0, 181, 45),
    )
    return figure


def _draw_arrows(axes, image):
    """Draw one arrow per pixel with a nonzero gradient; the longest one is a pixel long."""
    down, right = np.zeros_like(image), np.zeros_like(image)
    down[1:-1] = image[2:] - image[:-2]
    right[:, 1:-1] = image[:, 2:] - image[:, :-2]
    longest = np.hypot(down, right).max()
    rows, columns = np.nonzero((down != 0) | (right != 0))
    if len(rows):
        axes.quiver(
            columns,
            rows,
            right[rows, columns],
            down[rows, columns],
            angles="xy",
            scale_units="xy",
            scale=longest / 0.95,
            pivot="middle",
            color=ORANGE,
            width=0.009,
            headwidth=4.5,
        )
