"""Small parts that several images need: cut words, images as arrays, lines at known answers, whole ticks."""

import textwrap
from numbers import Real

from matplotlib.ticker import MaxNLocator

from mm_keras.image import read_image
from mm_keras.plots.figure import GRAY
from mm_keras.utils.formatting import num_columns, shorten_name


def wrapped(text, width, num_lines):
    """The text in lines of at most `width` columns, at most `num_lines` of them, with "…" where it was cut."""
    text = " ".join(str(text).split())
    signs_per_line = max(1, int(width * len(text) / max(1, num_columns(text))))
    return "\n".join(textwrap.wrap(text, signs_per_line, max_lines=num_lines, placeholder=" …"))


def as_image(sample, gray=False):
    """An image as the extractors see it: uint8 (H, W, 3), or (H, W) when `gray`; None stays None.

    Args:
        sample: what `mm_keras.image.read_image` takes (an array, a path), or None.
        gray: bool.
    """
    return None if sample is None else read_image(sample, gray=gray)


def pale(image, darkest):
    """A gray image (H, W) of floats from `darkest` to 1, on which colored marks stand out."""
    return darkest + (1 - darkest) / 255 * as_image(image, gray=True)


def show_image(axes, image, message="no image", **options):
    """Draw an image (or a gray field with a message where there is none) without ticks or frame."""
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    if image is None:
        axes.set_facecolor("#EEEEEE")
        axes.text(
            0.5, 0.5, message, transform=axes.transAxes, ha="center", va="center", color="#555555"
        )
        return
    options = {"cmap": "gray", "vmin": 0, "vmax": 1, **options} if image.ndim == 2 else options
    axes.imshow(image, **options)


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
        label = f"{meaning}{shorten_name(' and '.join(same), 24)}: {value:.3f}"
        handles.append(
            line(
                value,
                color=("black", GRAY)[i // len(dashes) % 2],
                linestyle=dashes[i % len(dashes)],
                linewidth=1.4,
                zorder=3,
                clip_on=False,
                label=label,
            )
        )
    return handles


def whole_numbers(axis):
    """Ticks at whole numbers only, also where there is room for a single one."""
    axis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))
