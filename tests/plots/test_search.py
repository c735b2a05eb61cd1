"""The plot of search results; `figure_checks.drawn` checks its texts."""

import numpy as np
import pytest
from matplotlib.colors import to_hex

from mm_keras import plots
from mm_keras.plots.figure import ORANGE
from tests.plots.figure_checks import CHINESE, LONG, drawn

RNG = np.random.default_rng(0)
COLOR = RNG.integers(0, 256, (30, 60, 3), dtype=np.uint8)
GRAY = RNG.integers(0, 256, (60, 20), dtype=np.uint8)


def test_a_row_shows_the_query_and_the_first_images_in_their_order():
    images = [RNG.integers(0, 256, (16, 16), dtype=np.uint8) for _ in range(7)]
    names = [[f"image {i}" for i in range(7)], [f"other {i}" for i in range(7)]]
    figure = plots.search_results(["a red bat", COLOR], [images, images[::-1]], names)
    texts = drawn(figure)
    assert len(figure.axes) == 2 * (1 + 5)
    first, second = figure.axes[:6], figure.axes[6:]
    assert first[0].texts[0].get_text() == "a red bat"
    np.testing.assert_array_equal(second[0].images[0].get_array(), COLOR)
    for row, found in ((first, images), (second, images[::-1])):
        for axes, image in zip(row[1:], found):
            np.testing.assert_array_equal(axes.images[0].get_array()[..., 0], image)
    assert [axes.get_xlabel() for axes in second[1:]] == names[1][:5] and "image 6" not in texts
    tops = [axes.get_position().y1 for axes in figure.axes]
    lefts = [axes.get_position().x0 for axes in figure.axes]
    assert min(tops[:6]) > max(tops[6:]) and lefts[:6] == sorted(lefts[:6]) == lefts[6:]


def test_the_right_images_are_framed():
    figure = plots.search_results(["a", "b"], [[COLOR] * 3] * 2, right=[[0, 1, 0], [False] * 3])
    drawn(figure)
    framed = [axes.spines["left"].get_visible() for axes in figure.axes if axes.images]
    assert framed == [False, True, False, False, False, False]
    assert to_hex(figure.axes[2].spines["top"].get_edgecolor()) == ORANGE.lower()


@pytest.mark.parametrize("count", [1, 5])
@pytest.mark.parametrize("name", [LONG, CHINESE * 2, "MATHEMATICAL BOLD SMALL MU", "ab", ""])
def test_long_and_chinese_names_stay_below_their_images(name, count):
    figure = plots.search_results([name * 3, name], [[GRAY] * count] * 2, [[name] * count] * 2)
    drawn(figure)
    axes = figure.axes[1]
    box, frame = axes.xaxis.label.get_window_extent(), axes.get_window_extent()
    assert box.y1 < frame.y0 + 1 and box.width < 1.5 * figure.dpi
    if name:
        start = name[:5]
        assert axes.get_xlabel().startswith(start) and figure.axes[0].texts[0].get_text()


def test_missing_images_and_queries_without_a_result():
    images = [[None, "no_such_file.png", COLOR], [], [COLOR]]
    texts = drawn(plots.search_results(["a", "zzz", ""], images))
    assert {"no image", "not readable", "nothing found", "(no text)"} <= set(texts)
    assert drawn(plots.search_results([], [])) == []


@pytest.mark.parametrize(
    "arguments, message",
    [
        ((["a"], []), r"`images` needs one list per query \(1\). Received: 0"),
        ((["a"], [[COLOR, COLOR]], [["one"]]), r"`names` needs one value per image. Received: \[1"),
        ((["a"], [[COLOR]], None, []), r"`right` needs one value per image. Received: \[\]"),
    ],
)
def test_images_names_and_marks_must_match(arguments, message):
    with pytest.raises(ValueError, match=message):
        plots.search_results(*arguments)
