"""The operator `film`: one modality scales and shifts the features of another."""

import keras
from keras import ops

from mm_keras.fusion.operators.positions import (
    describe,
    names_with_positions,
    positions_of,
    projection,
    repeat_over,
)

WIDTH = 64


def film(arrays: dict[str, keras.KerasTensor], project: int | None = None) -> keras.KerasTensor:
    """Feature-wise linear modulation, z = gamma(t) * v + beta(t).

    gamma = W_1 t + b_1 and beta = W_2 t + b_2. The text scales and shifts each channel of the
    image: one gamma and one beta per channel, the same at every position. b_1 starts at 1 and b_2
    at 0: at first a missing text (all zero) leaves the image unchanged. The array with positions is
    modulated, or the last modality when all are vectors; the others condition it.

    Args:
        arrays: dict, modality -> Keras tensor; two or more, at most one of them a sequence or grid.
        project: int, the number of channels to which the modulated array is projected first; 0 for
            no projection; default None projects only a vector longer than 64, to 64.

    Shapes:
        (n, d_t), (n, rows, columns, c) -> (n, rows, columns, c);
        (n, d_t), (n, d_v) -> (n, min(d_v, 64)).

    Raises:
        ValueError: a single modality, or more than one with positions.

    Example:
        >>> t, v = keras.Input((3,)), keras.Input((4, 4, 9))
        >>> z = film({"text": t, "image": v})
        >>> keras.Model([t, v], z).count_params()  # gamma and beta: 2 * (3 + 1) * 9
        72

    Reference: Perez et al. (2018), FiLM: Visual reasoning with a general conditioning layer.
    """
    with_positions = names_with_positions(arrays)
    if len(arrays) < 2 or len(with_positions) > 1:
        raise ValueError(
            "`film` needs one modality to modulate and one or more vectors that condition it. "
            f"Received: {describe(arrays)}. Pass all but one as vectors, or use operator='concat'."
        )
    target = (with_positions or list(arrays))[-1]
    modulated = arrays[target]
    width = project
    if width is None and not with_positions and modulated.shape[-1] > WIDTH:
        width = WIDTH
    if width:
        modulated = projection(modulated, width, f"{target}_projection")
    positions = positions_of(arrays)
    for name, array in arrays.items():
        if name != target:
            scale = projection(array, modulated.shape[-1], f"{name}_scale", bias="ones")
            shift = projection(array, modulated.shape[-1], f"{name}_shift")
            modulated = ops.add(
                ops.multiply(repeat_over(scale, positions), modulated),
                repeat_over(shift, positions),
            )
    return modulated


film.reads = "positions"  # whatever the head reads
