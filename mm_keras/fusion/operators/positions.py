"""The one rule for arrays of different rank: the lower rank is repeated over the positions of the higher one."""

import keras

from mm_keras.heads.layout import asked_for, rank_of


def names_with_positions(arrays):
    """The modalities whose arrays have positions: sequences and grids."""
    asked_for("positions", *arrays.values())
    return [name for name, array in arrays.items() if rank_of(array) > 1]


def positions_of(arrays):
    """The positions on which all arrays can meet: () for vectors, (steps,) or (rows, columns).

    Raises:
        ValueError: two arrays with positions that differ.
    """
    positions = [tuple(array.shape[1:-1]) for array in arrays.values() if rank_of(array) > 1]
    if len(set(positions)) > 1:
        raise ValueError(
            "Arrays with positions meet position by position, so their steps, or rows and columns, must "
            f"agree. Received: {shapes_of(arrays)}. Give all but one as vectors, or use operator='outer', or "
            "a head that reads vectors ('dense' or 'linear')."
        )
    return positions[0] if positions else ()


def repeat_over(array, positions):
    """A vector repeated over positions: (n, d) -> (n, steps, d) or (n, rows, columns, d); other arrays unchanged."""
    if rank_of(array) > 1 or not positions:
        return array
    if len(positions) == 1:
        return keras.layers.RepeatVector(positions[0])(array)
    rows, columns = positions
    return keras.layers.Reshape((rows, columns, array.shape[1]))(
        keras.layers.RepeatVector(rows * columns)(array)
    )


def shapes_of(arrays):
    """'text (500,), image (8, 8, 9)', for messages."""
    return ", ".join(f"{name} {tuple(array.shape[1:])}" for name, array in arrays.items())


def projection(array, width, name, bias="zeros"):
    """A learned linear map of the last axis, W.x + b: (n, ..., d) -> (n, ..., width)."""
    return keras.layers.Dense(width, bias_initializer=bias, name=name)(array)
