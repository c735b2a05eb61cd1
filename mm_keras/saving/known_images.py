"""The image and video extractors of mm_keras in saved files: settings and learned values."""

import math

from mm_keras.saving.rules import (
    Known,
    Node,
    array,
    either,
    exactly,
    flag,
    integer,
    node,
    number,
    series,
    size,
)

MIN_SIFT_SIDE = 12
MAX_PIXELS = 2**24  # of an image after resizing; 4 times as many where SIFT enlarges it
MAX_POINTS = 2**20  # descriptors of an image
SIFT_USES = {"idf_": "tfidf", "width_": "soft"}
NONE = exactly(None)
POSITIVE = integer(1)
PAIR = series(POSITIVE, POSITIVE)


def _image(expected_shape, parameters, attributes=None, optional=()):
    """A class of image extractors; `expected_shape(parameters, rows, columns, sizes)` of a row."""

    def fits(saved):
        rows, columns = map(int, saved.attributes["size_"])
        expected = expected_shape(saved.parameters, rows, columns, saved)
        return rows * columns <= MAX_PIXELS and expected is not None and shape(saved) == expected

    def shape(saved):
        return tuple(map(int, saved.attributes["output_shape_"]))

    return Known(
        {"size": either(NONE, POSITIVE, PAIR), "strict": flag, **parameters},
        {
            "size_": PAIR,
            "output_shape_": either(series(POSITIVE), series(*[POSITIVE] * 3)),
            **(attributes or {}),
        },
        frozenset(optional),
        shape,
        fits,
    )


def _pixels_shape(parameters, rows, columns, saved):
    return rows, columns, 1 if parameters["gray"] else 3


def _hog_shape(parameters, rows, columns, saved):
    (height, width), (down, across) = parameters["pixels_per_cell"], parameters["cells_per_block"]
    rows, columns = rows // height - down + 1, columns // width - across + 1
    channels = down * across * parameters["orientations"]
    if min(rows, columns) < 1:
        return None
    return (
        (rows * columns * channels,) if parameters["feature_vector"] else (rows, columns, channels)
    )


def _sift_shape(parameters, rows, columns, saved):
    missing = {"tfidf", "soft"} & {parameters["weighting"], parameters["assignment"]}
    missing -= {use for name, use in SIFT_USES.items() if name in saved.attributes}
    if min(rows, columns) < MIN_SIFT_SIDE or missing:
        return None
    if parameters["dense"] is None:
        if rows * columns * parameters["upsampling"] ** 2 > 4 * MAX_PIXELS:
            return None
    elif rows * columns // parameters["dense"] ** 2 > MAX_POINTS:
        return None
    return ((5 if parameters["pyramid"] else 1) * saved.sizes["words"],)


def _color_shape(parameters, rows, columns, saved):
    hue, saturation, value = parameters["bins"]
    return (hue * saturation * value,)


IMAGES = {
    "Pixels": _image(_pixels_shape, {"gray": flag}),
    "ColorHistogram": _image(_color_shape, {"bins": series(POSITIVE, POSITIVE, POSITIVE)}),
    "HOG": _image(
        _hog_shape,
        {
            "orientations": POSITIVE,
            "pixels_per_cell": PAIR,
            "cells_per_block": PAIR,
            "block_norm": exactly("L1", "L1-sqrt", "L2", "L2-Hys"),
            "transform_sqrt": flag,
            "feature_vector": flag,
            "channel_axis": exactly(None, -1),
        },
    ),
    "SIFT": _image(
        _sift_shape,
        {
            "num_words": POSITIVE,
            "backend": exactly("auto", "skimage", "opencv"),
            "upsampling": exactly(1, 2, 4),
            "dense": either(NONE, POSITIVE),
            "root": flag,
            "assignment": exactly("hard", "soft"),
            "weighting": exactly("sqrt", "tfidf", None),
            "pyramid": flag,
            "num_descriptors": POSITIVE,
            "random_state": either(NONE, integer(0, 2**32)),
        },
        {
            "codebook_": array("words", 128),
            "idf_": array("words"),
            "width_": number(0),
            "backend_": exactly("skimage", "opencv"),
        },
        optional=("idf_", "width_"),
    ),
}

# --- Films


def _extractors(value, sizes):
    """None, an extractor, or a list of them, fitted or not."""
    return (
        all(isinstance(item, Node) for item in value or ())
        if isinstance(value, (list, tuple))
        else value is None or isinstance(value, Node)
    )


def _frames_fit(saved):
    rows, columns = map(int, saved.attributes["size_"])
    shape = saved.attributes["extractor_"].shape
    return rows * columns * saved.sizes["steps"] <= 16 * MAX_PIXELS and (
        shape is None or math.prod(shape) == saved.sizes["columns"]
    )


FILMS = {
    "Frames": Known(
        {"extractor": _extractors, "num_steps": size("steps"), "strict": flag},
        {
            "extractor_": node(),
            "size_": PAIR,
            "output_shape_": series(size("steps"), size("columns")),
        },
        shape=lambda saved: (saved.sizes["steps"], saved.sizes["columns"]),
        fits=_frames_fit,
    )
}
