"""Plots of samples, features and words; `figure_checks.drawn` checks their texts."""

import subprocess
import sys
import types
from io import BytesIO

import matplotlib.style
import numpy as np
import pytest
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from PIL import Image

from mm_keras import plots
from mm_keras.datasets import MultimodalData
from mm_keras.plots import figure as _figure
from mm_keras.plots import parts as _parts
from mm_keras.plots import words as _words
from mm_keras.utils.formatting import num_columns, shorten_name
from tests.plots.figure_checks import CHINESE, HINDI, LONG, REPORT, drawn

RNG = np.random.default_rng(0)
GRAY = np.tile(np.linspace(0, 255, 48).astype(np.uint8), (40, 1))  # (40, 48)
COLOR = RNG.integers(0, 256, (30, 60, 3), dtype=np.uint8)


def data(images=True, labels=(0, 1, 2, 0)):
    samples = {"text": [REPORT, "", None, CHINESE]}
    if images:
        samples["image"] = [GRAY, COLOR, None, "no_such_file.png"]
    return MultimodalData(samples, labels=labels, class_names=["weather", LONG, "sports"])


# --- style of the figures ------------------------------------------------------------------------


def test_importing_the_package_loads_no_matplotlib():
    code = "import sys, mm_keras.plots; sys.exit('matplotlib' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


def test_settings_and_pyplot_stay_unchanged():
    import matplotlib.pyplot as plt

    before = dict(matplotlib.rcParams)
    drawn(plots.accuracy_bars({"text": 0.5}))
    assert dict(matplotlib.rcParams) == before and plt.get_fignums() == []


def test_the_style_of_the_user_has_no_effect():
    with (
        matplotlib.style.context("dark_background"),
        matplotlib.rc_context({"font.size": 4, "xtick.labelsize": 3}),
    ):
        figure = plots.learning_curves({"loss": [0.9, 0.4], "accuracy": [0.5, 0.8]})
        drawn(figure)
    tick = figure.axes[0].get_xticklabels()[0]
    assert to_hex(figure.get_facecolor()) == "#ffffff" and to_hex(tick.get_color()) == "#000000"


def test_missing_glyphs_and_dollar_signs_cause_no_warning(caplog):
    texts = drawn(plots.accuracy_bars({CHINESE: 0.5, HINDI: 0.6, "from $5 to $10": 0.7}))
    assert {CHINESE, HINDI, "from $5 to $10"} <= set(texts)
    assert not caplog.records  # the font manager logs missing fonts


class FakeFormatter:
    def __init__(self):
        self.type_printers = {}

    def for_type(self, kind, function):
        self.type_printers[kind] = function


def test_a_notebook_shows_figures_without_pyplot(monkeypatch):
    formatters = {
        "image/png": FakeFormatter(),
        "image/svg+xml": FakeFormatter(),
        "text/plain": FakeFormatter(),
    }
    shell = types.SimpleNamespace(display_formatter=types.SimpleNamespace(formatters=formatters))
    monkeypatch.setitem(sys.modules, "IPython", types.SimpleNamespace(get_ipython=lambda: shell))
    figure = plots.accuracy_bars({"text": 0.5})
    png, metadata = formatters["image/png"].type_printers[type(figure)](figure)
    image = Image.open(BytesIO(png))
    assert image.size == tuple((144 * figure.get_size_inches()).astype(int))
    # shown smaller than it is, so that it is sharp on screens with two pixels per point
    assert metadata["width"] < 0.7 * image.width and metadata["height"] < 0.7 * image.height
    assert metadata["alt"].startswith("One horizontal bar per model with its interval")
    assert metadata["alt"].endswith("Texts: accuracy; text; 0.500")

    formatters["image/png"].type_printers.clear()
    formatters["image/svg+xml"].type_printers[Figure] = "choice of the user"
    plots.accuracy_bars({"text": 0.5})
    assert not formatters["image/png"].type_printers


def test_colors_are_distinct():
    for count in (1, 7, 8, 30):
        assert len({to_hex(color) for color in _figure.colors(count)}) == count


