"""Reading image files, arrays and Pillow images as uint8 arrays, gray or color, of any size."""

import os
from collections.abc import Sequence
from io import BytesIO

import numpy as np
from PIL import Image

from mm_keras.image.convert import array_to_pillow, to_8_bit
from mm_keras.image.decoding import reduce_scale, stored_size, upright_operation
from mm_keras.image.wide import load_image_file
from mm_keras.utils.image_files import check_num_pixels, file_type, is_machine_error, open_image
from mm_keras.utils.messages import report_bad
from mm_keras.utils.sequences import as_sequence

ImageSource = str | os.PathLike | np.ndarray | Image.Image | bytes | BytesIO | dict


class UnreadableImage(ValueError):
    """A file or Pillow image that cannot be decoded."""


def read_image(
    source: ImageSource, size: int | tuple[int, int] | None = None, gray: bool = True
) -> np.ndarray:
    """Read one image as a uint8 array, upright and opaque.

    Gray is Y = 0.299 R + 0.587 G + 0.114 B. Transparent images are placed on white, camera images
    are rotated upright by their EXIF orientation, and the first frame of an animation is read.
    Resizing averages over the area that each new pixel covers (block means for integer factors,
    otherwise a narrow Hamming window) and does not keep the aspect ratio.

    Values of more than 8 bits are scaled by the range that an image uses, not by its dtype: with a
    maximum below 256 they stay as they are; below 1,024, 4,096, 16,384 or 65,536 they are read as
    10, 12, 14 or 16 bits. Floats are values in [0, 1]; files may also hold 0..255. Any other range
    is stretched from its minimum to its maximum, and so are floats that would all become black.
    Alpha does not count for the range. A dark 16-bit color file in one of the few encodings of
    which Pillow decodes only the upper 8 bits (compressed planes, JPEG 2000; any encoding, if its
    content is given as bytes) is refused.

    A JPEG that is to be downsized is decoded at a reduced scale: 1/8, 1/4 or 1/2, preferably one
    that leaves an integer factor, else one of at least twice the requested size. This is several
    times faster, and on average within about one gray level of the same image given as an array.
    All other files give exactly the same result as the array.

    Args:
        source: path (str or Path), array, Pillow image, or the content of a file (bytes, BytesIO,
            or a dict with "bytes" or "path"). Arrays are (H, W) or (H, W, 1 | 3 | 4) with values in
            0..255 (uint8), up to 65535 (uint16), [0, 1] (float) or bool.
        size: None (unchanged), int (square) or (rows, cols).
        gray: bool, gray or color. Default: True.

    Returns:
        A new uint8 array: (rows, cols) for gray or (rows, cols, 3) for color.

    Raises:
        FileNotFoundError: the file does not exist.
        ValueError: the file cannot be decoded as an image, is of an unsupported format, or has more
            than 100 million pixels (or MM_KERAS_MAX_PIXELS); a pipe or device; float values outside
            [0, 1].
        TypeError: `source` is not an image.

    Example:
        >>> import numpy as np
        >>> red_and_white = np.array([[[255, 0, 0], [255, 255, 255]]], np.uint8)
        >>> read_image(red_and_white)  # red: 0.299 * 255 = 76
        array([[ 76, 255]], dtype=uint8)
        >>> read_image(np.array([[0, 100], [200, 100]], np.uint8), size=1)
        array([[100]], dtype=uint8)
    """
    size, source = check_size(size), as_path_or_content(source)
    if isinstance(source, bytes):
        return _decode(lambda: _read_file(BytesIO(source), size, gray), "the content of a file")
    if isinstance(source, np.ndarray):
        return _finish(array_to_pillow(source), size, gray)
    if isinstance(source, Image.Image):
        return _decode(lambda: _read_pillow(source, size, gray), "a Pillow image")
    if not isinstance(source, (str, os.PathLike)):
        raise TypeError(
            "An image must be a path, an array (H, W[, channels]), a Pillow image or bytes. "
            f"Received: {type(source).__name__}."
        )
    if file_type(source) is None:
        raise FileNotFoundError(
            f"There is no image file {os.fspath(source)!r}. Check the path and the folder that it "
            "is relative to."
        )
    return _decode(lambda: _read_file(source, size, gray), repr(os.fspath(source)))


def as_path_or_content(source):
    """A dict or a BytesIO as a path or bytes; any other source as it is.

    Example:
        >>> as_path_or_content({"bytes": None, "path": "a.png"})
        'a.png'
    """
    if isinstance(source, dict) and source.keys() & {"bytes", "path"}:
        content = source.get("bytes")
        source = source.get("path") if content is None else content
    if isinstance(source, BytesIO):
        return source.getvalue()
    return bytes(source) if isinstance(source, (bytearray, memoryview)) else source


