"""The encoder-decoder: a sentence, word by word, from the fused features of a sample."""

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np

from mm_keras.fusion.arrange import arrange, encode_tokens, token_steps
from mm_keras.fusion.inputs import (
    checked_shapes,
    format_shapes,
    make_inputs,
    resolve,
    split_options,
)
from mm_keras.fusion.registry import OPERATORS
from mm_keras.heads.layout import rank_of, to_vector
from mm_keras.utils.shapes import START, TokenIds, num_ids_of

RESERVED = ("previous", "previous_embedding", "first_state", "decoder")


def encoder_decoder_model(
    shapes: dict[str, tuple[int, ...]],
    target: TokenIds,
    operator: str | Callable = "concat",
    width: int = 64,
    units: int = 128,
    project: int | None = None,
    **options: Any,
) -> keras.Model:
    """An uncompiled Keras model of sentences: P(word s | the words before it, the sample).

    Encoder: a vector or a grid x becomes tanh(W x + b), token ids and other sequences the last
    state of a GRU; the operator joins them, z = operator(t, v), the output of the layer named
    "fused". Decoder: a GRU starts in the state h_0 = tanh(W z + b) and reads the previous words,
    h_s = GRU(e(w_(s-1)), h_(s-1)); then p_s = softmax(W h_s + b). In training the previous words
    are those of the target sentence (`teacher_forcing`):

        previous, ids, weights = teacher_forcing(target.transform(sentences))
        model.compile("adam", "sparse_categorical_crossentropy")
        model.fit({**arrays, "previous": previous}, ids, sample_weight=weights)

    `mm_keras.Generator` writes sentences with a trained model.

    Args:
        shapes: dict, modality -> shape of one sample, as `Features.shapes`; one or more modalities.
            A missing modality (all zero) is a valid input.
        target: TokenIds, the length and the number of ids of the target sentences:
            `TokenIds(sequence.length, num_ids=sequence.num_ids_)` of a fitted
            `mm_keras.text.Sequence`.
        operator: str, one of OPERATORS (default "concat"), or a function with the same signature;
            not used for one modality. For `attention`, grids and sequences keep their positions.
        width: int >= 1, the width of each encoded modality and of the word embeddings; default 64.
        units: int >= 1, the length of the decoder's state; default 128.
        project: int, the width of the operator's learned projections; 0 for none; default None, the
            operator's own default.
        **options: further options of the operator, e.g. rank=4.

    Shapes:
        dict of arrays (n, *shape), and "previous", int32 (n, length) -> (n, length, num_ids),
        values in [0, 1].

    Raises:
        ValueError: an unknown operator or option, shapes that cannot be joined, a modality with the
            name of a layer of the decoder, or a target that is not TokenIds.

    Example:
        >>> target = TokenIds(8, num_ids=40)
        >>> model = encoder_decoder_model({"text": (100,), "image": (300,)}, target)
        >>> model.get_layer("fused").output.shape, model.output_shape
        ((None, 128), (None, 8, 40))

    Reference:
        Cho et al. (2014), Learning phrase representations using RNN encoder-decoder for
        statistical machine translation.
        Vinyals et al. (2015), Show and tell: A neural image caption generator (the image as the
        start of the decoder).
        Williams & Zipser (1989), A learning algorithm for continually running fully recurrent
        neural networks (teacher forcing).
    """
    shapes = checked_shapes(shapes)
    _check(shapes, target)
    fuse = resolve(operator, OPERATORS, "operator")
    (options,) = split_options([fuse], options)
    inputs = make_inputs(shapes)
    try:
        keep_positions = len(shapes) > 1 and getattr(fuse, "needs_positions", False)
        arrays = _encode(inputs, shapes, width, keep_positions)
        if len(arrays) == 1:
            (fused,) = arrays.values()
        else:
            fused = fuse(arrays, project=project, **options)
        fused = to_vector(keras.layers.Identity(name="fused")(fused))
    except ValueError as error:
        raise ValueError(
            f"operator={operator!r} in an encoder-decoder on {format_shapes(shapes)}: {error}"
        ) from error
    (length,), num_ids = target, num_ids_of(target)
    previous = keras.Input((length,), name="previous", dtype="int32")
    words = keras.layers.Embedding(num_ids, width, name="previous_embedding")(previous)
    first = keras.layers.Dense(units, activation="tanh", name="first_state")(fused)
    states = keras.layers.GRU(units, return_sequences=True, name="decoder")(
        words, initial_state=first
    )
    outputs = keras.layers.Dense(num_ids, activation="softmax", name="probabilities")(states)
    return keras.Model({**inputs, "previous": previous}, outputs, name="encoder_decoder")