@pytest.mark.parametrize(
    "text, width, expected",
    [
        ("short", 10, "short"),
        ("economics", 6, "eco…cs"),
        ("one long name", 9, "one l…ame"),
        ("two  words", 20, "two words"),
        ("暴雨预警", 5, "暴…警"),
        ("", 3, ""),
    ],
)
def test_shorten_name(text, width, expected):
    assert shorten_name(text, width) == expected
    assert num_columns(shorten_name(text, width)) <= width


def test_wrapped_text_is_shortened_to_the_number_of_lines():
    lines = _parts.wrap_text(REPORT, 20, 3).split("\n")
    assert len(lines) == 3 and max(map(len, lines)) <= 20 and lines[-1].endswith("…")
    assert max(map(num_columns, _parts.wrap_text(CHINESE * 3, 20, 9).split("\n"))) <= 21
    assert _parts.wrap_text("", 20, 3) == ""


# --- samples -------------------------------------------------------------------------------------


def test_sample_grid_shows_images_labels_and_texts():
    figure = plots.sample_grid(data())
    texts = drawn(figure)
    assert len(figure.axes) == 4 and [axes.get_title() for axes in figure.axes[::2]] == [
        "weather",
        "sports",
    ]
    assert [len(axes.images) for axes in figure.axes] == [1, 1, 0, 0]
    assert "no image" in texts and "not readable" in texts and texts.count("(no text)") == 2
    assert "$5" in figure.axes[0].get_xlabel().replace("\n", " ")
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array()[..., 0], GRAY)


def test_the_seed_selects_the_samples():
    many = MultimodalData({"text": [f"text {i}" for i in range(50)]})
    titles = [
        [axes.get_title() for axes in plots.sample_grid(many, 5, seed=seed).axes]
        for seed in (0, 0, 1)
    ]
    assert titles[0] == titles[1] != titles[2] and len(set(titles[0])) == 5


def test_sample_grid_reads_only_the_chosen_paths(tmp_path):
    from PIL import Image

    Image.fromarray(COLOR).save(tmp_path / "0.png")
    paths = MultimodalData({"image": [tmp_path / "0.png", *[tmp_path / "missing.png"] * 9]})
    figure = plots.sample_grid(paths[[0]], num_samples=1)
    drawn(figure)
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), COLOR)


@pytest.mark.parametrize(
    "samples",
    [
        data(images=False),
        data(labels=None),
        data()[[]],
        data(labels=[[1, 0, 1], [0, 0, 0], [1, 1, 1], [0, 1, 0]]),
        MultimodalData({"image": np.zeros((3, 8, 8, 3)), "audio": [1, 2, 3]}),
    ],
)
def test_sample_grid_of_other_data(samples):
    texts = drawn(plots.sample_grid(samples))
    assert texts if len(samples) else texts == ["no samples"]


# --- features ------------------------------------------------------------------------------------


@pytest.mark.parametrize("image", [GRAY, COLOR, np.zeros((16, 90)), np.ones((90, 16, 1))])
def test_hog_overlay_shows_three_panels_over_the_same_pixels(image):
    figure = plots.hog_overlay(image)
    drawn(figure)
    assert [axes.get_title() for axes in figure.axes] == ["image", "HOG", "both"]
    extents = {tuple(image.get_extent()) for axes in figure.axes for image in axes.images}
    assert extents == {(-0.5, image.shape[1] - 0.5, image.shape[0] - 0.5, -0.5)}


def test_hog_overlay_of_an_extractor_equals_that_of_its_drawing():
    from mm_keras.image import HOG

    large = np.kron(GRAY, np.ones((6, 6), np.uint8))  # (240, 288): cells of 24 need no enlarging
    for extractor in (HOG(pixels_per_cell=(24, 24)), HOG(pixels_per_cell=(48, 48))):
        drawing = extractor.draw(large, strongest=True)
        figures = plots.hog_overlay(large, extractor), plots.hog_overlay(large, drawing)
        np.testing.assert_allclose(
            *[figure.axes[1].images[0].get_array() for figure in figures], atol=1e-5
        )
    default = plots.hog_overlay(large).axes[1].images[0].get_array()
    assert default.shape == (240, 288)  # cells of 8 would need 720 rows, which is over the limit
    small = plots.hog_overlay(GRAY, HOG(pixels_per_cell=(4, 4))).axes[1].images[0].get_array()
    assert small.shape == (40 * 6, 48 * 6)  # 24 rows for each cell of 4
    assert plots.hog_overlay(GRAY, np.zeros((5, 5))).axes[1].images[0].get_array().max() == 0


