"""Feature-level fusion: features -> operator -> head."""

from collections.abc import Callable
from typing import Any

import keras

from mm_keras.fusion.arrange import arrange, mask_padding
from mm_keras.fusion.inputs import (
    checked_shapes,
    format_shapes,
    head_reads,
    make_inputs,
    operator_reads,
    resolve,
    split_options,
)
from mm_keras.fusion.layers import MissingModalityEmbedding, ModalityDropout
from mm_keras.fusion.registry import OPERATORS
from mm_keras.heads.registry import HEADS


def feature_level_model(
    shapes: dict[str, tuple[int, ...]],
    num_classes: int,
    operator: str | Callable = "concat",
    head: str | Callable = "cnn",
    project: int | None = None,
    modality_dropout: float = 0.0,
    multi_label: bool = False,
    **options: Any,
) -> keras.Model:
    """An uncompiled Keras model that fuses features: probabilities = head(operator(t, v)).

    Arrays are arranged for the head first: `linear` and `dense` read vectors (grids are flattened,
    token embeddings averaged), `rnn` reads steps (the rows of a grid), `cnn` reads positions as
    they are. Then the operator joins them: a lower rank is repeated over the positions of the
    higher one. The joined tensor is the output of the layer named "fused".

    Args:
        shapes: dict, modality -> shape of one sample, as `Features.shapes`; two or more modalities.
            Shapes of token ids (attribute `num_ids`) get a learned embedding of width 64.
        num_classes: int >= 2.
        operator: str, one of OPERATORS (default "concat"), or a function with the same signature.
        head: str, one of HEADS (default "cnn"), or a function with the same signature.
        project: int, the width of the operator's learned projections; 0 for none; default None, the
            operator's own default (see its docstring).
        modality_dropout: float in [0, 1), the probability that a whole modality of a sample is
            dropped in training, never all of them; a learned fallback then replaces it, also for
            samples in which it is missing (all zero). Default 0.
        multi_label: bool, one independent sigmoid per label instead of softmax; default False.
        **options: further options of the operator (rank=4) or the head (l2=0.001, units=64,
            cell="lstm").

    Shapes:
        dict of arrays (n, *shape) -> (n, num_classes), values in [0, 1].

    Raises:
        ValueError: an unknown operator, head or option, or shapes that cannot be joined.

    Example:
        The text, projected to 32, beside the 9 orientations of every cell:

        >>> model = feature_level_model({"text": (100,), "image": (8, 8, 9)}, num_classes=6)
        >>> model.get_layer("fused").output.shape
        (None, 8, 8, 41)
    """
    shapes = checked_shapes(shapes)
    if len(shapes) < 2:
        raise ValueError(
            f"Fusion needs two or more modalities. Received: {format_shapes(shapes)}. Use "
            "unimodal_model for one."
        )
    fuse, classify = resolve(operator, OPERATORS, "operator"), resolve(head, HEADS, "head")
    operator_options, head_options = split_options([fuse, classify], options)
    operator_layout = operator_reads(fuse, shapes)
    head_layout = head_reads(classify, num_classes)
    inputs = make_inputs(shapes)
    arrays = inputs
    if modality_dropout:
        arrays = dict(
            zip(
                inputs,
                ModalityDropout(modality_dropout, name="modality_dropout")(list(inputs.values())),
            )
        )
    try:
        arrays, steps = arrange(arrays, shapes, _input_layout(operator_layout, head_layout))
        if modality_dropout:
            arrays = {
                name: MissingModalityEmbedding(name=f"{name}_fallback")(array)
                for name, array in arrays.items()
            }
        if steps is not None and operator_layout == "positions":
            arrays = {
                name: mask_padding(array, steps) if len(array.shape) == 3 else array
                for name, array in arrays.items()
            }
        fused = fuse(arrays, project=project, **operator_options)
        if steps is not None and len(fused.shape) == 3:
            fused = mask_padding(fused, steps, mask=head_layout == "sequence")
        fused = keras.layers.Identity(name="fused")(fused)
        outputs = classify(fused, num_classes, multi_label=multi_label, **head_options)
    except ValueError as error:
        raise ValueError(
            f"operator={operator!r} with head={head!r} at feature level, "
            f"on {format_shapes(shapes)}: {error}"
        ) from error
    return keras.Model(inputs, outputs, name="feature_level")


def _input_layout(operator_layout, head_layout):
    """The layout of the operator's inputs: that of the head, unless the operator needs another."""
    if operator_layout == "vector":
        return "vector"
    if operator_layout == "positions" and head_layout == "vector":
        return "positions"
    return head_layout
