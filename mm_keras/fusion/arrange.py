"""Arrangement of input arrays for the next stage: as vectors, as sequences, or with positions."""

import math

import keras
from keras import ops

from mm_keras.fusion.inputs import embed
from mm_keras.heads.layout import rank_of, to_sequence, to_vector
from mm_keras.utils.shapes import num_ids_of

ENCODER_UNITS = 64


def arrange(arrays, shapes, reads):
    """Arrays of a rank that the next stage can read, and a padding mask of tokens.

    Args:
        arrays: dict, modality -> input tensor.
        shapes: dict, modality -> shape; token ids have `num_ids`.
        reads: "vector" (grids are flattened, tokens averaged), "sequence" (the rows of a grid are
            steps), or "positions" (arrays as they are).

    Returns:
        dict of tensors, and a padding mask (n, steps) of 1.0 and 0.0 when tokens were left as the
        only sequence, else None. Tokens that meet another array with positions become one vector:
        encoded by a GRU when the next stage reads a sequence, else averaged.
    """
    token_names = [name for name, shape in shapes.items() if num_ids_of(shape)]
    others_with_positions = [
        name for name in shapes if name not in token_names and rank_of(arrays[name]) > 1
    ]
    keep_steps = reads != "vector" and len(token_names) == 1 and not others_with_positions
    arranged, steps = {}, None
    for name, array in arrays.items():
        if name in token_names:
            array = _move_to_start(array) if reads == "sequence" else array
            rows, tokens = embed(array, num_ids_of(shapes[name]), name)
            if keep_steps:
                arranged[name], steps = rows, keep_first_step(tokens)
            elif reads == "sequence":
                arranged[name] = _encode(rows, tokens, name)
            else:
                arranged[name] = _average(rows, tokens)
        elif rank_of(array) > 1 and reads != "positions":
            arranged[name] = _rescale(
                array, to_vector(array) if reads == "vector" else to_sequence(array)
            )
        else:
            arranged[name] = array
    return arranged, steps


def _rescale(array, joined):
    """Rows of joined positions, divided by the square root of the number of positions per row.

    `Features` gives every position the same total variance as a whole vector of another modality,
    so P of them in one row would count P times as much.
    """
    return ops.divide(joined, math.sqrt(joined.shape[-1] / array.shape[-1]))


def mask_padding(sequence, steps, mask=True):
    """A sequence whose padded steps are zero and, with `mask`, are skipped by later layers."""
    sequence = ops.multiply(sequence, ops.expand_dims(steps, 2))
    return keras.layers.Masking()(sequence) if mask else sequence


def keep_first_step(tokens):
    """The padding mask with the first step always 1.

    Where the text is missing, this step remains to carry the other modality.
    """
    first = ops.pad(
        ops.ones_like(ops.max(tokens, axis=1, keepdims=True)), ((0, 0), (0, tokens.shape[1] - 1))
    )
    return ops.maximum(tokens, first)


def encode_tokens(ids, num_ids, name):
    """Token ids as one vector, the last state of a GRU: (n, steps) int -> (n, 64)."""
    return _encode(*embed(_move_to_start(ids), num_ids, name), name)


def token_steps(ids, num_ids, name):
    """Token ids as a sequence of embeddings, padding masked: (n, steps) int -> (n, steps, 64)."""
    rows, tokens = embed(ids, num_ids, name)
    return mask_padding(rows, keep_first_step(tokens))


def _move_to_start(ids):
    """Token ids with all padding at the end, which is the only kind that cuDNN supports.

    Padding before a text then gives the same states as padding after it.
    """
    steps = ops.arange(ids.shape[1], dtype="int32")
    order = ops.argsort(ops.where(ops.equal(ids, 0), steps + ids.shape[1], steps), axis=1)
    return ops.take_along_axis(ids, order, axis=1)


def _average(rows, tokens):
    """The mean embedding of the real tokens; zero if there are none: (n, steps, d) -> (n, d)."""
    count = ops.maximum(ops.sum(tokens, axis=1, keepdims=True), 1.0)
    return ops.divide(ops.sum(rows, axis=1), count)


def _encode(rows, tokens, name):
    """The last GRU state over the real tokens; zero if there are none: (n, steps, d) -> (n, 64)."""
    state = keras.layers.GRU(ENCODER_UNITS, name=f"{name}_encoder")(
        mask_padding(rows, keep_first_step(tokens))
    )
    return ops.multiply(state, ops.max(tokens, axis=1, keepdims=True))
