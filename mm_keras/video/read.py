"""Reading films: a fixed number of frames of an array, a folder of images or a file."""

import os
import re
from collections.abc import Iterator

import numpy as np
from PIL import Image, UnidentifiedImageError

from mm_keras.image.convert import check_image
from mm_keras.image.read import ImageSource, UnreadableImage, read_image
from mm_keras.utils.image_files import (
    FORMATS,
    MAX_PIXELS_VARIABLE,
    UnsupportedImage,
    check_num_pixels,
    file_type,
    is_machine_error,
    max_pixels,
    open_image,
)
from mm_keras.utils.sequences import as_sequence
from mm_keras.video.film_file import film_frames, frame_index

# Formats in which a frame is only a change of the one before it, so that all are decoded.
SEQUENTIAL_FORMATS = ("AVIF", "GIF", "PNG", "WEBP")

FilmSource = str | os.PathLike | np.ndarray


class UnreadableFilm(UnreadableImage):
    """A film that cannot be decoded, or without frames."""


def read_frames(
    source: FilmSource,
    num_frames: int = 16,
    size: int | tuple[int, int] | None = None,
    gray: bool = True,
) -> np.ndarray:
    """Read frames of a film, evenly spaced from the first to the last, as one uint8 array.

    Of n frames, those at linspace(0, n - 1, num_frames), rounded, are decoded; a film of fewer
    frames repeats some. In MP4, AVI, MKV and WebM files of variable frame rate, they are evenly
    spaced in time. Every frame is converted as by `mm_keras.image.read_image`, except that 16-bit
    arrays and TIFF files are scaled by the range that all chosen frames use together.

    Args:
        source: array (frames, H, W[, 1 | 3 | 4]) of images; a folder of images, in natural order
            ("frame2.png" before "frame10.png"), whose other files are ignored; an animated GIF,
            APNG or WebP, or a TIFF of several pages; an MP4, AVI, MPG, MKV or WebM file, which
            needs PyAV: pip install av.
        num_frames: int >= 1. Default: 16.
        size: None, int (square) or (rows, cols). None (default): the size of the first frame.
        gray: bool, gray or color. Default: True.

    Returns:
        A new uint8 array: (num_frames, rows, cols) for gray or (num_frames, rows, cols, 3).

    Raises:
        FileNotFoundError: the file or folder does not exist.
        ValueError: no frames, no picture track, a damaged or truncated file, another format, a
            format that needs PyAV; a pipe or device; more than 100 million pixels (or
            MM_KERAS_MAX_PIXELS), in one frame or, with `size=None`, in all of them; animations
            with more than `num_frames` times as many; float values outside [0, 1].
        TypeError: `source` is not a film.

    Example:
        >>> film = np.arange(10, dtype=np.uint8).reshape(5, 1, 2)
        >>> read_frames(film, num_frames=3)[:, 0]
        array([[0, 1],
               [4, 5],
               [8, 9]], dtype=uint8)
    """
    images = []
    for frame in chosen_frames(source, num_frames):
        images.append(read_image(frame, size, gray))
        if size is None:
            size = images[0].shape[:2]
            check_total(num_frames, *size)
    return np.stack(images)


def chosen_frames(source: FilmSource, num_frames: int) -> Iterator[ImageSource]:
    """Yield `num_frames` frames as arrays, paths or Pillow images, which are valid until the next.

    Raises:
        UnreadableFilm, FileNotFoundError: see `read_frames`.
    """
    if not isinstance(num_frames, (int, np.integer)) or num_frames < 1:
        raise ValueError(f"num_frames must be an int >= 1. Received: {num_frames!r}.")
    if isinstance(source, np.ndarray):
        is_image = source.ndim == 3 and source.shape[2] in (1, 3, 4)
        if source.ndim not in (3, 4) or is_image:
            raise TypeError(
                "A film array must have shape (frames, H, W) or (frames, H, W, 1 | 3 | 4). "
                f"Received: {source.shape}."
            )
        check_image(np.empty(source.shape[1:], source.dtype))
        if not len(source):
            raise UnreadableFilm("An array without frames cannot be used as a film.")
        yield from _with_one_range(source[frame_index(len(source), num_frames)])
        return
    if not isinstance(source, (str, os.PathLike)):
        raise TypeError(
            "A film must be the path of a file or of a folder of images, or an array "
            f"(frames, H, W[, channels]). Received: {type(source).__name__}."
        )
    path = os.fspath(source)
    kind = file_type(path)
    if kind is None:
        raise FileNotFoundError(
            f"There is no film {path!r}. Check the path and the folder that it is relative to."
        )
    try:
        yield from (
            _folder_frames(path, num_frames) if kind == "folder" else _file_frames(path, num_frames)
        )
    except Exception as error:
        if is_machine_error(error):
            raise
        raise UnreadableFilm(
            f"{path!r} cannot be read as a film ({type(error).__name__}: {error})."
        ) from error


