"""Names of image files -> paths that can be read safely. Only headers are looked at; nothing is decoded."""

import os
import re
import unicodedata
import warnings
from concurrent.futures import ThreadPoolExecutor

from mm_keras.utils.image_limits import MAX_PIXELS
from mm_keras.utils.messages import some_of

FILES_PER_TASK = 256

ABSENT = "came with the name of an image file that does not exist"
BROKEN = "came with a file that cannot be read as an image"
MOVING = "came with an animated image or one of several pages"


def find_images(folder, names):
    """Find image files and look at their headers.

    A name is a path relative to `folder`. Backslashes are slashes; an accented letter may be one character or two (NFC,
    NFD), whichever the file has.

    Args:
        folder: str or Path.
        names: list of n str; empty ones are missing images.

    Returns:
        paths (list of n str or None), problems (dict: ABSENT, BROKEN or MOVING -> list of names, one per sample).

    Raises:
        ValueError: names that lead out of the folder: absolute ones, "..", symbolic links.
    """
    names = [name.strip() for name in names]
    locate = _locator(folder)
    paths = {name: locate(name) for name in dict.fromkeys(names) if name}
    outside = [name for name, path in paths.items() if path is OUTSIDE]
    if outside:
        raise ValueError(
            "Images must lie in the folder of the CSV file, named relative to it (images/a.jpg). "
            f"Received {len(outside)} that lead out of it: {some_of(outside)}. Copy them into the folder."
        )
    flaws = _check_headers([path for path in paths.values() if path])
    problems = {ABSENT: [], BROKEN: [], MOVING: []}
    for name in filter(None, names):
        kind, detail = (ABSENT, "") if paths[name] is None else flaws.get(paths[name], (None, ""))
        if kind:
            problems[kind].append(f"{name} ({detail})" if detail else name)
    usable = {
        name: path
        for name, path in paths.items()
        if path and flaws.get(path, (MOVING,))[0] is MOVING
    }
    return [usable.get(name) for name in names], problems


OUTSIDE = object()


def _locator(folder):
    """Function: name -> path of an existing file, None, or OUTSIDE when it leads out of the folder."""
    root = os.path.realpath(folder)
    inside_folders = {}  # the real path of each folder is worked out once: 20,000 files lie in few of them

    def inside(path):
        if os.path.islink(path):
            return is_below(os.path.realpath(path))
        parent = os.path.dirname(path)
        if parent not in inside_folders:
            inside_folders[parent] = is_below(os.path.realpath(parent))
        return inside_folders[parent]

    def is_below(real):
        return real == root or real.startswith(root.rstrip(os.sep) + os.sep)

    def locate(name):
        name = name.replace("\\", "/")
        if (
            name.startswith("/")
            or re.match("[A-Za-z]:", name)
            or os.path.normpath(name).split(os.sep)[0] == os.pardir
        ):
            return OUTSIDE
        for spelling in dict.fromkeys(
            (name, unicodedata.normalize("NFC", name), unicodedata.normalize("NFD", name))
        ):
            path = os.path.join(folder, spelling)
            if os.path.isfile(path):
                return path if inside(path) else OUTSIDE

    return locate


def _check_headers(paths):
    """Dict path -> (BROKEN or MOVING, detail) of the images with a flaw; in threads, for disks that make one wait."""
    tasks = [
        paths[start : start + FILES_PER_TASK] for start in range(0, len(paths), FILES_PER_TASK)
    ]
    with warnings.catch_warnings(), ThreadPoolExecutor(max_workers=8) as pool:
        warnings.simplefilter(
            "ignore"
        )  # Pillow's own words about odd headers; what matters is reported once, by name
        flaws = pool.map(lambda task: [(path, _flaw(path)) for path in task], tasks)
        return {path: flaw for task in flaws for path, flaw in task if flaw}


def _flaw(path):
    from PIL import Image, UnidentifiedImageError

    try:
        if not os.path.getsize(path):
            return BROKEN, "empty file"
        with Image.open(path) as image:
            if image.width * image.height > MAX_PIXELS:
                return BROKEN, f"{image.width} x {image.height} pixels, more than 100 million"
            camera = image.format == "MPO"  # a JPEG with a second, smaller image inside
            return (MOVING, "") if getattr(image, "is_animated", False) and not camera else None
    except UnidentifiedImageError:
        return BROKEN, "not an image"
    except Image.DecompressionBombError:
        return BROKEN, "more than 100 million pixels"
    except Exception as error:  # decoders raise whatever a broken header makes them stumble over
        return BROKEN, f"{type(error).__name__}: {error}"