def test_keypoints_are_drawn_at_their_positions_in_the_colors_of_their_words():
    points, angles = [[5, 10], [20, 40], [30, 8]], [0, np.pi / 2, np.pi]
    figure = plots.keypoints(GRAY, points, [3, 4, 5], angles, words=[1, 1, 4], num_words=6)
    texts = drawn(figure)
    circles, strokes = figure.axes[0].collections
    assert "3 key points" in texts and circles.get_offsets().tolist() == [
        [10, 5],
        [40, 20],
        [8, 30],
    ]  # (x, y)
    ends = [segment[1].round(6).tolist() for segment in strokes.get_segments()]
    assert ends == [[10, 8], [44, 20], [8, 25]]  # 0 is down, pi / 2 is right, pi is up
    assert [bar.get_height() for bar in figure.axes[1].patches] == [0, 2, 0, 0, 1, 0]
    assert to_hex(circles.get_edgecolors()[0]) == to_hex(figure.axes[1].patches[1].get_facecolor())


@pytest.mark.parametrize(
    "points, words",
    [
        ([], []),
        ([], None),
        ([[1, 1]], [0]),
        (RNG.uniform(0, 30, (40, 2)), RNG.integers(0, 300, 40)),
    ],
)
def test_keypoints_of_few_and_many_words(points, words):
    figure = plots.keypoints(COLOR, points, words=words)
    texts = drawn(figure)
    assert len(figure.axes) == (1 if words is None else 2)
    assert f"{len(points)} key point{'' if len(points) == 1 else 's'}" in texts


def test_keypoints_need_one_word_each():
    with pytest.raises(
        ValueError, match="`words` needs one value per key point \\(2\\). Received: 1"
    ):
        plots.keypoints(GRAY, [[1, 1], [2, 2]], words=[0])


# --- words ---------------------------------------------------------------------------------------


def test_character_weights_match_whole_words():
    text = "Rain, rainy RAIN storm  warning"
    found = _words.character_weights(
        text, {"rain": 1.0, "storm warning": 0.5, "": 9.0, "other": 9.0}
    )
    assert "".join(char for char, weight in zip(text, found) if weight == 1) == "RainRAIN"
    assert "".join(char for char, weight in zip(text, found) if weight == 0.5) == "storm  warning"
    assert _words.character_weights(CHINESE, {"预警": 1.0}).tolist() == [0, 0, 1, 1] + [0] * (
        len(CHINESE) - 4
    )
    assert (
        _words.character_weights("Storms hit", {"storm": 1.0}, stem="porter").tolist()
        == [1] * 6 + [0] * 4
    )


@pytest.mark.parametrize("text", [REPORT * 3, CHINESE * 5, HINDI * 4, "x" * 70, "  a\n\tb  "])
def test_words_fit_into_their_lines(text):
    words = _words.lay_out(text, 20, 100)
    assert "".join(word for word, *_ in words) == "".join(text.split())
    for word, start, _, column in words:
        assert text[start : start + len(word)] == word and column + num_columns(word) <= 20


def test_tfidf_weights_tints_words_by_weight():
    figure = plots.tfidf_weights(REPORT, {"storm": 0.8, "rain": 0.4, "other": 5.0})
    texts = drawn(figure)
    assert [
        text for text in texts if text in REPORT.split()
    ] == REPORT.split() and "TF-IDF weight" in texts
    tinted = [
        (patch.get_x(), patch.get_width(), to_hex(patch.get_facecolor()))
        for patch in figure.axes[0].patches
    ]
    assert tinted[0] == (0, 5, to_hex(_figure.FOR(1.0)))  # "Storm", the largest weight
    assert [tint for _, _, tint in tinted[1:]] == [to_hex(_figure.FOR(0.5))] * 2  # "rain", twice


