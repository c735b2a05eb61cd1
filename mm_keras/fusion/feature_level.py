"""Feature-level fusion: features -> operator -> head."""

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
    shapes,
    num_classes,
    operator="concat",
    head="cnn",
    project=None,
    modality_dropout=0.0,
    multi_label=False,
    **options,
):
    """An uncompiled Keras model that fuses features, then classifies: probabilities = head(operator(t, v)).

    Arrays are arranged for the head first: `linear` and `dense` read vectors (grids are flattened, token embeddings
    averaged), `rnn` reads steps (the rows of a grid), `cnn` reads positions as they are. Then the operator joins
    them: a lower rank is repeated over the positions of the higher one. The joined tensor is the output of the layer
    named "fused".

    Args:
        shapes: dict, modality -> shape of one sample, as `Features.shapes`; two or more modalities. Shapes of token
            ids (attribute `num_ids`) get a learned embedding of width 64.
        num_classes: int >= 2.
        operator: str, one of OPERATORS (default "concat"), or a function of the same form.
        head: str, one of HEADS (default "cnn"), or a function of the same form.
        project: int, the width of the operator's learned projections; 0 for none; default None, the operator's own
            choice (its docstring says which).
        modality_dropout: float in [0, 1), in training the probability that a whole modality of a sample is withheld,
            never all of them; a learned fallback then stands in, also for samples where it is absent (all zero).
            Default 0.
        multi_label: bool, one independent sigmoid per label instead of softmax; default False.
        **options: further options of the operator (rank=4) or the head (l2=0.001, units=64, cell="lstm").

    Shapes:
        dict of arrays (n, *shape) -> (n, num_classes), values in [0, 1].

    Raises:
        ValueError: a choice that does not exist, an option nobody takes, shapes that cannot meet.

    Example:
        >>> model = feature_level_model({"text": (100,), "image": (8, 8, 9)}, num_classes=6)
        >>> model.get_layer("fused").output.shape  # the text, projected to 32, beside the 9 orientations of every cell
        (None, 8, 8, 41)
    """
    shapes = checked_shapes(shapes)
    if len(shapes) < 2:
        raise ValueError(
            f"Fusion needs two or more modalities. Received: {format_shapes(shapes)}. Use unimodal_model for "
            "one."
        )
    fuse, classify = resolve(operator, OPERATORS, "operator"), resolve(head, HEADS, "head")
    operator_options, head_options = split_options([fuse, classify], options)
    wanted, reads = operator_reads(fuse, shapes), head_reads(classify, num_classes)
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
        arrays, steps = arrange(arrays, shapes, _layout(wanted, reads))
        if modality_dropout:
            arrays = {
                name: MissingModalityEmbedding(name=f"{name}_fallback")(array)
                for name, array in arrays.items()
            }
        if steps is not None and wanted == "positions":
            arrays = {
                name: mask_padding(a, steps) if len(a.shape) == 3 else a
                for name, a in arrays.items()
            }
        fused = fuse(arrays, project=project, **operator_options)
        if steps is not None and len(fused.shape) == 3:
            fused = mask_padding(fused, steps, mask=reads == "sequence")
        fused = keras.layers.Identity(name="fused")(fused)
        outputs = classify(fused, num_classes, multi_label=multi_label, **head_options)
    except ValueError as error:
        raise ValueError(
            f"operator={operator!r} with head={head!r} at feature level, on {format_shapes(shapes)}: "
            f"{error}"
        ) from error
    return keras.Model(inputs, outputs, name="feature_level")


def _layout(wanted, reads):
    """How the arrays are laid out before they meet: as the head reads, unless the operator has needs of its own."""
    if wanted == "vector":
        return "vector"
    return "positions" if wanted == "positions" and reads == "vector" else reads
