"""Samples of the data as cards: a small image, its text, and lines such as label and prediction."""

import base64
from io import BytesIO

from PIL import Image

from mm_keras.image import read_image
from mm_keras.utils.formatting import shorten
from mm_keras.utils.markup import tag, user_text

SIDE = 220  # pixels of the longer side
TEXT_WIDTH = 220  # columns of text


def image_of(data, index):
    """The image of a sample as an <img>, or a gray box that gives the reason why there is none.

    None if the data has no images at all.
    """
    if "image" not in data.modalities:
        return None
    sample = data["image"][index]
    if sample is None:
        return tag("div", "no image", class_="nothing")
    try:
        image_format, content = small_image(sample)
    except (OSError, ValueError, TypeError):
        return tag("div", "image not readable", class_="nothing")
    encoded = base64.b64encode(content).decode()
    return tag(
        "img",
        src=f"data:image/{image_format};base64,{encoded}",
        alt=f"image of sample {data.ids[index]}",
    )


def small_image(sample):
    """(format, bytes) of an image scaled down to at most `SIDE` pixels per side.

    The format is "png" or "jpeg", whichever needs fewer bytes.
    """
    image = Image.fromarray(read_image(sample, gray=False))
    image.thumbnail((SIDE, SIDE))
    encoded = {}
    for image_format, options in (("png", {"optimize": True}), ("jpeg", {"quality": 80})):
        file = BytesIO()
        image.save(file, format=image_format, **options)
        encoded[image_format] = file.getvalue()
    return min(encoded.items(), key=lambda item: len(item[1]))


def text_of(data, index, width=TEXT_WIDTH):
    """The text of a sample, cut to `width` columns; None if the data has no texts at all."""
    if "text" not in data.modalities:
        return None
    text = " ".join((data["text"][index] or "").split())
    if not text:
        return tag("p", "(no text)", class_="muted")
    return user_text(shorten(text, width), "p")


def card(data, index, *lines):
    """A card with a sample's image, the given lines, and its text."""
    return tag(
        "figure",
        image_of(data, index),
        tag("figcaption", lines, text_of(data, index)),
        class_="card",
    )


def cards(members):
    """Cards side by side, as many per row as fit."""
    return tag("div", list(members), class_="cards")
