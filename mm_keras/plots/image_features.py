"""What extractors see in an image: HOG's directions of edges, and key points with their visual words."""

import math

import numpy as np

from mm_keras.image import HOG
from mm_keras.plots.figure import BLUE, COLORS, GRAY, in_style, new_figure
from mm_keras.plots.parts import as_image, pale, show_image, whole_numbers

FINE, LARGE = (
    24,
    400,
)  # rows and columns of one drawn HOG cell, and (at most) of the drawing, where it is enlarged


@in_style
def hog_overlay(image, hog=None):
    """An image, its HOG image, and both together.

    In a HOG image every cell shows strokes along its edges: the brighter a stroke, the more of the cell's gradient
    belongs to that direction. Strokes no stronger than the usual one of the image (the median) stay black.

    Args:
        image: array (H, W) or (H, W, 3), or a path.
        hog: a `mm_keras.image.HOG` extractor, default `HOG()` at the image's own size; or a HOG image (h, w) made
            elsewhere. A HOG image of another size is stretched over the image.

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
        scale = min(math.ceil(FINE / min(hog.pixels_per_cell)), LARGE // max(hog.draw(image).shape))
        hog = hog.draw(image, scale=max(1, scale))
    strokes = np.asarray(hog, float)
    drawn = strokes[strokes > 0]
    if len(
        drawn
    ):  # from the usual stroke (black) to the strongest ones (white), so that noise everywhere stays dark
        usual, strong = np.quantile(drawn, [0.5, 0.99])
        strokes = (
            np.clip((strokes - usual) / (strong - usual), 0, 1)
            if strong > usual
            else np.sign(strokes)
        )

    height, width = image.shape[:2]
    figure = new_figure(9.6, min(6.0, 0.4 + 3.1 * height / width))
    axes = figure.subplots(1, 3)
    extent = (-0.5, width - 0.5, height - 0.5, -0.5)  # both lie over the same pixels
    show_image(axes[0], image)
    show_image(axes[1], strokes, extent=extent)
    show_image(axes[2], pale(image, 0.6))  # pale, so that the strokes stand out
    ink = np.zeros((*strokes.shape, 4))
    ink[..., :3] = np.array([0xB0, 0x30, 0x00]) / 255
    ink[..., 3] = np.minimum(1, 1.5 * strokes)
    axes[2].imshow(ink, extent=extent)
    for panel, title in zip(axes, ("image", "HOG", "both")):
        panel.set_title(title)
    return figure


@in_style
def keypoints(image, keypoints, scales=None, orientations=None, words=None, num_words=None):
    """Key points on their image; with `words` colored by visual word, beside the histogram that is the feature.

    A circle has the radius of the key point's scale, its stroke the direction of the gradient. The six most frequent
    words of the image have a color of their own, all others are gray.

    Args:
        image: array (H, W) or (H, W, 3), or a path.
        keypoints: array (n, 2) of (row, column), as `skimage.feature.SIFT` gives them; n may be 0.
        scales: array (n,), the radius in pixels (e.g. `sift.sigmas`), default 4.
        orientations: array (n,), angles in radians from the row axis (down) towards the column axis (right), as in
            `skimage.feature.SIFT`; no strokes when left out.
        words: int array (n,), the visual word of each key point.
        num_words: int, size of the codebook, default the largest word + 1.

    Returns:
        matplotlib.figure.Figure with one axes, or two with `words`.

    Raises:
        ValueError: scales, orientations or words that are not one per key point.

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
    """One color per word: the six most frequent words of this image have their own, the others are gray."""
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
    whole_numbers(axes.xaxis)
    whole_numbers(axes.yaxis)
