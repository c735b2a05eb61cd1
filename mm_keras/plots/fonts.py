"""Fonts for the characters that the default font lacks, found among all installed fonts."""

import functools
import warnings
from pathlib import Path

from matplotlib import font_manager
from matplotlib.font_manager import FontProperties
from matplotlib.text import Text

from mm_keras.utils.messages import FontWarning

# Of several fonts with the same characters, these are preferred, in this order.
PREFERRED = (
    "Noto Sans",
    "Noto Sans CJK SC",
    "Noto Sans SC",
    "Source Han Sans SC",
    "Microsoft YaHei",
    "PingFang SC",
    "Hiragino Sans GB",
    "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei",
    "SimHei",
)
HINT = (
    "They are drawn as boxes. Install a font that has them, such as Noto: on Debian and Ubuntu "
    "`apt install fonts-noto-core fonts-noto-cjk`, elsewhere from your system's settings or "
    "package manager."
)


def use_fonts(figure):
    """Give every text of a figure the installed fonts that its characters need.

    Characters that no installed font has are drawn as boxes, with one warning.
    """
    lacking = {}
    for text in figure.findobj(Text):
        families = tuple(text.get_fontfamily())
        more, missing = fonts_for("".join(sorted(set(text.get_text()))), families)
        lacking.update(dict.fromkeys(missing))
        if more := [name for name in more if name not in families]:
            text.set_fontfamily([*families, *more])
    if lacking:
        _warn_once("".join(lacking))


_warned = []  # the characters of the one warning of this process


def _warn_once(characters):
    if not _warned:
        _warned.append(characters)
        shown = characters[:10] + ("..." if len(characters) > 10 else "")
        message = f"No installed font has the characters {shown}. {HINT}"
        warnings.warn(message, FontWarning, stacklevel=2)


@functools.lru_cache(maxsize=1000)
def fonts_for(characters, families=("sans-serif",)):
    """Names of further fonts that some characters need, and the characters that none has.

    Args:
        characters: str.
        families: tuple of str, the fonts that are used already.

    Returns:
        (tuple of str, str).

    Example:
        >>> fonts_for("abc")
        ((), '')
    """
    missing = {c for c in characters if not c.isspace() and c.isprintable()}
    for family in families:
        missing -= _characters_of(font_manager.findfont(FontProperties(family=[family])))
    fonts = []
    while missing:
        name, found = _best_font(missing)
        if not found:
            break
        fonts.append(name)
        missing -= found
    return tuple(fonts), "".join(c for c in characters if c in missing)


def _best_font(characters):
    """The name of the installed font with most of some characters, and those that it has."""
    best = ("", frozenset())
    for name, path in _installed().items():
        found = characters & _characters_of(path)
        if len(found) > len(best[1]):
            best = name, found
    return best


@functools.cache
def _installed():
    """Dict, name of an installed font -> its file, the preferred ones first."""
    known = {font.fname for font in font_manager.fontManager.ttflist}
    for path in font_manager.findSystemFonts():
        if path not in known:  # installed after matplotlib wrote its list of fonts
            try:
                font_manager.fontManager.addfont(path)
            except Exception:  # matplotlib cannot read every font, such as bitmaps
                continue
    regular = {}
    for font in font_manager.fontManager.ttflist:
        if font.style == "normal" and font.weight in (400, "normal", "regular", "book"):
            regular.setdefault(font.name, font.fname)
    for font in font_manager.fontManager.ttflist:  # fonts of other weights only
        regular.setdefault(font.name, font.fname)
    order = {name: i for i, name in enumerate(PREFERRED)}
    return dict(sorted(regular.items(), key=lambda item: (order.get(item[0], 99), item[0])))


@functools.cache
def _characters_of(path):
    """The characters of a font file, frozenset; empty if it cannot be read."""
    if Path(path).name.startswith("LastResort"):  # it has a box for every character
        return frozenset()
    try:
        return frozenset(map(chr, font_manager.get_font(path).get_charmap()))
    except Exception:
        return frozenset()
