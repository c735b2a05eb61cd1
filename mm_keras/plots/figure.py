"""The style of all figures, applied while they are built and while they are drawn."""

import functools
import re
import sys
import warnings
from collections.abc import Callable
from contextlib import contextmanager
from io import BytesIO
from typing import TypeVar

import matplotlib
from matplotlib import font_manager
from matplotlib.colors import LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure

from mm_keras.plots.fonts import use_fonts
from mm_keras.utils.formatting import shorten

Function = TypeVar("Function", bound=Callable)

# Seven of the eight colors of Okabe and Ito (2008), which are distinguishable with color vision
# deficiencies. The eighth, yellow, is too pale for lines.
COLORS = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#000000")
BLUE, SKY, ORANGE, GRAY = COLORS[0], COLORS[4], COLORS[5], "#767676"
AGAINST = "#3793CE"  # as dark as ORANGE (CIE lightness 58 and 54): equal weights look equal
COUNTS = LinearSegmentedColormap.from_list("counts", ["white", BLUE])  # zero is white in all three
FOR = LinearSegmentedColormap.from_list("for", ["white", ORANGE])  # black words stay legible on it
AGAINST_FOR = LinearSegmentedColormap.from_list("against_for", [AGAINST, "white", ORANGE])

STYLE = {
    "font.size": 10,
    "axes.titlesize": 11,
    "axes.labelsize": 10,
    "legend.fontsize": 9,
    "xtick.labelsize": 9,
    "ytick.labelsize": 9,
    "figure.facecolor": "white",
    "axes.facecolor": "white",
    "text.color": "black",
    "axes.labelcolor": "black",
    "axes.titlecolor": "black",
    "axes.edgecolor": "black",
    "xtick.color": "black",
    "ytick.color": "black",
    "axes.grid": False,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "legend.frameon": False,
    "text.hinting": "no_hinting",  # else the width of each character is rounded to pixels
    "text.parse_math": False,
    "text.usetex": False,  # "$5 to $10" in a text is not a formula
}


DPI = 144  # sharp on screens with two pixels per point
SCREEN_DPI = 100  # at which notebooks show a figure
ALT_LENGTH = 1000  # characters of the alternative text at most
NUMBER = re.compile(r"[−+-]?[0-9.,]*")  # tick labels that only number an axis


class QuietFigure(Figure):
    """A Figure that is drawn in the style, with the fonts that its characters need.

    `kind` says what it shows, for the alternative text: the first line of the docstring of the
    function that made it, without the verb.
    """

    kind = ""

    def draw(self, renderer):
        with style():
            use_fonts(self)
            super().draw(renderer)

    def get_tightbbox(self, *args, **kwargs):
        with style():
            use_fonts(self)
            return super().get_tightbbox(*args, **kwargs)


@contextmanager
def style():
    """Context manager: apply the style, and ignore warnings about missing characters."""
    installed = {font.name for font in font_manager.fontManager.ttflist}
    candidates = [*matplotlib.rcParams["font.family"], *matplotlib.rcParams["font.sans-serif"]]
    families = [name for name in dict.fromkeys(candidates) if name in installed] or ["DejaVu Sans"]
    with matplotlib.rc_context({**STYLE, "font.family": families}), warnings.catch_warnings():
        warnings.filterwarnings(
            "ignore", message="(?s)Glyph .* missing from|Matplotlib currently does not support"
        )
        yield


def in_style(function: Function) -> Function:
    """Decorator: apply the style while a function builds a figure."""

    @functools.wraps(function)
    def run(*args, **kwargs):
        with style():
            figure = function(*args, **kwargs)
        if function.__doc__ and not getattr(figure, "kind", "?"):
            summary = function.__doc__.strip().partition("\n")[0]
            shows = summary.partition(" ")[2]  # without "Plot" or "Draw"
            figure.kind = shows[:1].upper() + shows[1:]
        return figure

    return run


def new_figure(width, height, layout="constrained"):
    """An empty figure of `width` x `height` inches, unknown to pyplot."""
    _show_in_notebooks()
    return QuietFigure(figsize=(width, height), layout=layout, dpi=DPI)


def inch_axes(figure, left, top, width, height):
    """Axes at a position in inches, measured from the upper left corner of the figure."""
    figure_width, figure_height = figure.get_size_inches()
    return figure.add_axes(
        [
            left / figure_width,
            1 - (top + height) / figure_height,
            width / figure_width,
            height / figure_height,
        ]
    )


def _show_in_notebooks():
    """Register a PNG formatter of the figures with IPython, unless the user chose another type."""
    shell = sys.modules["IPython"].get_ipython() if "IPython" in sys.modules else None
    if shell is None:
        return
    formatters = shell.display_formatter.formatters
    if not any(
        Figure in formatter.type_printers
        for mime_type, formatter in formatters.items()
        if mime_type not in ("image/png", "text/plain")
    ):
        formatters["image/png"].for_type(QuietFigure, _as_notebook_png)


def _as_notebook_png(figure):
    """The PNG and its metadata: alternative text, and the size on the screen in pixels."""
    width, height = (round(SCREEN_DPI * inches) for inches in figure.get_size_inches())
    return as_png(figure), {"alt": alt_text(figure), "width": width, "height": height}


def alt_text(figure):
    """What a figure shows, and the texts in it, for readers who cannot see it."""
    parts = []
    for axes in figure.axes:
        ticks = [*axes.get_xticklabels(), *axes.get_yticklabels()] if axes.axison else []
        parts += [[axes.title], [axes._left_title], [axes.xaxis.label], [axes.yaxis.label]]
        parts += [[tick] for tick in ticks if not NUMBER.fullmatch(tick.get_text())]
        parts += [axes.texts]
    parts += [[text] for text in figure.texts]
    parts += [[text] for legend in figure.legends for text in legend.get_texts()]
    words = [" ".join(" ".join(text.get_text() for text in part).split()) for part in parts]
    texts = "; ".join(dict.fromkeys(word for word in words if word))
    return shorten(f"{figure.kind} Texts: {texts}" if texts else figure.kind, ALT_LENGTH)


def as_png(figure):
    """The bytes of a PNG with 256 colors: less than half the size of a full-color PNG."""
    from PIL import Image

    full, small = BytesIO(), BytesIO()
    figure.savefig(full, format="png")
    image = Image.open(full).convert("RGB")
    # colors of small areas (a color scale) are kept, and k-means mends those of large ones
    palette = {"colors": 256, "method": Image.Quantize.MAXCOVERAGE, "kmeans": 1}
    image.quantize(**palette, dither=Image.Dither.NONE).save(small, format="png", optimize=True)
    return small.getvalue()


def text_color(background):
    """Black or white, whichever has more contrast with a background color (WCAG 2)."""
    linear = [
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in to_rgb(background)
    ]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "black" if (luminance + 0.05) ** 2 > 0.05 * 1.05 else "white"


def colors(count):
    """`count` distinct colors: those of Okabe and Ito if there are enough, else from viridis."""
    if count <= len(COLORS):
        return list(COLORS[:count])
    return [matplotlib.colormaps["viridis"](0.95 * i / (count - 1)) for i in range(count)]
