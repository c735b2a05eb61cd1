"""Samples of the data on the page: a small image and its text, with what there is to say about them."""

import base64
from io import BytesIO

from PIL import Image

from mm_keras.comparison.report.markup import from_user, tag
from mm_keras.image import read_image
from mm_keras.utils.formatting import shorten

SIDE = 220  # pixels of the longer side
TEXT_WIDTH = 220  # columns


def image_of(data, index):
    """The image of a sample as an <img>, or a gray field that says why not; None without images at all."""
    if "image" not in data.modalities:
        return None
    sample = data["image"][index]
    if sample is None:
        return tag("div", "no image", class_="nothing")
    try:
        kind, content = small_image(sample)
    except (OSError, ValueError, TypeError):
        return tag("div", "image not readable", class_="nothing")
    encoded = base64.b64encode(content).decode()
    return tag(
        "img", src=f"data:image/{kind};base64,{encoded}", alt=f"image of sample {data.ids[index]}"
    )


def small_image(sample):
    """(kind, bytes) of an image with at most `SIDE` pixels along a side: PNG or JPEG, whichever is shorter."""
    image = Image.fromarray(read_image(sample, gray=False))
    image.thumbnail((SIDE, SIDE))
    found = {}
    for kind, options in (("png", {"optimize": True}), ("jpeg", {"quality": 80})):
        file = BytesIO()
        image.save(file, format=kind, **options)
        found[kind] = file.getvalue()
    return min(found.items(), key=lambda item: len(item[1]))


def text_of(data, index, width=TEXT_WIDTH):
    """The text of a sample, cut after some 200 characters; None without texts at all."""
    if "text" not in data.modalities:
        return None
    text = " ".join((data["text"][index] or "").split())
    if not text:
        return tag("p", "(no text)", class_="muted")
    return from_user(shorten(text, width), "p")


def label_of(data, index):
    """The class names of a sample."""
    if data.labels is None:
        return "no label"
    if not data.is_multi_label:
        return data.class_names[data.labels[index]]
    return (
        ", ".join(name for name, on in zip(data.class_names, data.labels[index]) if on)
        or "no label"
    )


def card(data, index, *lines):
    """A sample: its image, then the lines about it, then its text."""
    return tag(
        "figure",
        image_of(data, index),
        tag("figcaption", lines, text_of(data, index)),
        class_="card",
    )


def cards(members):
    """Samples beside each other, as many as there is room for."""
    return tag("div", list(members), class_="cards")
