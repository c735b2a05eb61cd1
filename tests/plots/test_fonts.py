"""Fonts: those that a figure's characters need are found; one warning if there are none."""

import warnings

import pytest

from mm_keras.plots import fonts
from mm_keras.plots.figure import as_png, in_style, new_figure
from mm_keras.utils.messages import FontWarning

FILES = {"Two.ttf": frozenset("天"), "One.ttf": frozenset("天地"), "Other.ttf": frozenset("한")}


@pytest.fixture
def installed(monkeypatch):
    """Three fonts, beside the default one, which has the letters a to c only."""
    names = {file.removesuffix(".ttf"): file for file in FILES}
    monkeypatch.setattr(fonts, "_installed", lambda: names)
    monkeypatch.setattr(fonts, "_characters_of", lambda path: FILES.get(path, frozenset("abc")))
    monkeypatch.setattr(fonts, "_warned", [])
    fonts.fonts_for.cache_clear()
    yield
    fonts.fonts_for.cache_clear()


@pytest.mark.parametrize(
    "characters, expected",
    [
        ("abc a", ((), "")),
        ("a天", (("Two",), "")),
        ("天地한", (("One", "Other"), "")),
        ("天x\n", (("Two",), "x")),
    ],
)
def test_the_fewest_fonts_with_all_characters_are_found(installed, characters, expected):
    assert fonts.fonts_for(characters) == expected


@in_style
def figure_with(title):
    figure = new_figure(2, 1)
    figure.add_subplot().set_title(title)
    return figure


def test_one_warning_names_what_no_font_has(installed, monkeypatch):
    monkeypatch.setattr(fonts, "_installed", dict)
    with pytest.warns(FontWarning, match="No installed font has the characters xyz. .*Install"):
        fonts.use_fonts(figure_with("a xyz"))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fonts.use_fonts(figure_with("another w"))


def test_texts_get_the_fonts_that_they_need(installed, monkeypatch):
    figure = figure_with("ab 天")
    title = figure.axes[0].title
    before = title.get_fontfamily()
    fonts.use_fonts(figure)
    fonts.use_fonts(figure)  # as it is drawn again
    assert title.get_fontfamily() == [*before, "Two"]


def test_an_installed_font_is_used_for_what_the_default_one_lacks():
    more, missing = fonts.fonts_for("天", ("DejaVu Sans",))
    if missing:
        pytest.skip("no font with Chinese characters is installed")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert as_png(figure_with("天")) != as_png(figure_with("地"))
