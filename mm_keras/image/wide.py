"""Decoding image files of 16 bits per channel, of which Pillow keeps only the upper 8."""

import re
import sys

import numpy as np
from PIL import Image, ImageOps

from mm_keras.image.convert import integers_to_8_bit, is_wide, to_8_bit
from mm_keras.utils.image_files import open_image

ORIENTATION = 0x0112  # EXIF and TIFF tag
BITS_PER_SAMPLE, PHOTOMETRIC, PLANAR = 258, 262, 284  # TIFF tags
MIN_IS_WHITE, SEPARATE_PLANES = 0, 2
NUM_COLORS = {"L": 1, "LA": 1, "RGB": 3, "RGBA": 3, "RGBa": 3, "CMYK": 4}  # without alpha
SIXTEEN_BITS = re.compile(r"(RGB|RGBX|RGBA|RGBa|CMYK);16([BLN])")  # raw modes read in two halves


def load_image_file(image: Image.Image, path: str | None) -> Image.Image:
    """Decode an opened image file; 16-bit color channels are scaled by the range they use.

    `path` is None if the file cannot be opened again.

    Raises:
        ValueError: a dark image of 16 bits per channel in an encoding of which only the upper 8
            bits can be decoded.
    """
    if not getattr(image, "tile", None) or not _has_16_bit_colors(image):
        image.load()
        return _converted_gray(image) if is_wide(image) else image
    read_values = _reader(image)
    color = image.info.get("transparency")
    if not _has_separate_planes(image):
        image.load()
        is_bright = np.asarray(image)[..., : NUM_COLORS[image.mode]].max() >= 64
        if is_bright and not color:  # above 14 bits: the upper 8 are the values
            return image
    if read_values is None or path is None:
        hint = "pass its path" if read_values else "convert it to a 16-bit PNG"
        raise ValueError(
            f"{image.format} of 16 bits per channel, of which Pillow decodes only the upper 8, "
            f"too few for the values of this image: {hint}"
        )
    mode, values = read_values(path)
    converted = _image_of(mode, values)
    if color:
        _make_transparent(converted, (values == color).all(axis=-1))
    return _like(image, converted)


def _has_16_bit_colors(image):
    """Whether an opened file has more than 8 bits per channel in a mode that keeps only 8."""
    if is_wide(image):
        return False
    if image.format == "TIFF":
        return max(image.tag_v2.get(BITS_PER_SAMPLE, (1,))) > 8
    if image.format == "JPEG2000":
        return _jpeg_2000_bits(image.fp) > 8
    tile = image.tile[0]
    args = tile.args if isinstance(tile.args, tuple) else (tile.args,)
    if tile.codec_name in ("ppm", "ppm_plain"):
        return args[-1] != "1;I" and args[-1] > 255
    if tile.codec_name == "sgi_rle":
        return args[-1] == 2
    return tile.codec_name == "SGI16" or str(*args[:1]).endswith((";16B", ";16L", ";16N"))


def _jpeg_2000_bits(file):
    """The largest number of bits per channel, from the SIZ marker of a JPEG 2000 file."""
    position = file.tell()
    file.seek(0)
    size = file.read().partition(b"\xff\x4f\xff\x51")[2]
    file.seek(position)
    num_channels = int.from_bytes(size[36:38], "big")
    return max((depth & 0x7F for depth in size[38 : 38 + 3 * num_channels : 3]), default=0) + 1


def _has_separate_planes(image):
    """Whether the planes of a TIFF are stored one by one, uncompressed: Pillow misreads 16 bits."""
    tags = getattr(image, "tag_v2", {})
    return tags.get(PLANAR) == SEPARATE_PLANES and image.tile[0].codec_name == "raw"


def _reader(image):
    """Function (path) -> (mode, uint16 values (rows, columns, channels)), or None if unknown."""
    tiles, mode, size = list(image.tile), image.mode, image.size
    name = tiles[0].codec_name
    if name in ("ppm", "ppm_plain"):
        return lambda path: (mode, _ppm_values(path, tiles[0], mode, size))
    if name == "SGI16":
        return lambda path: (mode, _sgi_values(path, tiles[0], mode, size))
    if _has_separate_planes(image):
        order = "<u2" if image.tag_v2.prefix == b"II" else ">u2"
        if {tile.args[0] for tile in tiles} - set(mode):
            return None
        return lambda path: (mode, _plane_values(path, tiles, mode, order))
    if getattr(image, "tag_v2", {}).get(PLANAR) == SEPARATE_PLANES:
        return None
    rawmode = _rawmode(tiles[0])
    if rawmode == "LA;16B":
        return lambda path: ("LA", _gray_alpha_values(path, tiles))
    known = SIXTEEN_BITS.fullmatch(rawmode)
    if not known or any(_rawmode(tile) != rawmode for tile in tiles):
        return None
    bands = known[1].replace("a", "A")  # alpha multiplied in: as it is stored
    order = {"N": "L" if sys.byteorder == "little" else "B"}.get(known[2], known[2])
    swapped = "B" if order == "L" else "L"
    out_mode = "RGBa" if known[1] == "RGBa" else mode
    return lambda path: (
        out_mode,
        _decode(path, tiles, f"{bands};16{order}").astype(np.uint16) * 256
        # Pillow keeps the high byte of each value; with the bytes swapped it keeps the low one
        + _decode(path, tiles, f"{bands};16{swapped}"),
    )


