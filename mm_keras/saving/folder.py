"""The folder of a saved classifier: replaced as a whole or not at all, verified when it is read."""

import hashlib
import json
from contextlib import contextmanager
from pathlib import Path

from mm_keras.utils.files import replacing

FORMAT = "mm_keras classifier"
VERSION = 1
MANIFEST = "classifier.json"
FILES = ("arrays.npz", "model.keras")


def check_target(path):
    """Raise FileExistsError if saving to `path` would destroy anything but a saved classifier."""
    if not path.exists() or path.is_dir() and not any(path.iterdir()):
        return
    if not (path / MANIFEST).is_file():
        raise FileExistsError(f"{path} exists and is not a saved classifier. Choose another name.")
    others = sorted({file.name for file in path.iterdir()} - {MANIFEST, *FILES})
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
    """Write classifier.json: the content, and the checksums of the other files."""
    checksums = {name: _sha256(folder / name) for name in FILES}
    text = json.dumps(
        {"format": FORMAT, "version": VERSION, **content, "sha256": checksums},
        indent=1,
        ensure_ascii=False,
    )
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def read_manifest(path):
    """The content of classifier.json, after verifying the checksum of every file.

    Raises:
        FileNotFoundError: no such folder.
        ValueError: not a classifier, a damaged file, or a newer version.
    """
    if not path.exists():
        raise FileNotFoundError(f"No saved classifier at {path}.")
    file = path / MANIFEST
    if not file.is_file():
        raise ValueError(f"{path} is not a saved classifier: it has no {MANIFEST}.")
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
        kind = manifest["format"]
        version = int(manifest["version"])
        checksums = dict(manifest["sha256"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ValueError(f"{file} is damaged or is not from mm_keras.") from None
    if kind != FORMAT or version > VERSION:
        raise ValueError(
            f"{file} holds {kind!r} version {version}. "
            f"This version of mm_keras reads {FORMAT!r} up to version {VERSION}."
        )
    for name in FILES:
        if not (path / name).is_file() or _sha256(path / name) != checksums.get(name):
            raise ValueError(
                f"{path / name} is missing or damaged: its checksum differs from the saved one. "
                "Save the classifier again."
            )
    return manifest


def _sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
