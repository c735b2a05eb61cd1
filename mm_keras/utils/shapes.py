"""Shapes of samples, without the batch axis; the shape of token ids includes their number."""

START = 1  # the id of unknown words; it also opens a sentence that is generated


class TokenIds(tuple):
    """The shape (steps,) of token ids, with the number of ids; models start with an embedding.

    Args:
        steps: int, the length of a padded sequence.
        num_ids: int, the ids are in [0, num_ids); 0 is padding.

    Example:
        >>> shape = TokenIds(20, num_ids=5000)
        >>> shape, shape.num_ids
        ((20,), 5000)
    """

    def __new__(cls, steps, num_ids):
        shape = super().__new__(cls, (steps,))
        shape.num_ids = num_ids
        return shape


def has_values(array, shape):
    """Whether each sample has a value, bool (n,): one that is not 0 or, of ids, a known one (> 1).

    Example:
        >>> import numpy as np
        >>> has_values(np.array([[0, 0], [1, 0], [7, 1]]), TokenIds(2, num_ids=9)).tolist()
        [False, False, True]
    """
    present = array > 1 if num_ids_of(shape) else array != 0
    return present.reshape(len(array), -1).any(axis=1)


def num_ids_of(shape):
    """The number of token ids, or None for an array of features."""
    return getattr(shape, "num_ids", None)
