"""Opening image files: the formats that are decoded, the size limit, and errors of the machine."""

import errno
import os
import stat

# Other formats that Pillow knows are not decoded: some of them start programs (EPS) or read other
# files. HEIF is decoded where pillow-heif has been registered.
FORMATS = "AVIF BMP DIB GIF HEIF ICO IM JPEG JPEG2000 MPO PCX PNG PPM QOI SGI TGA TIFF WEBP".split()
MAX_PIXELS_VARIABLE = "MM_KERAS_MAX_PIXELS"
DEFAULT_MAX_PIXELS = 100_000_000
# Errors of the operating system that say something about the file; all others are the machine's.
FILE_ERRORS = {
    errno.ENOENT,
    errno.EISDIR,
    errno.ENOTDIR,
    errno.EACCES,
    errno.EPERM,
    errno.ELOOP,
    errno.ENAMETOOLONG,
    errno.EINVAL,
    errno.EILSEQ,
}
NOT_A_FILE = "not a file, but a pipe, a device or a socket"  # reading it might never end


class UnsupportedImage(ValueError):
    """A file that is not an image of a supported format, or that has too many pixels."""


def max_pixels():
    """The largest number of pixels that is decoded; the environment variable sets another limit.

    Example:
        >>> max_pixels()
        100000000
    """
    return int(os.environ.get(MAX_PIXELS_VARIABLE) or DEFAULT_MAX_PIXELS)


def open_image(path):
    """Open an image file, or its content as BytesIO, with Pillow, without decoding it.

    Raises:
        UnsupportedImage: an empty file, another format, or more pixels than `max_pixels()`; a pipe,
            a device or a socket.
        OSError: the file cannot be read.
    """
    from PIL import Image, UnidentifiedImageError

    content = getattr(path, "getbuffer", None)
    if content is None and file_type(path) == "other":
        raise UnsupportedImage(NOT_A_FILE)
    if not (os.path.getsize(path) if content is None else len(content())):
        raise UnsupportedImage("empty file")
    Image.init()
    if os.environ.get(MAX_PIXELS_VARIABLE):  # also raises Pillow's own limit
        Image.MAX_IMAGE_PIXELS = max(max_pixels(), Image.MAX_IMAGE_PIXELS or 0)
    try:
        image = Image.open(path, formats=[name for name in FORMATS if name in Image.OPEN])
    except UnidentifiedImageError:
        raise UnsupportedImage(_describe_unknown(_start(path))) from None
    except Image.DecompressionBombError:
        raise UnsupportedImage(f"more than {max_pixels():,} pixels") from None
    check_num_pixels(image)
    return image


def check_num_pixels(image):
    """Raise UnsupportedImage if a Pillow image has more pixels than `max_pixels()`."""
    if image.width * image.height > max_pixels():
        raise UnsupportedImage(
            f"{image.width} x {image.height} pixels, more than {max_pixels():,} "
            f"(the environment variable {MAX_PIXELS_VARIABLE} sets another limit)"
        )


def file_type(path):
    """Type of a path: "file", "folder", "other" (a pipe, a device, a socket) or None (nothing).

    Raises:
        OSError: an error of the machine, such as a failing disk: the file may well exist.

    Example:
        >>> file_type("."), file_type("no such file")
        ('folder', None)
    """
    try:
        mode = os.stat(path).st_mode
    except (OSError, ValueError) as error:  # ValueError: a null character in the path
        if is_machine_error(error):
            raise
        return None
    if stat.S_ISREG(mode):
        return "file"
    return "folder" if stat.S_ISDIR(mode) else "other"


def is_machine_error(error):
    """Whether an exception comes from the machine (memory, disk, file handles), not from a file."""
    if isinstance(error, OSError):
        return error.errno is not None and error.errno not in FILE_ERRORS
    return isinstance(error, MemoryError)


def _start(path):
    """The first bytes of a file or a BytesIO."""
    if hasattr(path, "getvalue"):
        return path.getvalue()[:64]
    with open(path, "rb") as file:
        return file.read(64)


def _describe_unknown(start):
    if start[4:8] == b"ftyp":
        if start[8:12] in (b"heic", b"heix", b"hevc", b"heim", b"heis", b"mif1", b"msf1"):
            return (
                "a HEIC image: pip install pillow-heif and call "
                "pillow_heif.register_heif_opener() first, or convert it to JPEG"
            )
        if start[8:12] in (b"avif", b"avis"):
            return "an AVIF image: install Pillow 11.3 or newer, or convert it to JPEG"
        return "a video, not an image"
    if start.startswith((b"%!PS", b"\xc5\xd0\xd3\xc6", b"%PDF")):
        return "PostScript or PDF, which is not decoded: convert it to PNG"
    if start.lstrip().startswith((b"<svg", b"<?xml", b"<!DOCTYPE", b"<html")):
        return "a text file (SVG, XML or HTML), not an image: convert drawings to PNG"
    return "not an image in a supported format (PNG, JPEG, WebP, TIFF, GIF, BMP ...)"