def test_negative_weights_have_another_color():
    figure = plots.tfidf_weights("rain goal", {"rain": 1.0, "goal": -1.0})
    drawn(figure)
    tinted = [to_hex(patch.get_facecolor()) for patch in figure.axes[0].patches]
    assert tinted == [to_hex(_figure.AGAINST_FOR(1.0)), to_hex(_figure.AGAINST_FOR(0.0))]


@pytest.mark.parametrize(
    "text, first",
    [
        ("", "(no text)"),
        (None, "(no text)"),
        ("  ", "(no text)"),
        (CHINESE * 9, "暴"),
        ("x" * 500, "x" * 84),
    ],
)
def test_tfidf_weights_of_odd_texts(text, first):
    assert drawn(plots.tfidf_weights(text, {"预警": 0.5}))[0] == first


def test_the_characters_of_a_long_word_match_their_tints():
    address = "http://www.example.org/a-storm-of-letters-without-a-single-space-between-them"
    figure = plots.tfidf_weights(address, {"them": 1.0})
    drawn(figure)
    last, tint = figure.axes[0].texts[-1], figure.axes[0].patches[-1]
    right = figure.axes[0].transData.inverted().transform(last.get_window_extent())[1, 0]
    assert (
        tint.get_x() + tint.get_width() == len(address) and abs(right - len(address)) < 0.5
    )  # in columns


def test_tfidf_weights_shortens_long_texts():
    texts = drawn(plots.tfidf_weights(REPORT * 40, {}, max_lines=3))
    assert texts[-1] == "…" and len(texts) < 60


# --- explanation ---------------------------------------------------------------------------------


def test_joint_explanation_shows_words_cells_and_shares():
    cells = np.array([[1.0, -2.0], [0.0, 0.5]])
    weights, shares = {"storm": 1.0, "rain": -0.5}, {"text": 0.7, "image": -0.1}
    figure = plots.joint_explanation(COLOR, REPORT, weights, cells, shares, title="weather: 0.87")
    texts = drawn(figure)
    words, image, bars, scale = figure.axes
    assert [patch.get_width() for patch in words.patches] == [5, 4, 4] and "weather: 0.87" in texts
    layer = image.images[1].get_array()  # (2, 2, 4), the last channel is the strength
    np.testing.assert_allclose(layer[..., 3], 0.75 * np.abs(cells) / 2)
    assert image.images[1].get_extent() == image.images[0].get_extent()
    assert to_hex(layer[0, 1, :3]) == _figure.AGAINST.lower()
    assert [bar.get_width() for bar in bars.patches] == [0.7, -0.1]
    assert {"0.70", "-0.10", "text", "image"} <= set(texts)


def test_joint_explanation_shows_the_true_class_parts_without_positions_and_a_scale():
    parts = {"HOG": 1.5, "ColorHistogram": -0.5}
    figure = plots.joint_explanation(
        COLOR, "rain", {"rain": 1.0}, None, None, "weather: 0.87", None, parts, "sports"
    )
    texts = drawn(figure)
    assert {"weather: 0.87 (true: sports)", "HOG", "ColorHistogram", "1.50", "-0.50"} <= set(texts)
    assert "no tints: its features have no positions" in texts
    assert {"against", "weight 0", "for"} <= set(texts)
    assert [bar.get_width() for bar in figure.axes[2].patches] == [1.5, -0.5]


def test_long_words_are_drawn_in_one_piece():
    word = "internationalization"
    assert word in drawn(plots.joint_explanation(None, f"an {word}", {word: 1.0}))


@pytest.mark.parametrize("image", [None, GRAY, np.ones((200, 20))])
@pytest.mark.parametrize("text", [None, "", REPORT * 30, CHINESE * 5])
def test_joint_explanation_of_missing_modalities(image, text):
    texts = drawn(
        plots.joint_explanation(image, text, {}, None if image is None else np.zeros((2, 2)))
    )
    assert ("no image" in texts) == (image is None) and ("(no text)" in texts) == (not text)
    assert "0.30" in drawn(
        plots.joint_explanation(image, text, {}, None, {"audio": 0.3, LONG: 0.7}, LONG * 3)
    )
