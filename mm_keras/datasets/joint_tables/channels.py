"""Channels: arrays (symbols, new symbols) of the probability that one becomes the other."""

import numpy as np


def confusion(num_symbols, noise, name="noise"):
    """Array (n, n): a symbol is kept with probability 1 - noise, else replaced uniformly."""
    if not 0 <= noise <= 1 or (noise and num_symbols < 2):
        raise ValueError(
            f"`{name}` must be a probability in [0, 1], and 0 if there is only one symbol. "
            f"Received: {noise} with {num_symbols} symbol{'s' if num_symbols > 1 else ''}."
        )
    stay = np.eye(num_symbols)
    return (1 - noise) * stay + noise * (1 - stay) / max(num_symbols - 1, 1)


def renaming(names, new_names):
    """The names after renaming, in their old order where they exist, and the 0/1 array (n, m).

    Args:
        names: sequence of n str.
        new_names: dict, name -> new name; names that are not in it are kept.

    Example:
        >>> renaming(("up", "down", "still"), {"up": "moving", "down": "moving"})[0]
        ['still', 'moving']
    """
    renamed = [new_names.get(name, name) for name in names]
    order = list(dict.fromkeys([*(name for name in names if name in renamed), *renamed]))
    return order, np.array([[new == name for name in order] for new in renamed], dtype=float)
