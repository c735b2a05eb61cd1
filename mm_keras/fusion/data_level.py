"""Data-level fusion: the raw text and the raw image on one canvas, then a head."""

from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from mm_keras.fusion.inputs import (
    checked_shapes,
    format_shapes,
    head_reads,
    make_inputs,
    resolve,
    split_options,
)
from mm_keras.fusion.registry import CANVASES
from mm_keras.heads.layout import LAYOUT, rank_of, to_sequence, to_vector
from mm_keras.heads.registry import HEADS
from mm_keras.utils.messages import did_you_mean
from mm_keras.utils.shapes import num_ids_of


def data_level_model(
    shapes: dict[str, tuple[int, ...]],
    num_classes: int,
    operator: str = "concat",
    head: str | Callable = "cnn",
    multi_label: bool = False,
    **head_options: Any,
) -> keras.Model:
    """An uncompiled Keras model that fuses raw arrays on one canvas: probabilities = head(canvas).

    No learned layer comes before the canvas. `concat` lays the text plane as a strip of rows below
    the image. `product` stretches it to the image's size and lets it modulate the image,
    canvas = image * (1 + text). The canvas is the output of the layer named "fused".

    The cnn and rnn heads get 4 * (canvas - 1/2), from black -2 to white 2: gray is zero, and
    differences are of order 1, as their initial weights expect. With values from 0 to 1, a cnn can
    stay at chance level where only the combination is informative. The rnn head reads the rows from
    top to bottom; for `concat` every row then begins with flags that indicate its modality. The
    linear and dense heads read all values in one row, so there `concat` takes arrays of any shape.

    Args:
        shapes: dict, modality -> (rows, columns, 1 or 3): text planes and pixels; two or more. The
            modality "image" lies on top, or the first one when there is none.
        num_classes: int >= 2.
        operator: str, "concat" (default) or "product".
        head: str, one of HEADS (default "cnn"), or a function with the same signature.
        multi_label: bool, one independent sigmoid per label instead of softmax; default False.
        **head_options: options of the head, e.g. units=64, cell="lstm".

    Shapes:
        dict of arrays (n, *shape) -> (n, num_classes), values in [0, 1].

    Raises:
        ValueError: an unknown operator, head or option, token ids, or planes of different width.

    Example:
        >>> shapes = {"text": (8, 32, 1), "image": (32, 32, 1)}
        >>> model = data_level_model(shapes, num_classes=6)
        >>> model.get_layer("fused").output.shape
        (None, 40, 32, 1)

    Reference:
        Gallo et al. (2018), Image and encoded text fusion for multi-modal classification (text
        painted on the image).
        LeCun et al. (1998), Efficient backprop, section 4.3 (inputs around zero).
    """
    shapes = checked_shapes(shapes)
    _check_choices(shapes, operator)
    classify = resolve(head, HEADS, "head")
    (options,) = split_options([classify], head_options)
    reads = head_reads(classify, num_classes)
    inputs = make_inputs(shapes)
    # The image on top, the others in their order.
    planes = dict(sorted(inputs.items(), key=lambda item: item[0] != "image"))
    try:
        canvas = keras.layers.Identity(name="fused")(CANVASES[operator](planes, reads))
        if reads != "vector":
            canvas = keras.layers.Rescaling(4.0, offset=-2.0)(canvas)
        outputs = classify(canvas, num_classes, multi_label=multi_label, **options)
    except ValueError as error:
        raise ValueError(
            f"operator={operator!r} with head={head!r} at data level, "
            f"on {format_shapes(shapes)}: {error}"
        ) from error
    return keras.Model(inputs, outputs, name="data_level")


def concat(planes, reads):
    """All planes stacked vertically: (n, rows_1 + rows_2, columns, channels).

    A head that reads vectors gets all values in one row, one that reads sequences gets rows with
    modality flags.
    """
    if reads == "vector":
        return keras.layers.Concatenate()([to_vector(plane) for plane in planes.values()])
    planes = _same_channels(planes)
    widths = {name: plane.shape[2] for name, plane in planes.items()}
    if len(set(widths.values())) > 1:
        raise ValueError(
            "A strip below an image needs the image's width. Received columns: "
            f"{widths}. Make them equal with the parameters of TextPlane and Pixels; or use "
            "operator='product', or head='dense'."
        )
    if reads == "sequence":
        rows = [to_sequence(plane) for plane in planes.values()]
        return keras.layers.Concatenate(axis=1)(
            [_add_flags(row, i, len(rows)) for i, row in enumerate(rows)]
        )
    return keras.layers.Concatenate(axis=1)(list(planes.values()))


def product(planes, reads):
    """The first plane times (1 + p) for each other plane p, stretched to its size."""
    canvas, *others = _same_channels(planes).values()
    for plane in others:
        stretched = ops.image.resize(
            plane, canvas.shape[1:3], interpolation="nearest", data_format=LAYOUT
        )
        canvas = ops.multiply(canvas, ops.add(stretched, 1.0))
    return canvas


def _same_channels(planes):
    """The planes, with gray ones repeated over three channels if another plane has color."""
    for name, plane in planes.items():
        if rank_of(plane) != 3:
            raise ValueError(
                f"A canvas is made of planes (rows, columns, channels). Received: {name} "
                f"{tuple(plane.shape[1:])}. Use TextPlane() for text and Pixels() for images, or "
                "feature_level_model for features."
            )
    num_channels = max(plane.shape[3] for plane in planes.values())
    planes = {
        name: ops.repeat(plane, num_channels, axis=3)
        if plane.shape[3] == 1 < num_channels
        else plane
        for name, plane in planes.items()
    }
    channels = {name: plane.shape[3] for name, plane in planes.items()}
    if len(set(channels.values())) > 1:
        raise ValueError(
            "Planes need one channel or the same number of channels. Received channels: "
            f"{channels}. Use Pixels() for images; features such as HOG belong in "
            "feature_level_model."
        )
    return planes


def _add_flags(rows, index, count):
    """Rows with a one-hot code of their modality, `count` columns wide, in front."""
    rows = ops.pad(rows, ((0, 0), (0, 0), (count - 1 - index, 0)))
    rows = ops.pad(rows, ((0, 0), (0, 0), (1, 0)), constant_values=1)
    return ops.pad(rows, ((0, 0), (0, 0), (index, 0)))


def _check_choices(shapes, operator):
    if len(shapes) < 2:
        raise ValueError(
            f"Fusion needs two or more modalities. Received: {format_shapes(shapes)}. Use "
            "unimodal_model for one."
        )
    if operator not in CANVASES:
        raise ValueError(
            f"At data level, operator must be one of {', '.join(CANVASES)}. Received: "
            f"{operator!r}.{did_you_mean(operator, CANVASES)} The others need learned projections: "
            "use feature_level_model."
        )
    tokens = [name for name, shape in shapes.items() if num_ids_of(shape)]
    if tokens:
        raise ValueError(
            "Token ids are indices of words, not a raw plane. Received: "
            f"{format_shapes(shapes)}. Use TextPlane() for {', '.join(tokens)}, or "
            "feature_level_model."
        )
