"""Data-level fusion: the raw text and the raw image on one canvas, then a head."""

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
from mm_keras.heads.layout import rank_of, to_sequence, to_vector
from mm_keras.heads.registry import HEADS
from mm_keras.utils.shapes import num_ids_of


def data_level_model(
    shapes, num_classes, operator="concat", head="cnn", multi_label=False, **head_options
):
    """An uncompiled Keras model of raw arrays on one canvas, with no learned layer before they meet: head(canvas).

    `concat` lays the text plane as a strip of rows below the image. `product` stretches it to the image's size and
    lets it modulate the image, canvas = image * (1 + text). The canvas is the output of the layer named "fused".
    The cnn and rnn heads get 4 * (canvas - 1/2), from black -2 to white 2: gray is zero, and what differs is of the size of
    1, as their initial weights expect. With values from 0 to 1, a cnn can stay at chance where only the combination tells.
    The rnn head reads its rows from top to bottom; for `concat` every row then begins with flags that tell which
    modality it is from. The linear and dense heads read all numbers in one row, so there `concat` takes arrays of any
    shape.

    Args:
        shapes: dict, modality -> (rows, columns, 1 or 3): text planes and pixels; two or more. The modality "image"
            lies on top, or the first one when there is none.
        num_classes: int >= 2.
        operator: str, "concat" (default) or "product".
        head: str, one of HEADS (default "cnn"), or a function of the same form.
        multi_label: bool, one independent sigmoid per label instead of softmax; default False.
        **head_options: options of the head, e.g. units=64, cell="lstm".

    Shapes:
        dict of arrays (n, *shape) -> (n, num_classes), values in [0, 1].

    Raises:
        ValueError: a choice that does not exist, token ids, or planes of different width.

    Example:
        >>> model = data_level_model({"text": (8, 32, 1), "image": (32, 32, 1)}, num_classes=6)
        >>> model.get_layer("fused").output.shape
        (None, 40, 32, 1)

    Reference: Gallo et al. (2018), Image and encoded text fusion for multi-modal classification (text painted on the
        image). LeCun et al. (1998), Efficient backprop, section 4.3 (inputs around zero).
    """
    shapes = checked_shapes(shapes)
    _check_choices(shapes, operator)
    classify = resolve(head, HEADS, "head")
    (options,) = split_options([classify], head_options)
    reads = head_reads(classify, num_classes)
    inputs = make_inputs(shapes)
    planes = dict(
        sorted(inputs.items(), key=lambda item: item[0] != "image")
    )  # the image on top, others in order
    try:
        canvas = keras.layers.Identity(name="fused")(CANVASES[operator](planes, reads))
        if reads != "vector":
            canvas = keras.layers.Rescaling(4.0, offset=-2.0)(canvas)
        outputs = classify(canvas, num_classes, multi_label=multi_label, **options)
    except ValueError as error:
        raise ValueError(
            f"operator={operator!r} with head={head!r} at data level, on {format_shapes(shapes)}: "
            f"{error}"
        ) from error
    return keras.Model(inputs, outputs, name="data_level")


def concat(planes, reads):
    """All planes one below the other: (n, rows_1 + rows_2, columns, channels); flagged rows for a head of steps."""
    if reads == "vector":
        return keras.layers.Concatenate()([to_vector(plane) for plane in planes.values()])
    planes = _same_channels(planes)
    widths = {name: plane.shape[2] for name, plane in planes.items()}
    if len(set(widths.values())) > 1:
        raise ValueError(
            f"A strip below an image needs the image's width. Received columns: {widths}. Make them "
            "equal with the parameters of TextPlane and Pixels; or use operator='product', or "
            "head='dense'."
        )
    if reads == "sequence":
        rows = [to_sequence(plane) for plane in planes.values()]
        return keras.layers.Concatenate(axis=1)(
            [_flagged(row, i, len(rows)) for i, row in enumerate(rows)]
        )
    return keras.layers.Concatenate(axis=1)(list(planes.values()))


def product(planes, reads):
    """The first plane times (1 + each other one), stretched to its size: (n, rows, columns, channels)."""
    canvas, *others = _same_channels(planes).values()
    for plane in others:
        stretched = ops.image.resize(plane, canvas.shape[1:3], interpolation="nearest")
        canvas = ops.multiply(canvas, ops.add(stretched, 1.0))
    return canvas


def _same_channels(planes):
    """Gray planes repeated over three channels where another plane has color."""
    for name, plane in planes.items():
        if rank_of(plane) != 3:
            raise ValueError(
                f"A canvas is made of planes (rows, columns, channels). Received: {name} "
                f"{tuple(plane.shape[1:])}. Use TextPlane() for text and Pixels() for images, or "
                "feature_level_model for features."
            )
    most = max(plane.shape[3] for plane in planes.values())
    same = {
        name: ops.repeat(plane, most, axis=3) if plane.shape[3] == 1 < most else plane
        for name, plane in planes.items()
    }
    channels = {name: plane.shape[3] for name, plane in same.items()}
    if len(set(channels.values())) > 1:
        raise ValueError(
            f"Planes need one channel or equally many. Received channels: {channels}. Use Pixels() for "
            "images; features such as HOG belong in feature_level_model."
        )
    return same


def _flagged(rows, number, count):
    """Rows with `count` columns in front that say which modality they are from: 1 in column `number`, else 0."""
    rows = ops.pad(rows, ((0, 0), (0, 0), (count - 1 - number, 0)))
    rows = ops.pad(rows, ((0, 0), (0, 0), (1, 0)), constant_values=1)
    return ops.pad(rows, ((0, 0), (0, 0), (number, 0)))


def _check_choices(shapes, operator):
    if len(shapes) < 2:
        raise ValueError(
            f"Fusion needs two or more modalities. Received: {format_shapes(shapes)}. Use unimodal_model for "
            "one."
        )
    if operator not in CANVASES:
        raise ValueError(
            f"At data level, operator must be one of {', '.join(CANVASES)}. Received: {operator!r}. The "
            "others need learned projections: use feature_level_model."
        )
    tokens = [name for name, shape in shapes.items() if num_ids_of(shape)]
    if tokens:
        raise ValueError(
            f"Token ids are numbers of words, not a raw plane. Received: {format_shapes(shapes)}. Use "
            f"TextPlane() for {', '.join(tokens)}, or feature_level_model."
        )
