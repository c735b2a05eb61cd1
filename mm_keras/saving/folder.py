"""The folder of a saved model: replaced as a whole or not at all, verified when it is read."""

import hashlib
import json
import stat
import warnings
from contextlib import contextmanager
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from platform import python_version

import mm_keras
from mm_keras.saving.kinds import CLASSIFIER, FILES, NETWORK, kind_of
from mm_keras.saving.known import Unsupported, Untrusted, printable
from mm_keras.utils.files import replacing
from mm_keras.utils.image_files import is_machine_error

DIGEST = b',\n "digest": "'  # the last entry of the manifest
END = b'"\n}\n'
REMEDY = "Copy the folder again from its source, or save it again."
PACKAGES = ("keras", "scikit-learn", "numpy")


def check_target(path, kind=CLASSIFIER):
    """Raise FileExistsError if saving to `path` would destroy anything but a folder of its kind."""
    if not path.exists() or path.is_dir() and not any(path.iterdir()):
        return
    if not (path / kind.manifest).is_file():
        raise FileExistsError(f"{path} exists and is not a saved {kind.name}. Choose another name.")
    others = _other_files(path, {kind.manifest, *FILES})
    if others:
        raise FileExistsError(
            f"{path} holds a saved {kind.name} and other files, which would be lost: "
            f"{', '.join(others)}. Choose another name, or move these files elsewhere."
        )


@contextmanager
def replaced(path, kind=CLASSIFIER):
    """A context with a new folder to write into, which replaces `path` at the end.

    Until then, and if anything fails, `path` is unchanged.
    """
    check_target(Path(path), kind)
    with replacing(path) as folder:
        folder.mkdir()
        yield folder


def write_manifest(folder, content, kind=CLASSIFIER):
    """Write the manifest: the content, the digests of the other files, and its own digest."""
    names = [name for name in FILES if name in kind.required or (folder / name).exists()]
    digests = {name: _sha256(folder / name) for name in names}
    content = {"format": kind.format, "version": kind.version, **content, "sha256": digests}
    body = json.dumps(content, indent=1, ensure_ascii=False).removesuffix("\n}")
    body = body.encode("utf-8", "surrogatepass")
    (folder / kind.manifest).write_bytes(body + DIGEST + _digest(body) + END)


def read_manifest(path, kind=CLASSIFIER):
    """The content of the manifest, after verifying the digest of everything in the folder.

    Raises:
        FileNotFoundError: no such folder.
        ValueError: not of this kind, a damaged file, further files, or a newer version.
    """
    if not path.exists():
        raise FileNotFoundError(f"No saved {kind.name} at {path}.")
    file = path / kind.manifest
    if not path.is_dir() or not file.exists():
        raise ValueError(_not_of_kind(path, kind))
    _check_regular(file)
    content = file.read_bytes()
    manifest = _parsed(content, file, kind)
    body, _, end = content.rpartition(DIGEST)
    is_first = kind is CLASSIFIER and manifest["version"] == 1  # without a digest of the manifest
    if not is_first and end != _digest(body) + END:
        raise ValueError(f"{file} is damaged: its digest differs from the saved one. {REMEDY}")
    files, digests = _files(manifest, kind), manifest.get("sha256")
    _check_files(path, kind, files)
    for name in files:
        if not isinstance(digests, dict) or digests.get(name) != _sha256(path / name):
            raise ValueError(
                f"{path / name} is damaged: its digest differs from the saved one. {REMEDY}"
            )
    return manifest


def _not_of_kind(path, kind):
    """Why a path is no folder of a kind, in one or two sentences."""
    other = kind_of(path)
    if other is None:
        inside = path / kind.name
        hint = f" Did you mean {inside}?" if (inside / kind.manifest).is_file() else ""
        return f"{path} is not a saved {kind.name}: it has no {kind.manifest}.{hint}"
    return f"{path} is not a saved {kind.name} but a saved {other.name}. {other.usage(path)}"


def _parsed(content, file, kind):
    """The JSON value in a manifest, of a format and version that can be read."""
    try:
        manifest = json.loads(content.decode("utf-8", "surrogatepass"))
        format, number = manifest["format"], manifest["version"]
        if type(number) is not int:
            raise TypeError("the version is not a number")
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ValueError(f"{file} is damaged or is not from mm_keras. {REMEDY}") from None
    if format != kind.format or not 1 <= number <= kind.version:
        raise ValueError(
            f"{file} holds {str(format)[:50]!r} version {str(number)[:50]}. "
            f"This version of mm_keras reads {kind.format!r} up to version {kind.version}. "
            f"Update mm_keras, or save the {kind.name} again."
        )
    return manifest


def _files(manifest, kind):
    """The names of the files that belong to a manifest."""
    digests = manifest.get("sha256")
    has_network = isinstance(digests, dict) and NETWORK in digests
    return FILES if has_network else kind.required


def _check_files(path, kind, names):
    """Raise ValueError unless the folder has exactly the manifest and these regular files."""
    others = _other_files(path, {kind.manifest, *names})
    if others:
        raise ValueError(
            f"{path} has files that do not belong to a saved {kind.name}: {', '.join(others)}. "
            "Remove them if you know where they come from; they are not needed."
        )
    for name in names:
        _check_regular(path / name)


def _check_regular(file):
    try:
        mode = file.lstat().st_mode
    except FileNotFoundError:
        raise ValueError(f"{file} is missing or damaged. {REMEDY}") from None
    if not stat.S_ISREG(mode):
        raise ValueError(f"{file} is not a regular file but a link or a folder. {REMEDY}")


def _other_files(path, known):
    names = {file.name for file in path.iterdir()} - known
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
    """Warn if a package has another major version than the one that a folder was made with."""
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
            "evaluate it on samples whose results you know.",
            stacklevel=4,  # the caller of Classifier.load
        )


def _digest(content):
    return hashlib.sha256(content).hexdigest().encode()


def _sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
