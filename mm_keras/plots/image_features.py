"""Plots of image features: HOG strokes, and key points with their visual words."""

import math
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import ArrayLike
from scipy.ndimage import maximum_filter

from mm_keras.image import HOG
from mm_keras.plots.figure import BLUE, COLORS, GRAY, in_style, new_figure
from mm_keras.plots.parts import as_image, integer_ticks, pale, show_image

if TYPE_CHECKING:
    from mm_keras.image.read import ImageSource

# Small HOG images are enlarged to this many pixels per cell, up to this many pixels per side.
PIXELS_PER_CELL, MAX_SIDE = 24, 400
WEAK = 0.45  # strokes below this share of the strongest ones are not drawn


@in_style
def hog_overlay(image: "ImageSource", hog: HOG | np.ndarray | None = None) -> Figure:
    """Plot an image, its HOG image, and both together.

    A HOG image shows strokes along the edges in every cell. The brighter a stroke, the larger the
    part of the cell's gradient with this direction. Weak strokes, below 45% of the strongest ones,
    are left out: they are noise, and hide the edges.

    Args:
        image: array (H, W) or (H, W, 3), or a path.
        hog: a `mm_keras.image.HOG` extractor, by default `HOG()` at the image's own size; or a HOG
            image, array (h, w), which is scaled to the image.

    Returns:
        matplotlib.figure.Figure with three axes.

    Example:
        >>> stripes = np.tile([0.0, 0.0, 1.0, 1.0], (32, 8))
        >>> [axes.get_title() for axes in hog_overlay(stripes).axes]
        ['image', 'HOG', 'both']

    Reference:
        N. Dalal and B. Triggs, 2005, "Histograms of oriented gradients for human detection".
    """
    image = as_image(image)
    if hog is None:
        hog = HOG()
    if hasattr(hog, "draw"):
        scale = min(
            math.ceil(PIXELS_PER_CELL / min(hog.pixels_per_cell)),
            MAX_SIDE // max(hog.draw(image).shape),
        )
        scale = max(1, scale)
        drawing = hog.draw(image, scale=scale, strongest=True)
        hog = maximum_filter(drawing, 3 if scale > 1 else 1)  # thicker lines
    strokes = np.asarray(hog, float)
    if strokes.any():
        strong = np.quantile(strokes[strokes > 0], 0.99)
        strokes = np.clip((strokes / strong - WEAK) / (1 - WEAK), 0, 1)

    height, width = image.shape[:2]
    figure = new_figure(9.6, min(6.0, 0.4 + 3.1 * height / width))
    axes = figure.subplots(1, 3)
    extent = (-0.5, width - 0.5, height - 0.5, -0.5)  # both cover the same pixels
    show_image(axes[0], image)
    show_image(axes[1], strokes, extent=extent)
    show_image(axes[2], pale(image, 0.6))  # pale, so that the strokes stand out
    layer = np.zeros((*strokes.shape, 4))
    layer[..., :3] = np.array([0xB0, 0x30, 0x00]) / 255
    layer[..., 3] = np.minimum(1, 1.5 * strokes)
    axes[2].imshow(layer, extent=extent)
    for panel, title in zip(axes, ("image", "HOG", "both")):
        panel.set_title(title)
    return figure