def read_images(
    sources: Sequence[ImageSource | None] | np.ndarray,
    size: int | tuple[int, int] | None = None,
    gray: bool = True,
    strict: bool = False,
) -> np.ndarray:
    """Read several images as one uint8 array; None and unreadable images become zero rows.

    Args:
        sources: sequence of n images, each as in `read_image`, or None; or an array
            (n, H, W[, channels]).
        size: int (square) or (rows, cols). None (default): the common size of the arrays, or 64x64
            for files and for arrays of mixed sizes.
        gray: bool, gray or color. Default: True.
        strict: bool, raise ValueError instead of issuing a warning when an image cannot be read.
            Default: False.

    Returns:
        uint8 array (n, rows, cols), or (n, rows, cols, 3) when `gray` is False.

    Raises:
        TypeError: `sources` is one image instead of a sequence, or contains something else than
            images.
        ValueError: float values outside [0, 1]; unreadable images when `strict`.

    Example:
        >>> import numpy as np
        >>> read_images([np.full((2, 2), 7, np.uint8), None])[:, 0]
        array([[7, 7],
               [0, 0]], dtype=uint8)
    """
    sources = as_samples(sources)
    size = learned_size(sources, size)
    images = np.zeros((len(sources), *size) if gray else (len(sources), *size, 3), np.uint8)
    bad = []
    for row, source in enumerate(sources):
        if source is not None:
            try:
                images[row] = read_image(source, size, gray)
            except (FileNotFoundError, UnreadableImage) as error:
                bad.append((sample_name(source, row), error))
    report_bad(*unreadable(bad), strict)
    return images


def as_samples(samples):
    """The samples as an array (n, H, W[, channels]) or a list; TypeError for one image or path."""
    samples = as_sequence(samples, "images")
    if not isinstance(samples, np.ndarray) or not len(samples):
        return list(samples)
    if samples.ndim == 2 or (samples.ndim == 3 and samples.shape[2] in (1, 3, 4)):
        raise TypeError(
            "A sequence of images is needed: a list, or an array (n, H, W[, channels]). "
            f"Received: an array {samples.shape}, which looks like one image. For one image pass "
            f"[image]; for several images {samples.shape[-1]} columns wide pass list(images)."
        )
    if samples.ndim not in (3, 4):
        raise TypeError(
            "An array of images must have shape (n, H, W) or (n, H, W, 1 | 3 | 4). "
            f"Received: {samples.shape}."
        )
    return samples


def learned_size(samples, size=None, default=(64, 64)):
    """`size` as (rows, cols).

    If it is None, the common size of the arrays, or `default` for files and mixed sizes.
    """
    if size is not None:
        return check_size(size)
    if isinstance(samples, np.ndarray):
        return samples.shape[1:3]
    sizes = {_size_in_memory(sample) for sample in samples if sample is not None}
    return sizes.pop() if len(sizes) == 1 and None not in sizes else default


def check_size(size):
    """`size` as None or (rows, cols); an int stands for a square."""
    pair = (size, size) if isinstance(size, (int, np.integer)) else size
    valid = pair is None or (
        isinstance(pair, (tuple, list))
        and len(pair) == 2
        and all(isinstance(side, (int, np.integer)) and side >= 1 for side in pair)
    )
    if not valid:
        raise ValueError(f"size must be None, a positive int or (rows, cols). Received: {size!r}.")
    return None if pair is None else (int(pair[0]), int(pair[1]))


def sample_name(sample, row):
    """The name of a sample for `report_bad`: its path, or its row number."""
    return os.fspath(sample) if isinstance(sample, (str, os.PathLike)) else int(row)


def unreadable(bad, problem="could not be read as an image"):
    """Arguments of `report_bad` for pairs (name, reason) of images that could not be used."""
    reason = f" First problem: {bad[0][1]}" if bad else ""
    return [name for name, _ in bad], problem, f"Such images become zero rows.{reason}"


def _size_in_memory(sample):
    if isinstance(sample, Image.Image):
        return sample.size[::-1]
    return sample.shape[:2] if isinstance(sample, np.ndarray) and sample.ndim >= 2 else None


def _decode(read, name):
    """`read()`, with any exception that a corrupted image causes turned into UnreadableImage.

    Errors of the machine, such as a lack of memory or of file handles, are raised as they are.
    """
    try:
        return read()
    except Exception as error:
        if is_machine_error(error):
            raise
        raise UnreadableImage(
            f"{name} cannot be read as an image ({type(error).__name__}: {error})."
        ) from error


def _read_file(path, size, gray):
    with open_image(path) as image:
        box = None if size is None else reduce_scale(image, size, gray)
        path = None if isinstance(path, BytesIO) else path
        return _finish(load_image_file(image, path), size, gray, box)


def _read_pillow(image, size, gray):
    check_num_pixels(image)
    path = getattr(image, "filename", None) if not image.tell() else None
    return _finish(load_image_file(image, path or None), size, gray)


def _finish(image, size, gray, box=None):
    """Convert to 8 bits, opaque, gray or RGB; then resize; then bring upright.

    `box` is the area that the image really covers.
    """
    image.load()
    operation = upright_operation(image)
    image = to_8_bit(image, gray)
    if size is not None:
        image = _resize(image, stored_size(size, operation), box or (0, 0, *image.size))
    return np.array(image if operation is None else image.transpose(operation))


def _resize(image, width_height, box):
    """Resize by block means for integer factors; else by blocks and a window over two or more."""
    integer_factors = box[2] % width_height[0] == 0 and box[3] % width_height[1] == 0
    gap = 1.0 if integer_factors else 2.0
    return image.resize(width_height, Image.Resampling.HAMMING, box=box, reducing_gap=gap)
