"""Checks that every figure must pass, and texts that are hard to draw; for the tests of plots."""

import warnings
from io import BytesIO

import numpy as np
from matplotlib.figure import Figure

REPORT = (
    "Storm warning: the coast guard closed the harbor. Tickets cost $5 and $10, rain or no rain."
)
LONG = "a class whose name goes on and on and on and never comes to an end"
CHINESE, HINDI = "暴雨预警：海岸警卫队关闭了港口", "तूफान की चेतावनी"


def drawn(figure):
    """Draw a figure and return its texts, after checking that they are legible.

    Drawing must not warn, and no text may be too small, cut off, or overlap another one.
    """
    assert isinstance(figure, Figure)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        figure.savefig(BytesIO(), format="png")
    texts = [text for text in _texts(figure) if text.get_visible() and text.get_text().strip()]
    assert min((text.get_fontsize() for text in texts), default=9) >= 9
    boxes = np.array([text.get_window_extent().extents for text in texts])
    boxes = boxes.reshape(-1, 4)  # x0, y0, x1, y1 in pixels
    inside = np.all((boxes > -2) & (boxes < np.tile(figure.bbox.size, 2) + 2), axis=1)
    cut_off = [text.get_text() for text, is_inside in zip(texts, inside) if not is_inside]
    assert not cut_off, f"cut off: {cut_off}"
    level = np.array([text.get_rotation() % 90 == 0 for text in texts], bool)
    overlap_sizes = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:]) - np.maximum(
        boxes[:, None, :2], boxes[None, :, :2]
    )
    overlaps = np.argwhere(np.triu((overlap_sizes > 2).all(axis=2), 1) & level[:, None] & level)
    pairs = [(texts[i].get_text(), texts[j].get_text()) for i, j in overlaps]
    assert not pairs, f"overlapping: {pairs}"
    return [text.get_text() for text in texts]


def _texts(figure):
    """All texts of a figure, including the tick labels within the limits of visible axes."""
    yield from figure.texts
    for legend in figure.legends:
        yield from legend.get_texts()
    for axes in figure.axes:
        yield from [*axes.texts, axes.title, axes._left_title]
        for axis in (axes.xaxis, axes.yaxis) if axes.axison else ():
            low, high = sorted(axis.get_view_interval())
            yield axis.label
            for tick in axis.get_major_ticks():
                if low <= tick.get_loc() <= high:
                    yield from (tick.label1, tick.label2)  # below or left, above or right
