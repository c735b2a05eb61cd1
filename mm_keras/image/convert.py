"""Converting images of any mode or dtype to opaque 8-bit Pillow images, gray ("L") or "RGB"."""

import numpy as np
from PIL import Image


def array_to_pillow(array):
    """An array (H, W) or (H, W, 1 | 3 | 4) as an 8-bit Pillow image.

    The dtype is uint8, uint16, bool, or float with values in [0, 1].
    """
    check_image(array)
    if array.ndim == 3 and array.shape[2] == 1:
        array = array[:, :, 0]
    return Image.fromarray(np.ascontiguousarray(_array_to_8_bit(array)))


def check_image(array):
    """Raise TypeError unless the array has the shape and the dtype of an image."""
    has_image_axes = array.ndim == 2 or (array.ndim == 3 and array.shape[2] in (1, 3, 4))
    if not has_image_axes or 0 in array.shape:
        raise TypeError(
            f"An image array must have shape (H, W) or (H, W, 1 | 3 | 4). Received: {array.shape}."
        )
    if array.dtype.kind not in "bf" and array.dtype not in (np.uint8, np.uint16):
        raise TypeError(
            "An image array must have dtype uint8, uint16, bool or float. "
            f"Received: {array.dtype}. For values in 0..255 pass images.astype('uint8')."
        )


def check_unit_range(array):
    """Raise ValueError unless all values lie in [0, 1]."""
    low, high = array.min(initial=0), array.max(initial=0)
    if not (low >= 0 and high <= 1):  # written so that nan fails too
        raise ValueError(
            f"Float images need values in [0, 1]. Received: {low:g} to {high:g}. "
            "For values in 0..255 divide by 255, or pass them as uint8."
        )


def to_8_bit(image, gray):
    """A Pillow image of any mode as "L" or "RGB"; transparent areas become white."""
    if image.mode.startswith("I") or image.mode == "F":
        image = Image.fromarray(_wide_to_8_bit(np.asarray(image)))
    if image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info:
        image = image.convert("RGBA")
        opaque = Image.new("RGB", image.size, "white")
        opaque.paste(image, mask=image.getchannel("A"))
        image = opaque
    if image.mode not in ("1", "L", "RGB"):  # palette, CMYK, YCbCr ...: gray always comes from RGB
        image = image.convert("RGB")
    return image.convert("L" if gray else "RGB")


def _array_to_8_bit(array):
    if array.dtype == np.uint8:
        return array
    if array.dtype == bool:
        return array.astype(np.uint8) * np.uint8(255)
    if array.dtype == np.uint16:
        return (array >> 8).astype(np.uint8)
    check_unit_range(array)
    return np.round(array * 255.0).astype(np.uint8)


def _wide_to_8_bit(values):
    """8-bit values from Pillow's modes I;16, I and F.

    Integers are read as 16-bit values, floats as values in [0, 1] or else in [0, 255]. Any other
    range is stretched from its minimum to its maximum, so that nothing is clipped.
    """
    if not np.isfinite(values).all():
        raise ValueError("values that are not finite")
    low, high = float(values.min()), float(values.max())
    is_integer = values.dtype.kind in "iu"
    if is_integer and low >= 0 and high < 65536:
        return (values >> 8).astype(np.uint8)
    if not is_integer and low >= 0 and high <= 255:
        return np.round(values * (255 if high <= 1 else 1)).astype(np.uint8)
    return np.round((values - low) * (255 / (high - low or 1))).astype(np.uint8)