def _encode(inputs, shapes, width, keep_positions):
    """Each modality as a vector; with `keep_positions` grids and sequences as they are."""
    tokens = [name for name, shape in shapes.items() if num_ids_of(shape)]
    keep_tokens = (
        keep_positions
        and len(tokens) == 1
        and all(rank_of(array) == 1 for name, array in inputs.items() if name not in tokens)
    )
    encoded = {}
    for name, array in inputs.items():
        if name in tokens:
            encode = token_steps if keep_tokens else encode_tokens
            encoded[name] = encode(array, num_ids_of(shapes[name]), name)
        elif keep_positions and rank_of(array) > 1:
            encoded[name] = array
        elif rank_of(array) == 2:
            encoded[name] = keras.layers.GRU(width, name=f"{name}_encoder")(array)
        else:
            vectors, _ = arrange({name: array}, {name: shapes[name]}, "vector")
            dense = keras.layers.Dense(width, activation="tanh", name=f"{name}_encoder")
            encoded[name] = dense(vectors[name])
    return encoded


def _check(shapes, target):
    if not num_ids_of(target):
        raise ValueError(
            "The target of an encoder-decoder is TokenIds(length, num_ids=...). "
            f"Received: {target!r}."
        )
    reserved = [name for name in shapes if name in RESERVED]
    if reserved:
        raise ValueError(
            f"A modality must not be named {', '.join(RESERVED)}: the decoder has inputs and "
            f"layers of these names. Received: {', '.join(reserved)}."
        )


def teacher_forcing(
    ids: Sequence[Sequence[int]] | np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """What an encoder-decoder is trained with: the words before each word, the words, and weights.

    Id 1 opens a sentence, and the first 0 ends it: it is a target like the words, so that the model
    learns where to stop. What follows has no weight, nor has an unknown word (id 1), which is
    never to be written, nor a sentence without words (missing).

    Args:
        ids: int array (n, length) of token ids with padding at the end, as from `Sequence`.

    Returns:
        (previous, ids, weights): int32, int32 and float32 arrays (n, length).

    Raises:
        ValueError: not such an array, or a word after a 0.

    Example:
        >>> previous, ids, weights = teacher_forcing([[5, 6, 0, 0]])
        >>> previous.tolist(), weights.tolist()
        ([[1, 5, 6, 0]], [[1.0, 1.0, 1.0, 0.0]])
    """
    ids = np.asarray(ids)
    if ids.ndim != 2 or ids.dtype.kind not in "iu" or (ids < 0).any():
        raise ValueError(
            "Token ids must be an int array (n, length) without negative values. Received: "
            f"{ids.dtype} {ids.shape}."
        )
    words = ids > 0
    if (words[:, 1:] & ~words[:, :-1]).any():
        raise ValueError(
            "Target sentences need their padding at the end. Received: a word after a 0. Use "
            "Sequence(padding='post')."
        )
    ids = ids.astype(np.int32)
    previous = np.full_like(ids, START)
    previous[:, 1:] = ids[:, :-1]
    weights = (previous > 0) & (ids != START) & words[:, :1]
    return previous, ids, weights.astype(np.float32)
