"""Arrays of different rank: the lower rank is repeated over the positions of the higher one."""

import keras

from mm_keras.heads.layout import rank_of, record_layout


def names_with_positions(arrays):
    """The names of the modalities whose arrays have positions: sequences and grids."""
    record_layout("positions", *arrays.values())
    return [name for name, array in arrays.items() if rank_of(array) > 1]


def positions_of(arrays):
    """The common positions of all arrays: () for vectors, (steps,) or (rows, columns).

    Raises:
        ValueError: two arrays with different positions.
    """
    positions = [tuple(array.shape[1:-1]) for array in arrays.values() if rank_of(array) > 1]
    if len(set(positions)) > 1:
        raise ValueError(
            "Arrays with positions are joined position by position, so their steps, or rows and "
            f"columns, must agree. Received: {describe(arrays)}. Pass all but one as vectors, or "
            "use operator='outer', or a head that reads vectors ('dense' or 'linear')."
        )
    return positions[0] if positions else ()


def repeat_over(array, positions):
    """A vector repeated over positions: (n, d) -> (n, steps, d) or (n, rows, columns, d).

    Other arrays are returned unchanged.
    """
    if rank_of(array) > 1 or not positions:
        return array
    if len(positions) == 1:
        return keras.layers.RepeatVector(positions[0])(array)
    rows, columns = positions
    return keras.layers.Reshape((rows, columns, array.shape[1]))(
        keras.layers.RepeatVector(rows * columns)(array)
    )


def describe(arrays):
    """The shapes of arrays as text for messages, e.g. 'text (500,), image (8, 8, 9)'."""
    return ", ".join(f"{name} {tuple(array.shape[1:])}" for name, array in arrays.items())


def projection(array, width, name, bias="zeros"):
    """A learned linear map of the last axis, W.x + b: (n, ..., d) -> (n, ..., width)."""
    return keras.layers.Dense(width, bias_initializer=bias, name=name)(array)