def _rawmode(tile):
    return str(tile.args[0] if isinstance(tile.args, tuple) else tile.args)


def _decode(path, tiles, rawmode):
    """What Pillow decodes from tiles with another raw mode."""
    with open_image(path) as image:
        image.tile = [
            tile._replace(
                args=(rawmode, *tile.args[1:]) if isinstance(tile.args, tuple) else rawmode
            )
            for tile in tiles
        ]
        image.load()
        return np.asarray(image)


def _gray_alpha_values(path, tiles):
    """16-bit gray and alpha, read as four bytes per pixel."""
    values = _decode(path, tiles, "RGBA").astype(np.uint16)
    return values[..., ::2] * 256 + values[..., 1::2]


def _ppm_values(path, tile, mode, size):
    """The values of a PPM file, from 0..maxval to 0..65535, as Pillow does for gray ones."""
    num_channels, maxval = len(Image.new(mode, (1, 1)).getbands()), tile.args[-1]
    shape = (size[1], size[0], num_channels)
    with open(path, "rb") as file:
        file.seek(tile.offset)
        content = file.read()
    if tile.codec_name == "ppm":
        values = np.frombuffer(content, ">u2", np.prod(shape))
    else:
        numbers = re.sub(rb"#[^\r\n]*", b"", content).split()
        values = np.array(numbers[: np.prod(shape)], dtype=np.float64)
    scaled = np.rint(values / maxval * 65535)
    return np.minimum(scaled, 65535).astype(np.uint16).reshape(shape)


def _sgi_values(path, tile, mode, size):
    shape = (len(Image.new(mode, (1, 1)).getbands()), size[1], size[0])
    planes = np.fromfile(path, ">u2", np.prod(shape), offset=tile.offset).reshape(shape)
    return np.moveaxis(planes[:, ::-1], 0, -1).astype(np.uint16)  # the last row is stored first


def _plane_values(path, tiles, mode, order):
    """The values of an uncompressed TIFF whose planes are stored one by one."""
    _, _, rights, bottoms = zip(*(tile.extents for tile in tiles))
    values = np.zeros((max(bottoms), max(rights), len(mode)), np.uint16)
    for tile in tiles:
        left, top, right, bottom = tile.extents
        band, stride, _ = tile.args
        columns = stride // 2 or right - left
        block = np.fromfile(path, order, columns * (bottom - top), offset=tile.offset)
        block = block.reshape(bottom - top, columns)[:, : right - left]
        values[top:bottom, left:right, mode.index(band)] = block
    return values


def _image_of(mode, values):
    """16-bit values as an 8-bit image: colors by the range that they use, alpha by 65,535."""
    num_colors = NUM_COLORS[mode]
    colors = integers_to_8_bit(values[..., :num_colors])
    alpha = (values[..., num_colors:] >> 8).astype(np.uint8)
    bands = np.concatenate([colors, alpha], axis=-1)
    bands = [Image.fromarray(np.ascontiguousarray(band)) for band in np.moveaxis(bands, -1, 0)]
    return Image.merge(mode, bands) if len(bands) > 1 else bands[0]


def _converted_gray(image):
    """A gray image of more than 8 bits, with what Pillow does for 8 bits only, if it needs that.

    TIFFs whose minimum is white are inverted, and the transparent color of a PNG gets an alpha.
    """
    color = image.info.get("transparency")
    if getattr(image, "tag_v2", {}).get(PHOTOMETRIC) == MIN_IS_WHITE:
        return _like(image, ImageOps.invert(to_8_bit(image, gray=True)))
    if isinstance(color, int):
        converted = to_8_bit(image, gray=True)
        _make_transparent(converted, np.asarray(image) == color)
        return _like(image, converted)
    return image


def _make_transparent(image, mask):
    image.putalpha(Image.fromarray(np.where(mask, 0, 255).astype(np.uint8)))


def _like(image, converted):
    """The converted image with the orientation of the original."""
    converted.getexif()[ORIENTATION] = image.getexif().get(ORIENTATION, 1)
    return converted
