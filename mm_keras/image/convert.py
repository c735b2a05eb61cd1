"""Converting images of any mode or dtype to opaque 8-bit Pillow images, gray ("L") or "RGB"."""

import numpy as np
from PIL import Image

STRIP_PIXELS = 4_000_000  # larger images are converted in strips
DARK = 2 / 255  # float images whose maximum is below this are stretched


def array_to_pillow(array):
    """An array (H, W) or (H, W, 1 | 3 | 4) as an 8-bit Pillow image.

    The dtype is uint8, uint16, bool, or float with values in [0, 1]; see `read_image` for how
    values of more than 8 bits are scaled.
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


def stretch_dark(images):
    """Float images (n, ...) in [0, 1], with nearly black ones divided by their maximum.

    This is how `read_image` scales them too. Other images are returned unchanged.
    """
    check_unit_range(images)
    high = images.max(axis=tuple(range(1, images.ndim)), keepdims=True, initial=0)
    is_dark = (high > 0) & (high < DARK)
    return images / np.where(is_dark, high, 1).astype(images.dtype) if is_dark.any() else images


def to_8_bit(image, gray):
    """A Pillow image of any mode as "L" or "RGB"; transparent areas become white.

    Large images are converted in strips, so that no second copy of the original is needed.
    """
    mode = "L" if gray else "RGB"
    if image.mode == mode and "transparency" not in image.info:
        return image
    to_bytes = _wide_conversion(image) if is_wide(image) else None
    height = max(1, STRIP_PIXELS // image.width)
    if image.height <= height:
        return _convert(image, mode, to_bytes)
    converted = Image.new(mode, image.size)
    for top in range(0, image.height, height):
        strip = image.crop((0, top, image.width, min(top + height, image.height)))
        converted.paste(_convert(strip, mode, to_bytes), (0, top))
    return converted


def _convert(image, mode, to_bytes):
    if to_bytes:
        image = Image.fromarray(to_bytes(np.asarray(image)))
    if image.mode in ("RGBa", "La"):  # alpha multiplied in already
        image = image.convert(image.mode.upper())
    palette_alpha = image.mode == "P" and image.palette and image.palette.mode == "RGBA"
    if image.mode in ("LA", "PA", "RGBA") or "transparency" in image.info or palette_alpha:
        image = image.convert("RGBA")
        opaque = Image.new("RGB", image.size, "white")
        opaque.paste(image, mask=image.getchannel("A"))
        image = opaque
    if image.mode not in ("1", "L", "RGB"):  # palette, CMYK, YCbCr ...: gray always comes from RGB
        image = image.convert("RGB")
    return image.convert(mode)


def is_wide(image):
    """Whether a Pillow image has one channel of more than 8 bits."""
    return image.mode.startswith("I") or image.mode == "F"


def _array_to_8_bit(array):
    if array.dtype == np.uint8:
        return array
    if array.dtype == bool:
        return array.astype(np.uint8) * np.uint8(255)
    has_alpha = array.ndim == 3 and array.shape[2] == 4
    colors = array[..., :3] if has_alpha else array  # alpha does not count for the range
    if array.dtype == np.uint16:
        colors = integers_to_8_bit(colors)
        alpha = integers_to_8_bit(array)[..., 3:] if has_alpha else None
    else:
        check_unit_range(array)
        colors = _scaled(colors, 0.0, _float_full_scale(float(colors.max())))
        alpha = _scaled(array[..., 3:], 0.0, 1.0) if has_alpha else None
    return np.concatenate([colors, alpha], axis=2) if has_alpha else colors


def integers_to_8_bit(values):
    """uint16 values as uint8, scaled by the range that they use."""
    return (values >> _surplus_bits(int(values.max()))).astype(np.uint8)


def _surplus_bits(high):
    """How many bits more than 8 an image uses, whose values are of 8, 10, 12, 14 or 16 bits.

    Example:
        >>> [_surplus_bits(high) for high in (252, 256, 4095, 65535)]
        [0, 2, 4, 8]
    """
    return next(bits for bits in (0, 2, 4, 6, 8) if high < 1 << (8 + bits))


def _float_full_scale(high):
    """The value that becomes 255, for floats in [0, 1]: 1, or the maximum of a nearly black one."""
    return high if 0 < high < DARK else 1.0


def _wide_conversion(image):
    """Function (array) -> uint8 array for Pillow's modes I;16, I and F, by the range of the image.

    See `read_image` for the rule.
    """
    values = np.asarray(image)
    low, high = float(values.min()), float(values.max())
    if not np.isfinite(values.sum(dtype=float)):
        raise ValueError("values that are not finite")
    if values.dtype.kind in "iu" and low >= 0 and high < 65536:
        bits = _surplus_bits(int(high))
        return lambda part: (part >> bits).astype(np.uint8)
    if values.dtype.kind == "f" and low >= 0 and (high <= 1 or 16 <= high <= 255):
        return lambda part: _scaled(part, 0.0, _float_full_scale(high) if high <= 1 else 255.0)
    return lambda part: _scaled(part, low, high)


def _scaled(values, low, high):
    span = high - low or 1
    if values.dtype.kind == "f" and max(span, 255 / span) > float(np.finfo(values.dtype).max):
        values = values.astype(float)  # the differences or the factor would overflow
        return np.round((values - low) / span * 255).astype(np.uint8)
    return np.round((values - low) * (255 / span)).astype(np.uint8)
