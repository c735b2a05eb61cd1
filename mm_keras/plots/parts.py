"""Helpers shared by several plots: wrapped text, images as arrays, reference lines, ticks."""

import math
import textwrap
from itertools import cycle
from numbers import Real

from matplotlib.ticker import MaxNLocator

from mm_keras.image import read_image
from mm_keras.plots.figure import GRAY
from mm_keras.utils.formatting import join_words, num_columns

# Inches of a text column and of a line at the size of legends, and text columns of a handle.
LEGEND_COLUMN, LEGEND_LINE, LEGEND_HANDLE = 0.078, 0.2, 7

ENLARGED = 128  # images of so many pixels or fewer are drawn with sharp pixels


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
    if max(image.shape[:2]) <= ENLARGED:  # sharp pixels, and small PNG files
        options = {"interpolation": "nearest", **options}
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


# One dash pattern per name in every figure. Solid lines and the dashes of matplotlib are those of
# learning curves (training, validation) and of intervals.
TRUTH_DASHES = {
    "both": (0, (9, 2)),
    "text": (0, (1, 1.5)),
    "image": (0, (4, 1.5, 1, 1.5)),
    "video": (0, (4, 1.5, 1, 1.5, 1, 1.5)),
    "audio": (0, (9, 1.5, 1, 1.5)),
    "additive": (0, (2, 2)),
    "majority": (0, (1, 4)),
    "chance": (0, (1, 4)),
}
OTHER_DASHES = ((0, (6, 4)), (0, (3, 4)), (0, (9, 3, 3, 3)), (0, (1, 2.5)))


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
    others = cycle(OTHER_DASHES)
    handles = []
    for value, equal in names.items():
        known = [name for name in TRUTH_DASHES if name in equal]
        line = axes.axhline if across == "y" else axes.axvline
        prefix = "" if equal[0] in ("majority", "chance") else "best possible, "
        handles.append(
            line(
                value,
                color="black" if known else GRAY,
                linestyle=TRUTH_DASHES[known[0]] if known else next(others),
                linewidth=1.4,
                zorder=3,
                clip_on=False,
                label=f"{prefix}{join_words(equal)}: {value:.3f}",
            )
        )
    return handles


def legend_below(figure, handles, columns=2):
    """Add a legend below the axes, wide enough for its labels; the figure grows by its height.

    Long labels are wrapped, never cut. There are as many columns as fit, up to `columns`.
    """
    if not handles:
        return
    width, height = figure.get_size_inches()
    room = int((width - 0.3) / LEGEND_COLUMN)  # text columns, including handles
    labels = [str(handle.get_label()) for handle in handles]
    widest = max(map(num_columns, labels)) + LEGEND_HANDLE
    columns = max(1, min(columns, room // widest, len(handles)))
    wrapped = [wrap_text(label, room // columns - LEGEND_HANDLE, 99) for label in labels]
    rows = math.ceil(len(handles) / columns)  # a legend is filled column by column
    lines = max(
        sum(label.count("\n") + 1 for label in wrapped[start : start + rows])
        for start in range(0, len(wrapped), rows)
    )
    figure.set_size_inches(width, height + 0.1 + LEGEND_LINE * lines)
    for handle, label in zip(handles, wrapped):
        handle.set_label(label)
    figure.legend(handles=handles, loc="outside lower center", ncols=columns)


def integer_ticks(axis):
    """Set ticks at integers only, even if there is room for just one."""
    axis.set_major_locator(MaxNLocator("auto", steps=[1, 2, 5, 10], integer=True, min_n_ticks=1))