@in_style
def keypoints(
    image: "ImageSource",
    keypoints: ArrayLike,
    scales: ArrayLike | None = None,
    orientations: ArrayLike | None = None,
    words: ArrayLike | None = None,
    num_words: int | None = None,
) -> Figure:
    """Plot key points on their image and, with `words`, the histogram of visual words beside it.

    The radius of a circle is the scale of the key point, and its stroke is the direction of the
    gradient. With `words`, key points are colored by visual word: the image's six most frequent
    words have their own colors, all others are gray.

    Args:
        image: array (H, W) or (H, W, 3), or a path.
        keypoints: array (n, 2) of (row, column), as returned by `skimage.feature.SIFT`; n may be 0.
        scales: array (n,), the radii in pixels (e.g. `sift.sigmas`), by default 4.
        orientations: array (n,), angles in radians from the row axis (down) towards the column axis
            (right), as in `skimage.feature.SIFT`; None for no strokes.
        words: int array (n,), the visual word of each key point.
        num_words: int, size of the codebook, by default the largest word + 1.

    Returns:
        matplotlib.figure.Figure with one axes, or two with `words`.

    Raises:
        ValueError: the length of scales, orientations or words is not the number of key points.

    Example:
        >>> figure = keypoints(np.zeros((20, 20)), [[5, 5], [9, 12], [15, 3]], words=[0, 2, 2])
        >>> [int(bar.get_height()) for bar in figure.axes[1].patches]
        [1, 0, 2]
    """
    image = as_image(image)
    points = np.asarray(keypoints, float).reshape(-1, 2)
    for name, values in (("scales", scales), ("orientations", orientations), ("words", words)):
        if values is not None and len(values) != len(points):
            raise ValueError(
                f"`{name}` needs one value per key point ({len(points)}). Received: {len(values)}."
            )

    height, width = image.shape[:2]
    image_width = min(4.6, 4.6 * width / height)
    widths = [max(3.0, image_width)] + ([3.9] if words is not None else [])
    figure = new_figure(sum(widths) + 0.3, max(2.2, 0.5 + image_width * height / width))
    axes = figure.subplots(1, len(widths), squeeze=False, width_ratios=widths)[0]
    show_image(axes[0], pale(image, 0.55))
    axes[0].set_title(f"{len(points)} key point{'' if len(points) == 1 else 's'}")
    point_colors = np.full(len(points), BLUE, object)
    if words is not None:
        words = np.asarray(words, int)
        counts = np.bincount(words, minlength=num_words or 1)
        word_colors = _word_colors(counts)
        point_colors = word_colors[words]
        _draw_histogram(axes[1], counts, word_colors)
    _draw_points(axes[0], points, scales, orientations, point_colors)
    axes[0].set(xlim=(-0.5, width - 0.5), ylim=(height - 0.5, -0.5))
    return figure


def _draw_points(axes, points, scales, orientations, point_colors):
    from matplotlib.collections import EllipseCollection, LineCollection

    radii = np.full(len(points), 4.0) if scales is None else np.asarray(scales, float)
    axes.add_collection(
        EllipseCollection(
            2 * radii,
            2 * radii,
            np.zeros(len(points)),
            units="xy",
            offsets=points[:, ::-1],
            offset_transform=axes.transData,
            facecolors="none",
            edgecolors=list(point_colors),
            linewidths=1.5,
        )
    )
    if orientations is not None:
        angles = np.asarray(orientations, float)
        ends = points + radii[:, None] * np.stack([np.cos(angles), np.sin(angles)], axis=1)
        lines = np.stack([points, ends], axis=1)[..., ::-1]  # (n, 2 ends, (x, y))
        axes.add_collection(LineCollection(lines, colors=list(point_colors), linewidths=1.5))


def _word_colors(counts):
    """One color per word: distinct ones for the six most frequent words, gray for the others."""
    chosen = [word for word in np.argsort(-counts, kind="stable")[:6] if counts[word]]
    table = np.full(len(counts), GRAY, object)
    table[chosen] = COLORS[: len(chosen)]
    return table


def _draw_histogram(axes, counts, word_colors):
    axes.bar(
        np.arange(len(counts)),
        counts,
        color=list(word_colors),
        width=0.8 if len(counts) <= 60 else 1.0,
    )
    axes.set(
        title="histogram of visual words",
        xlabel="visual word",
        ylabel="key points",
        xlim=(-0.6, len(counts) - 0.4),
        ylim=(0, 1.05 * max(1, counts.max())),
    )
    integer_ticks(axes.xaxis)
    integer_ticks(axes.yaxis)