def check_total(num_frames, rows, columns):
    """Raise UnreadableFilm if the frames of one film have too many pixels to keep them all."""
    if num_frames * rows * columns > max_pixels():
        raise UnreadableFilm(
            f"{num_frames} frames of {columns} x {rows} pixels are more than {max_pixels():,} "
            "pixels. Pass a smaller size, or fewer frames."
        )


def as_films(samples):
    """The samples as an array (n, frames, H, W[, channels]) or a list; TypeError for one film."""
    samples = as_sequence(samples, "films")
    if not isinstance(samples, np.ndarray):
        return samples
    if samples.ndim not in (4, 5) or (samples.ndim == 4 and samples.shape[3] in (1, 3, 4)):
        raise TypeError(
            "A sequence of films is needed: a list, or an array (n, frames, H, W[, channels]). "
            f"Received: an array {samples.shape}, which looks like one film. Pass [film]."
        )
    return samples


# --- Folders and files


def _folder_frames(path, num_frames):
    formats = Image.registered_extensions()
    names = [
        name
        for name in os.listdir(path)
        if formats.get(os.path.splitext(name)[1].lower()) in FORMATS and not name.startswith(".")
    ]
    if not names:
        raise UnsupportedImage("no images in the folder")
    names.sort(key=_natural)
    for i in frame_index(len(names), num_frames):
        yield os.path.join(path, names[i])


def _natural(name):
    """A key that sorts by the values of the numbers in a name: "frame2" before "frame10"."""
    parts = re.split(r"(\d+)", name.casefold())
    return [int(part) if i % 2 else part for i, part in enumerate(parts)], name


def _file_frames(path, num_frames):
    try:
        image = open_image(path)
    except UnsupportedImage as error:
        if not isinstance(error.__context__, UnidentifiedImageError):  # empty or too large
            raise
        yield from film_frames(path, num_frames)
        return
    with image:
        index = frame_index(getattr(image, "n_frames", 1), num_frames)
        if image.format in SEQUENTIAL_FORMATS:
            _check_decoded(int(index[-1]) + 1, num_frames, image)
        pages = _pages(image, index.tolist())
        if image.mode.startswith("I;16"):
            check_total(num_frames, image.height, image.width)
            pages = _with_one_range(np.stack([np.array(page, np.uint16) for page in pages]))
        yield from pages


def _check_decoded(num_decoded, num_frames, image):
    """Raise UnsupportedImage if decoding this many frames takes longer than the chosen ones may."""
    if num_decoded * image.width * image.height > num_frames * max_pixels():
        raise UnsupportedImage(
            f"{num_decoded:,} frames of {image.width} x {image.height} pixels, more than "
            f"{max_pixels():,} pixels for each of {num_frames} (the environment variable "
            f"{MAX_PIXELS_VARIABLE} sets another limit)"
        )


def _pages(image, index):
    for page in index:
        image.seek(page)
        check_num_pixels(image)  # a page may be larger than the first
        image.load()
        yield image


def _with_one_range(frames):
    """Frames (n, H, W[, channels]), with 16-bit ones converted to 8 bits as if they were one image.

    One by one, frames of the same brightness could become different.
    """
    if frames.dtype != np.uint16:
        return frames
    gray = frames.ndim == 3 or frames.shape[3] == 1
    tall = read_image(frames.reshape(-1, *frames.shape[2:]), gray=gray)
    return tall.reshape(frames.shape[:3] + tall.shape[2:])
