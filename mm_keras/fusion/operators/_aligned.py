"""Shared by `sum`, `mean`, `max` and `product`: all arrays brought to one width, and to the same positions."""

from mm_keras.fusion.operators.positions import positions_of, projection, repeat_over, shapes_of

WIDTH = 64


def aligned(arrays, width, operator):
    """The arrays as a list, of one width and, where one of them has positions, all at these positions."""
    positions = positions_of(arrays)
    width = WIDTH if width is None else width
    if width:
        arrays = {
            name: projection(array, width, f"{name}_projection") for name, array in arrays.items()
        }
    if len({array.shape[-1] for array in arrays.values()}) > 1:
        raise ValueError(
            f"`{operator}` needs arrays of equal width. Received: {shapes_of(arrays)}. Pass project={WIDTH}, "
            "or use operator='concat'."
        )
    return [repeat_over(array, positions) for array in arrays.values()]


def merged(layer, arrays):
    """What a merging layer of Keras makes of a list of arrays; a single one stays as it is."""
    return layer(arrays) if len(arrays) > 1 else arrays[0]
