"""What every builder begins with: checked choices, and one Keras input per modality."""

import inspect
import re

import keras
from keras import ops

EMBEDDING_WIDTH = 64
LAYER_NAMES = ("fused", "modality_dropout", "to_square", "probabilities", "evidence", "combiner", "rule")  # taken by the builders


def checked_shapes(shapes):
    """The shapes as a dict of tuples; token ids keep their `num_ids`.

    Raises:
        ValueError: no modality, a name that Keras cannot give to a layer, or a shape that is not (d,), (steps, d) or (rows,
            columns, channels).
    """
    if not isinstance(shapes, dict) or not shapes:
        raise ValueError("Shapes are a dict, modality -> shape of one sample, e.g. features.shapes or {'text': (500,), "
                         f"'image': (8, 8, 9)}}. Received: {shapes!r}.")
    check_names(shapes)
    for name, shape in shapes.items():
        if not 1 <= len(shape) <= 3 or not all(isinstance(size, int) and size > 0 for size in shape):
            raise ValueError("A shape is (d,), (steps, d) or (rows, columns, channels), without the batch axis and of "
                             f"known size. Received: {name} {tuple(shape)}.")
    return dict(shapes)


def check_names(names):
    """Layers are named after the modalities, and TensorFlow takes not every name.

    Raises:
        ValueError: another character than A-Z, a-z, 0-9, "_", "-" or ".", or a name of one of our own layers.
    """
    bad = [name for name in names if not re.fullmatch(r"[A-Za-z0-9.][A-Za-z0-9_.-]*", str(name)) or name in LAYER_NAMES]
    if bad:
        raise ValueError("The layers of a network are named after its modalities: use letters a to z, digits, '_', '-' and '.', "
                         f"e.g. 'left_ear', and none of {', '.join(LAYER_NAMES)}. Received: {', '.join(map(repr, bad))}.")


def make_inputs(shapes):
    """One `keras.Input` per modality, named after it; token ids are int32."""
    return {name: keras.Input(tuple(shape), name=name, dtype="int32" if num_ids_of(shape) else "float32")
            for name, shape in shapes.items()}


class TokenIds(tuple):
    """The shape (steps,) of token ids, with the number of distinct ids: the builders put an embedding in front.

    Args:
        steps: int, the length of a padded sequence.
        num_ids: int, ids lie in [0, num_ids); 0 is padding.

    Example:
        >>> shape = TokenIds(20, num_ids=5000)
        >>> shape, shape.num_ids
        ((20,), 5000)
    """

    def __new__(cls, steps, num_ids):
        shape = super().__new__(cls, (steps,))
        shape.num_ids = num_ids
        return shape


def num_ids_of(shape):
    """The number of distinct token ids, or None for an array of features."""
    return getattr(shape, "num_ids", None)


def embed(ids, num_ids, name):
    """Token ids as vectors, and which steps hold a token: (n, steps) int -> (n, steps, 64) and (n, steps), 1.0 or 0.0.

    Each id has a learned row of 64 numbers; padding (id 0) is all zero.
    """
    tokens = ops.cast(ops.not_equal(ids, 0), "float32")
    rows = keras.layers.Embedding(num_ids, EMBEDDING_WIDTH, name=f"{name}_embedding")(ids)
    return ops.multiply(rows, ops.expand_dims(tokens, 2)), tokens


def chosen(choice, registry, what):
    """The function behind a name, or the function itself when one is given.

    Raises:
        ValueError: a name that is not in the registry.
    """
    if callable(choice):
        return choice
    if choice not in registry:
        raise ValueError(f"{what} must be one of {', '.join(registry)}. Received: {choice!r}.")
    return registry[choice]


def options_for(functions, options):
    """Keyword options dealt out to the functions that take them: one dict per function.

    Raises:
        ValueError: an option that none of them takes.
    """
    taken = [_option_names(function) for function in functions]
    unknown = set(options) - {name for names in taken for name in names}
    if unknown:
        known = "; ".join(f"{function.__name__} takes {', '.join(names) or 'none'}"
                          for function, names in zip(functions, taken))
        raise ValueError(f"Unknown option: {', '.join(sorted(unknown))}. Options here: {known}.")
    return [{name: options[name] for name in names if name in options} for names in taken]


def _option_names(function):
    """The parameters with a default, but for those that the builders pass by themselves."""
    parameters = inspect.signature(function).parameters.values()
    return [parameter.name for parameter in parameters
            if parameter.default is not parameter.empty and parameter.name not in ("project", "multi_label")]


def described(shapes):
    """'text (500,), image (8, 8, 9)', for messages."""
    return ", ".join(f"{name} {tuple(shape)}{' token ids' if num_ids_of(shape) else ''}"
                     for name, shape in shapes.items())
