"""Helpers shared by several plots: wrapped text, images as arrays, reference lines, ticks."""

import textwrap
from numbers import Real

from matplotlib.ticker import MaxNLocator

from mm_keras.image import read_image
from mm_keras.plots.figure import GRAY
from mm_keras.utils.formatting import num_columns, shorten_name


def wrap_text(text, width, num_lines):
    """Wrap a text into at most `num_lines` lines of `width` columns; "…" marks omitted text."""
    text = " ".join(str(text).split())
    line_length = max(1, int(width * len(text) / max(1, num_columns(text))))
    return "\n".join(textwrap.wrap(text, line_length, max_lines=num_lines, placeholder=" …"))


def as_image(sample, gray=False):
    """Read an image as uint8 array (H, W, 3), or (H, W) if `gray`; None stays None.

    Args:
        sample: any source that `mm_keras.image.read_image` accepts (an array, a path), or None.
        gray: bool.
    """
    return None if sample is None else read_image(sample, gray=gray)


def pale(image, darkest):
    """A pale gray image, float array (H, W) from `darkest` to 1, on which colors stand out."""
    return darkest + (1 - darkest) / 255 * as_image(image, gray=True)


def show_image(axes, image, message="no image", **options):
    """Draw an image without ticks or frame; for None, a gray field with a message."""
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


def show_in_square(axes, sample):
    """Read and draw an image, centered in a square: images of any shape get the same space.

    A missing image is drawn as "no image", one that cannot be read as "not readable".
    """
    message = "no image"
    try:
        image = as_image(sample)
    except (OSError, ValueError):
        image, message = None, "not readable"
    show_image(axes, image, message, aspect="auto")
    axes.set_box_aspect(1)
    if image is not None:
        height, width = image.shape[:2]
        half = max(height, width) / 2
        x, y = (width - 1) / 2, (height - 1) / 2
        axes.set(xlim=(x - half, x + half), ylim=(y + half, y - half))


def truth_lines(axes, truth, across="y"):
    """Draw thin lines at known accuracies; returns the list of lines as legend handles.

    Args:
        axes: matplotlib Axes.
        truth: dict, name -> value, e.g. `data.info["truth"]`, or None. Values that are not numbers
            are ignored, and equal values share a line. All names are labeled "best possible",
            except "majority" and "chance".
        across: "y" for horizontal lines at y = value, "x" for vertical ones.
    """
    names = {}
    for name, value in (truth or {}).items():
        if isinstance(value, Real):
            names.setdefault(float(value), []).append(name)
    dashes = [(0, (1, 1.5)), (0, (5, 2)), (0, (7, 2, 1, 2)), "solid"]
    handles = []
    for i, (value, equal) in enumerate(names.items()):
        line = axes.axhline if across == "y" else axes.axvline
        prefix = "" if equal[0] in ("majority", "chance") else "best possible, "
        label = f"{prefix}{shorten_name(' and '.join(equal), 24)}: {value:.3f}"
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


def integer_ticks(axis):
    """Set ticks at integers only, even if there is room for just one."""
    axis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))
