"""The folder of a saved classifier: replaced as a whole or not at all, verified when it is read."""

import hashlib
import json
import stat
import warnings
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version

import mm_keras
from mm_keras.saving.known import Unsupported, Untrusted, printable
from mm_keras.utils.files import replacing
from mm_keras.utils.image_files import is_machine_error

FORMAT = "mm_keras classifier"
VERSION = 2
MANIFEST = "classifier.json"
ARRAYS, NETWORK = FILES = ("arrays.npz", "model.keras")
DIGEST = b',\n "digest": "'  # the last entry of the manifest
END = b'"\n}\n'
REMEDY = "Copy the folder again from its source, or save the classifier again."
PACKAGES = ("keras", "scikit-learn", "numpy")


def check_target(path):
    """Raise FileExistsError if saving to `path` would destroy anything but a saved classifier."""
    if not path.exists() or path.is_dir() and not any(path.iterdir()):
        return
    if not (path / MANIFEST).is_file():
        raise FileExistsError(f"{path} exists and is not a saved classifier. Choose another name.")
    others = _other_files(path)
    if others:
        raise FileExistsError(
            f"{path} holds a saved classifier and other files, which would be lost: "
            f"{', '.join(others)}. Choose another name, or move these files elsewhere."
        )


@contextmanager
def replaced(path):
    """A context with a new folder to write into, which replaces `path` at the end.

    Until then, and if anything fails, `path` is unchanged.
    """
    check_target(Path(path))
    with replacing(path) as folder:
        folder.mkdir()
        yield folder


def write_manifest(folder, content):
    """Write classifier.json: the content, the digests of the other files, and its own digest."""
    digests = {name: _sha256(folder / name) for name in FILES}
    content = {"format": FORMAT, "version": VERSION, **content, "sha256": digests}
    body = json.dumps(content, indent=1, ensure_ascii=False).removesuffix("\n}")
    body = body.encode("utf-8", "surrogatepass")
    (folder / MANIFEST).write_bytes(body + DIGEST + _digest(body) + END)


def read_manifest(path):
    """The content of classifier.json, after verifying the digest of everything in the folder.

    Raises:
        FileNotFoundError: no such folder.
        ValueError: not a classifier, a damaged file, further files, or a newer version.
    """
    if not path.exists():
        raise FileNotFoundError(f"No saved classifier at {path}.")
    file = path / MANIFEST
    if not path.is_dir() or not file.exists():
        raise ValueError(f"{path} is not a saved classifier: it has no {MANIFEST}.")
    _check_regular(file)
    content = file.read_bytes()
    try:
        manifest = json.loads(content.decode("utf-8", "surrogatepass"))
        kind, number = manifest["format"], manifest["version"]
        if type(number) is not int:
            raise TypeError("the version is not a number")
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ValueError(f"{file} is damaged or is not from mm_keras. {REMEDY}") from None
    if kind != FORMAT or not 1 <= number <= VERSION:
        raise ValueError(
            f"{file} holds {str(kind)[:50]!r} version {str(number)[:50]}. "
            f"This version of mm_keras reads {FORMAT!r} up to version {VERSION}. "
            "Update mm_keras, or save the classifier again."
        )
    _check_files(path)
    body, _, end = content.rpartition(DIGEST)
    if number > 1 and end != _digest(body) + END:  # version 1 had no digest of the manifest
        raise ValueError(f"{file} is damaged: its digest differs from the saved one. {REMEDY}")
    digests = manifest.get("sha256")
    for name in FILES:
        if not isinstance(digests, dict) or digests.get(name) != _sha256(path / name):
            raise ValueError(
                f"{path / name} is damaged: its digest differs from the saved one. {REMEDY}"
            )
    return manifest


def _check_files(path):
    """Raise ValueError unless the folder has exactly the three regular files."""
    others = _other_files(path)
    if others:
        raise ValueError(
            f"{path} has files that do not belong to a saved classifier: {', '.join(others)}. "
            "Remove them if you know where they come from; they are not needed."
        )
    for name in FILES:
        _check_regular(path / name)


def _check_regular(file):
    try:
        mode = file.lstat().st_mode
    except FileNotFoundError:
        raise ValueError(f"{file} is missing or damaged. {REMEDY}") from None
    if not stat.S_ISREG(mode):
        raise ValueError(f"{file} is not a regular file but a link or a folder. {REMEDY}")


def _other_files(path):
    names = {file.name for file in path.iterdir()} - {MANIFEST, *FILES}
    return sorted(ascii(name)[1:-1] for name in names)


class Damaged(ValueError):
    """A damaged file: one sentence, and what to do."""


@contextmanager
def reading(file):
    """A context in which any failure means that a file is damaged, unless the machine failed.

    Raises:
        Damaged: the file is damaged.
    """
    try:
        yield
    except (Damaged, Untrusted, Unsupported, ImportError, PermissionError):
        raise
    except Exception as error:
        if is_machine_error(error):
            raise
        if _is_out_of_resources(error):
            raise MemoryError(f"not enough memory to load {file}") from error
        reason = printable(" ".join(str(error).split())) or type(error).__name__
        reason = reason if len(reason) <= 200 else reason[:197] + "..."
        raise Damaged(f"{file} is damaged: {reason.rstrip('.')}. {REMEDY}") from error


def _is_out_of_resources(error):
    """Whether a library reports in its own way that the machine has no memory or threads left."""
    return type(error).__name__ == "ResourceExhaustedError" or any(
        words in str(error) for words in ("RESOURCE_EXHAUSTED", "can't start new thread")
    )


def versions():
    """Dict, name -> version, of what a prediction depends on."""
    installed = {"mm_keras": mm_keras.__version__, "python": python_version()}
    for name in PACKAGES:
        try:
            installed[name] = version(name)
        except PackageNotFoundError:  # installed in another way
            pass
    return installed


def note_versions(path, made_with):
    """Warn if a package has another major version than the one a classifier was made with."""
    if not isinstance(made_with, dict):
        return
    here = versions()
    different = [
        f"{name} {printable(str(made_with[name])[:20])} (here {here[name]})"
        for name in here
        if name in made_with and str(made_with[name]).split(".")[0] != here[name].split(".")[0]
    ]
    if different:
        warnings.warn(
            f"{path} was made with {', '.join(different)}. Its predictions may differ here; "
            "evaluate it on samples whose labels you know.",
            stacklevel=3,
        )


def _digest(content):
    return hashlib.sha256(content).hexdigest().encode()


def _sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
