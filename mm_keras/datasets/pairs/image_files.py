"""Finding files by name, safely: of images, only the headers are read, nothing is decoded."""

import os
import re
import unicodedata
import warnings
from concurrent.futures import ThreadPoolExecutor

from mm_keras.utils.image_files import UnsupportedImage, file_type, is_machine_error, open_image
from mm_keras.utils.messages import some_of

FILES_PER_TASK = 256

# Continue "2 samples ...", see `report_bad`.
ABSENT = "had the name of an image file that does not exist"
BROKEN = "had a file that cannot be read as an image"
MOVING = "had an animated or multi-page image"


def find_images(folder, names):
    """Find image files and check their headers.

    Args:
        folder, names: see `find_files`.

    Returns:
        paths (list of n str or None), problems (dict: ABSENT, BROKEN or MOVING -> list of names,
        one per sample).

    Raises:
        ValueError: see `find_files`.
        OSError, MemoryError: the machine has no file handles or memory left, or a disk fails.
    """
    names = [name.strip() for name in names]
    paths = find_files(folder, names)
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


def find_files(folder, names, folders=False):
    """Find files by name; dict, name -> path or None.

    A name is a path relative to `folder`, or an absolute one inside it. Backslashes are read as
    slashes; accented letters may be composed (NFC) or decomposed (NFD), whatever the file name has.

    Args:
        folder: str or Path.
        names: list of str; empty names are left out.
        folders: bool, whether a name may also be that of a folder, such as a film as images.

    Raises:
        ValueError: names that lead out of the folder: other absolute paths, "..", symbolic links,
            also of the frames in the folder of a film.
        OSError: an error of the machine, such as a failing disk.
    """
    locate = _locator(folder, ("file", "folder") if folders else ("file",))
    paths = {name: locate(name) for name in dict.fromkeys(map(str.strip, names)) if name}
    outside = [name for name, path in paths.items() if path is OUTSIDE]
    if outside:
        raise ValueError(
            "Files must be in the folder of the CSV file, with names relative to it "
            "(images/a.jpg), and not symbolic links that lead out of it. "
            f"Received {len(outside)} outside of it: {some_of(outside)}. "
            "Copy them into the folder."
        )
    return paths


OUTSIDE = object()


def _locator(folder, types):
    """Function: name -> path of something of these types, None, or OUTSIDE the folder."""
    root = os.path.realpath(folder)
    checked_folders = {}  # the real path of each folder is resolved once only

    def is_inside(path):
        if os.path.islink(path):
            return is_below(os.path.realpath(path))
        parent = os.path.dirname(path)
        if parent not in checked_folders:
            checked_folders[parent] = is_below(os.path.realpath(parent))
        return checked_folders[parent]

    def is_below(real):
        return real == root or real.startswith(root.rstrip(os.sep) + os.sep)

    def locate(name):
        name = name.replace("\\", "/")
        if os.path.isabs(name):
            if not is_below(os.path.realpath(name)):
                return OUTSIDE
        elif (
            os.path.splitdrive(name)[0]
            or re.match("[A-Za-z]:/", name)
            or os.path.normpath(name).split(os.sep)[0] == os.pardir
        ):
            return OUTSIDE
        for spelling in dict.fromkeys(
            (name, unicodedata.normalize("NFC", name), unicodedata.normalize("NFD", name))
        ):
            path = os.path.join(folder, spelling)
            kind = file_type(path)
            if kind in types:
                links = _links(path) if kind == "folder" else []
                return path if all(map(is_inside, [path, *links])) else OUTSIDE

    return locate


def _links(folder):
    """The symbolic links in a folder; none if it cannot be read, as extractors report."""
    try:
        with os.scandir(folder) as entries:
            return [entry.path for entry in entries if entry.is_symlink()]
    except OSError as error:
        if is_machine_error(error):
            raise
        return []


def _check_headers(paths):
    """Dict, path -> (BROKEN or MOVING, detail), of the images with a problem; read in threads."""
    tasks = [
        paths[start : start + FILES_PER_TASK] for start in range(0, len(paths), FILES_PER_TASK)
    ]
    with warnings.catch_warnings(), ThreadPoolExecutor(max_workers=8) as pool:
        warnings.simplefilter("ignore")  # Pillow's; problems are reported once, by name
        flaws = pool.map(lambda task: [(path, _flaw(path)) for path in task], tasks)
        return {path: flaw for task in flaws for path, flaw in task if flaw}


def _flaw(path):
    try:
        with open_image(path) as image:
            is_photo = image.format == "MPO"  # a JPEG with a second, smaller image inside
            return (MOVING, "") if getattr(image, "is_animated", False) and not is_photo else None
    except UnsupportedImage as error:
        return BROKEN, str(error)
    except Exception as error:  # a broken header may raise anything
        if is_machine_error(error):
            raise
        return BROKEN, f"{type(error).__name__}: {error}"
