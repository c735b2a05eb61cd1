"""Small parts that several pictures need: cut words, pictures as arrays, lines at known answers, whole ticks."""

import textwrap
import unicodedata
from numbers import Real

from matplotlib.ticker import MaxNLocator

from mm_keras.plots.figure import GREY


def num_columns(text):
    """Width of a text in columns of a typewriter: East Asian signs take two, accents over other signs none."""
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in text)
    return len(text) + wide - sum(unicodedata.category(sign) in ("Mn", "Me", "Cf") for sign in text)


def cut(text, width):
    """The text in at most `width` columns, with "…" where its middle was left out: names often differ at their ends.

    Example:
        >>> cut("economics", 6)
        'eco…cs'
    """
    text = " ".join(str(text).split())
    if num_columns(text) <= width:
        return text
    left, right = text[:len(text) // 2], text[len(text) // 2:]
    while num_columns(left + right) > width - 1:
        if num_columns(left) >= 2 * num_columns(right):
            left = left[:-1]
        else:
            right = right[1:]
    return f"{left.rstrip()}…{right.lstrip()}"


def wrapped(text, width, num_lines):
    """The text in lines of at most `width` columns, at most `num_lines` of them, with "…" where it was cut."""
    text = " ".join(str(text).split())
    signs_per_line = max(1, int(width * len(text) / max(1, num_columns(text))))
    return "\n".join(textwrap.wrap(text, signs_per_line, max_lines=num_lines, placeholder=" …"))


def as_picture(sample, grey=False):
    """A picture as the extractors see it: uint8 (H, W, 3), or (H, W) when `grey`; None stays None.

    Args:
        sample: what `mm_keras.image.read_image` takes (an array, a path), or None.
        grey: bool.
    """
    from mm_keras.image import read_image

    return None if sample is None else read_image(sample, grey=grey)


def pale(picture, darkest):
    """A grey picture (H, W) of floats from `darkest` to 1, on which coloured marks stand out."""
    return darkest + (1 - darkest) / 255 * as_picture(picture, grey=True)


def show_picture(axes, picture, message="no picture", **options):
    """Draw a picture (or a grey field with a message where there is none) without ticks or frame."""
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    if picture is None:
        axes.set_facecolor("#EEEEEE")
        axes.text(0.5, 0.5, message, transform=axes.transAxes, ha="center", va="center", color="#555555")
        return
    options = {"cmap": "gray", "vmin": 0, "vmax": 1, **options} if picture.ndim == 2 else options
    axes.imshow(picture, **options)


def truth_lines(axes, truth, across="y"):
    """Thin lines at known answers, e.g. the best possible accuracies {"text": 0.7, "both": 0.9}; their legend entries.

    Args:
        axes: matplotlib Axes.
        truth: dict, name -> value, e.g. `data.info["truth"]`, or None. Entries that are no numbers are left out, equal
            values share a line. "majority" and "chance" are no best possible accuracies and are not called so.
        across: "y" for horizontal lines at y = value, "x" for vertical ones.
    """
    names = {}
    for name, value in (truth or {}).items():
        if isinstance(value, Real):
            names.setdefault(float(value), []).append(name)
    dashes = [(0, (1, 1.5)), (0, (5, 2)), (0, (7, 2, 1, 2)), "solid"]
    handles = []
    for i, (value, same) in enumerate(names.items()):
        line = axes.axhline if across == "y" else axes.axvline
        meaning = "" if same[0] in ("majority", "chance") else "best possible, "
        label = f"{meaning}{cut(' and '.join(same), 24)}: {value:.3f}"
        handles.append(line(value, color=("black", GREY)[i // len(dashes) % 2], linestyle=dashes[i % len(dashes)],
                            linewidth=1.4, zorder=3, clip_on=False, label=label))
    return handles


def whole_numbers(axis):
    """Ticks at whole numbers only, also where there is room for a single one."""
    axis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))
