"""Unimodal models: the baselines of fusion, and the members of decision-level fusion."""

from collections.abc import Callable
from typing import Any

import keras

from mm_keras.fusion.arrange import arrange, mask_padding
from mm_keras.fusion.inputs import (
    checked_shapes,
    format_shapes,
    head_reads,
    make_inputs,
    resolve,
    split_options,
)
from mm_keras.heads.registry import HEADS


def unimodal_model(
    shapes: dict[str, tuple[int, ...]],
    num_classes: int,
    head: str | Callable = "dense",
    multi_label: bool = False,
    **head_options: Any,
) -> keras.Model:
    """An uncompiled Keras model of one modality: probabilities = head(x).

    Args:
        shapes: dict with exactly one modality, modality -> shape of one sample, e.g.
            `features.only("text").shapes`.
        num_classes: int >= 2.
        head: str, one of HEADS (default "dense"), or a function with the same signature.
        multi_label: bool, one independent sigmoid per label instead of softmax; default False.
        **head_options: options of the head, e.g. l2=0.001, units=64, cell="lstm".

    Shapes:
        dict with one array (n, *shape) -> (n, num_classes), values in [0, 1].

    Raises:
        ValueError: not exactly one modality, an unknown head, or one that cannot read this shape.

    Example:
        >>> model = unimodal_model({"text": (100,)}, num_classes=6, head="linear")
        >>> model.count_params()  # 100 * 6 + 6
        606
    """
    shapes = checked_shapes(shapes)
    if len(shapes) != 1:
        raise ValueError(
            f"unimodal_model takes one modality. Received: {format_shapes(shapes)}. Use "
            "features.only('text').shapes, or feature_level_model for all of them."
        )
    classify = resolve(head, HEADS, "head")
    (options,) = split_options([classify], head_options)
    reads = head_reads(classify, num_classes)
    inputs = make_inputs(shapes)
    (name,) = inputs
    try:
        arrays, steps = arrange(inputs, shapes, reads)
        array = arrays[name]
        if steps is not None:
            array = mask_padding(array, steps, mask=reads == "sequence")
        outputs = classify(array, num_classes, multi_label=multi_label, **options)
    except ValueError as error:
        raise ValueError(f"head={head!r} on {format_shapes(shapes)}: {error}") from error
    return keras.Model(inputs, outputs, name="unimodal")
