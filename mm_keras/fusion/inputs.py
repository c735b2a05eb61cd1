"""Shared by all builders: checks of arguments, and one Keras input per modality."""

import inspect
import re

import keras
from keras import ops

from mm_keras.heads.layout import reads_of
from mm_keras.utils.messages import did_you_mean
from mm_keras.utils.shapes import num_ids_of

EMBEDDING_WIDTH = 64
# Names of the layers that the builders make.
LAYER_NAMES = (
    "fused",
    "modality_dropout",
    "to_square",
    "probabilities",
    "evidence",
    "combiner",
    "rule",
)


def checked_shapes(shapes):
    """The shapes as a dict of tuples; token ids keep their `num_ids`.

    Raises:
        ValueError: no modality, a name that is not valid for a Keras layer, or a shape that is not
            (d,), (steps, d) or (rows, columns, channels).
    """
    if not isinstance(shapes, dict) or not shapes:
        raise ValueError(
            "Shapes are a dict, modality -> shape of one sample, e.g. features.shapes or "
            f"{{'text': (500,), 'image': (8, 8, 9)}}. Received: {shapes!r}."
        )
    check_names(shapes)
    for name, shape in shapes.items():
        if not 1 <= len(shape) <= 3 or not all(
            isinstance(size, int) and size > 0 for size in shape
        ):
            raise ValueError(
                "A shape is (d,), (steps, d) or (rows, columns, channels), without the batch axis "
                f"and of known size. Received: {name} {tuple(shape)}."
            )
    return dict(shapes)


def check_names(names):
    """Check that layers can be named after the modalities: TensorFlow does not accept every name.

    Raises:
        ValueError: a character other than A-Z, a-z, 0-9, "_", "-" or ".", or the name of a layer
            that the builders make.
    """
    invalid = [
        name
        for name in names
        if not re.fullmatch(r"[A-Za-z0-9.][A-Za-z0-9_.-]*", str(name)) or name in LAYER_NAMES
    ]
    if invalid:
        raise ValueError(
            "The layers of a network are named after its modalities: use letters a to z, digits, "
            f"'_', '-' and '.', e.g. 'left_ear', and none of {', '.join(LAYER_NAMES)}. Received: "
            f"{', '.join(map(repr, invalid))}."
        )


def make_inputs(shapes):
    """One `keras.Input` per modality, named after it; token ids are int32."""
    return {
        name: keras.Input(
            tuple(shape), name=name, dtype="int32" if num_ids_of(shape) else "float32"
        )
        for name, shape in shapes.items()
    }


def embed(ids, num_ids, name):
    """Token embeddings and a padding mask: (n, steps) int -> (n, steps, 64) and (n, steps).

    Each id has a learned vector of 64 values; padding (id 0) is all zero. The mask is 1.0 for a
    token and 0.0 for padding.
    """
    tokens = ops.cast(ops.not_equal(ids, 0), "float32")
    rows = keras.layers.Embedding(num_ids, EMBEDDING_WIDTH, name=f"{name}_embedding")(ids)
    return ops.multiply(rows, ops.expand_dims(tokens, 2)), tokens


def resolve(choice, registry, what):
    """The function registered under a name; a function is returned unchanged.

    Raises:
        ValueError: a name that is not in the registry.
    """
    if callable(choice):
        return choice
    if choice not in registry:
        raise ValueError(
            f"{what} must be one of {', '.join(registry)}. Received: {choice!r}."
            f"{did_you_mean(choice, registry)}"
        )
    return registry[choice]


def split_options(functions, options):
    """Split keyword options by the function that takes them: one dict per function.

    Raises:
        ValueError: an option that none of the functions takes.
    """
    accepted = [_option_names(function) for function in functions]
    unknown = set(options) - {name for names in accepted for name in names}
    if unknown:
        known = "; ".join(
            f"{function.__name__} takes {', '.join(names) or 'none'}"
            for function, names in zip(functions, accepted)
        )
        every = [name for names in accepted for name in names] + ["project"]
        raise ValueError(
            f"Unknown option: {', '.join(sorted(unknown))}. Options here: {known}."
            f"{did_you_mean(min(unknown), every)}"
        )
    return [{name: options[name] for name in names if name in options} for names in accepted]


def _option_names(function):
    """The names of parameters with a default, except those that the builders pass themselves."""
    parameters = inspect.signature(function).parameters.values()
    return [
        parameter.name
        for parameter in parameters
        if parameter.default is not parameter.empty
        and parameter.name not in ("project", "multi_label")
    ]


def format_shapes(shapes):
    """Shapes as text for messages, e.g. 'text (500,), image (8, 8, 9)'."""
    return ", ".join(
        f"{name} {tuple(shape)}{' token ids' if num_ids_of(shape) else ''}"
        for name, shape in shapes.items()
    )


TRIAL_GRID = (8, 8, 4)  # trial input that shows which layout a custom head reads


def head_reads(head, num_classes):
    """The layout that a head reads, "vector", "sequence" or "positions"; see `reads_of`."""
    return reads_of(head, lambda: keras.Input(TRIAL_GRID), num_classes) or "positions"


def operator_reads(operator, shapes):
    """The layout that an operator reads; None if it takes the arrays in the layout of the head."""

    def trial():
        return {
            name: keras.Input((*shape, EMBEDDING_WIDTH) if num_ids_of(shape) else tuple(shape))
            for name, shape in shapes.items()
        }

    return reads_of(operator, trial)
