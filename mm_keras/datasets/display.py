"""A few samples of MultimodalData as HTML, as notebooks show them."""

import base64
from collections.abc import Mapping
from io import BytesIO

import numpy as np

from mm_keras.utils.formatting import shorten
from mm_keras.utils.image_files import open_image
from mm_keras.utils.markup import tag, user_text

NUM_SAMPLES = 5
SIDE = 64  # pixels of the longer side of an image
TEXT_WIDTH = 160  # columns of text


def as_html(data):
    """A table of samples at even distances, with small images."""
    num_rows = min(NUM_SAMPLES, len(data))
    rows = np.linspace(0, len(data) - 1, num_rows).round().astype(int).tolist()
    titles = ["id", *([] if data.labels is None else ["label"]), *data.modalities]
    lines = [
        tag("tr", [tag("td", cell, style="text-align: left") for cell in _cells(data, row)])
        for row in rows
    ]
    head = tag("tr", [tag("th", title, style="text-align: left") for title in titles])
    table = tag("table", tag("thead", head), tag("tbody", lines))
    return tag("div", tag("p", repr(data)), table)


def label_of(data, index):
    """The class name or names of a sample."""
    if data.labels is None:
        return "no label"
    if not data.is_multi_label:
        return data.class_names[data.labels[index]]
    return (
        ", ".join(name for name, on in zip(data.class_names, data.labels[index]) if on)
        or "no label"
    )


def _cells(data, row):
    labels = [] if data.labels is None else [user_text(label_of(data, row))]
    samples = [_sample(name, data[name][row]) for name in data.modalities]
    return [data.ids[row], *labels, *samples]


def _sample(modality, sample):
    if sample is None:
        return tag("i", "missing")
    if modality.partition("_")[0] == "image":
        try:
            return _thumbnail(sample)
        except (OSError, ValueError, TypeError):
            return tag("i", "not readable")
    if isinstance(sample, np.ndarray) and sample.size > 8:
        return f"array {sample.shape}"
    return user_text(shorten(sample, TEXT_WIDTH))


def _thumbnail(sample):
    """A sample of images as an <img> of at most `SIDE` pixels per side."""
    from PIL import Image, ImageOps

    if isinstance(sample, Mapping):
        sample = sample.get("bytes") or sample.get("path")
    if isinstance(sample, (bytes, bytearray)):
        sample = BytesIO(sample)
    if isinstance(sample, np.ndarray):
        if sample.dtype != np.uint8:
            scale = 1 if sample.dtype.kind == "f" else max(sample.max(), 1)
            sample = np.clip(sample / scale, 0, 1) * 255
        image = Image.fromarray(np.squeeze(sample.astype(np.uint8)))
    else:
        image = sample if hasattr(sample, "getbands") else open_image(sample)
    image = ImageOps.exif_transpose(image).convert("RGB")
    image.thumbnail((SIDE, SIDE))
    file = BytesIO()
    image.save(file, format="PNG")
    encoded = base64.b64encode(file.getvalue()).decode()
    return tag("img", src=f"data:image/png;base64,{encoded}", alt="image")
