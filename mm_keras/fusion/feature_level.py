"""Feature-level fusion: features -> operator -> head."""

import keras

from mm_keras.fusion.arrange import arrange, only_real_steps
from mm_keras.fusion.inputs import checked_shapes, chosen, described, make_inputs, options_for
from mm_keras.fusion.layers import AbsentFallback, ModalityDropout
from mm_keras.fusion.operators import OPERATORS, USE_POSITIONS
from mm_keras.fusion.operators.outer import outer_product
from mm_keras.heads.registry import HEADS, READS


def feature_level_model(shapes, num_classes, operator="concat", head="cnn", project=None, modality_dropout=0.0,
                        multi_label=False, **options):
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
        raise ValueError(f"Fusion needs two or more modalities. Received: {described(shapes)}. Use unimodal_model for "
                         "one.")
    fuse, classify = chosen(operator, OPERATORS, "operator"), chosen(head, HEADS, "head")
    operator_options, head_options = options_for([fuse, classify], options)
    inputs = make_inputs(shapes)
    arrays = inputs
    if modality_dropout:
        arrays = dict(zip(inputs, ModalityDropout(modality_dropout, name="modality_dropout")(list(inputs.values()))))
    try:
        arrays, steps = arrange(arrays, shapes, _reads(fuse, classify))
        if modality_dropout:
            arrays = {name: AbsentFallback(name=f"{name}_fallback")(array) for name, array in arrays.items()}
        if steps is not None and fuse in USE_POSITIONS:
            arrays = {name: only_real_steps(a, steps) if len(a.shape) == 3 else a for name, a in arrays.items()}
        fused = fuse(arrays, project=project, **operator_options)
        if steps is not None and len(fused.shape) == 3:
            fused = only_real_steps(fused, steps, mask=READS.get(classify) == 2)
        fused = keras.layers.Identity(name="fused")(fused)
        outputs = classify(fused, num_classes, multi_label=multi_label, **head_options)
    except ValueError as error:
        raise ValueError(f"operator={operator!r} with head={head!r} at feature level, on {described(shapes)}: "
                         f"{error}") from error
    return keras.Model(inputs, outputs, name="feature_level")


def _reads(fuse, classify):
    """The rank that the arrays need before they meet: what the head reads, unless the operator has needs of its own."""
    if fuse is outer_product:
        return 1
    reads = READS.get(classify, 3)
    return 3 if fuse in USE_POSITIONS and reads == 1 else reads
