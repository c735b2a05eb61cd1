"""Shared by `sum`, `mean`, `max` and `product`: arrays brought to one width and positions."""

from mm_keras.fusion.operators.positions import describe, positions_of, projection, repeat_over

WIDTH = 64


def align(arrays, width, operator):
    """The arrays as a list, projected to one width and repeated over their common positions."""
    positions = positions_of(arrays)
    width = WIDTH if width is None else width
    if width:
        arrays = {
            name: projection(array, width, f"{name}_projection") for name, array in arrays.items()
        }
    if len({array.shape[-1] for array in arrays.values()}) > 1:
        raise ValueError(
            f"`{operator}` needs arrays of equal width. Received: {describe(arrays)}. Pass "
            f"project={WIDTH}, or use operator='concat'."
        )
    return [repeat_over(array, positions) for array in arrays.values()]


def merge(layer, arrays):
    """A Keras merging layer applied to a list of arrays; a single array is returned unchanged."""
    return layer(arrays) if len(arrays) > 1 else arrays[0]
