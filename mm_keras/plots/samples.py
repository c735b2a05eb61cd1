"""Plot of a few samples: each image with its label above and its text below."""

import math
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.figure import Figure

from mm_keras.plots.figure import in_style, new_figure
from mm_keras.plots.parts import show_in_square, wrap_text
from mm_keras.utils.formatting import shorten_name

if TYPE_CHECKING:
    from mm_keras.datasets import MultimodalData


@in_style
def sample_grid(
    data: "MultimodalData", num_samples: int = 12, seed: int = 0, num_columns: int = 4
) -> Figure:
    """Plot random samples: the image, its label above (without labels its id), its text below.

    A missing image or text is shown as "no image" or "(no text)".

    Args:
        data: MultimodalData with the modality "image", "text" or both. Only the image files of the
            chosen samples are read.
        num_samples: int, maximum number of samples.
        seed: int; the same seed shows the same samples.
        num_columns: int, number of samples per row.

    Returns:
        matplotlib.figure.Figure with one axes per sample.

    Example:
        >>> from mm_keras.datasets import MultimodalData
        >>> names = ["weather", "sports"]
        >>> data = MultimodalData({"text": ["sun", "goal"]}, labels=[0, 1], class_names=names)
        >>> [axes.get_title() for axes in sample_grid(data).axes]
        ['weather', 'sports']
    """
    chosen = np.sort(np.random.default_rng(seed).permutation(len(data))[:num_samples])
    texts = [_text(data, index) for index in chosen]
    columns = max(1, min(num_columns, len(chosen)))
    rows = max(1, math.ceil(len(chosen) / columns))
    text_height = 0.17 * max([text.count("\n") + 1 for text in texts], default=1)
    figure = new_figure(
        2.5 * columns, (0.45 + text_height + (2.4 if "image" in data.modalities else 0)) * rows
    )
    if not len(chosen):
        figure.text(0.5, 0.5, "no samples", ha="center", va="center")
    for position, (index, text) in enumerate(zip(chosen, texts)):
        axes = figure.add_subplot(rows, columns, position + 1)
        axes.set_title(shorten_name(_label(data, index), 28))
        if "image" in data.modalities:
            show_in_square(axes, data["image"][index])
            axes.set_xlabel(text, fontsize=9)
        else:
            axes.set_axis_off()
            axes.text(0.5, 1, text, fontsize=9, ha="center", va="top", transform=axes.transAxes)
    return figure


def _text(data, index):
    """The text in a few short lines, or "(no text)"."""
    if "text" not in data.modalities:
        return ""
    text = data["text"][index]
    return (
        wrap_text(text, 34, 4 if "image" in data.modalities else 7)
        if text and text.strip()
        else "(no text)"
    )


def _label(data, index):
    if data.labels is None:
        return data.ids[index]
    if not data.is_multi_label:
        return data.class_names[data.labels[index]]
    return (
        ", ".join(name for name, on in zip(data.class_names, data.labels[index]) if on)
        or "(no label)"
    )
