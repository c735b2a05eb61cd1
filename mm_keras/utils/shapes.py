"""Shapes of arrays without the batch axis; of token ids a shape also says how many different ids there are."""


class TokenIds(tuple):
    """The shape (steps,) of token ids, with the number of different ids: the builders put an embedding in front.

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
    """The number of different token ids, or None for an array of features."""
    return getattr(shape, "num_ids", None)
