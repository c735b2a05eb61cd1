"""The folder of a saved classifier: replaced as a whole or not at all, and checked before it is believed."""

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
    """Raise FileExistsError when saving to `path` would destroy something that is not a saved classifier."""
    if not path.exists() or path.is_dir() and not any(path.iterdir()):
        return
    if not (path / MANIFEST).is_file():
        raise FileExistsError(f"{path} exists and is not a saved classifier. Choose another name.")
    others = sorted({file.name for file in path.iterdir()} - {MANIFEST, *FILES})
    if others:
        raise FileExistsError(
            f"{path} holds a saved classifier and further files, which would be lost: {', '.join(others)}. "
            "Choose another name, or move them away."
        )


@contextmanager
def replaced(path):
    """A new folder to write into; when that is done, it takes the place of `path`.

    Until then, and where anything fails, `path` stays what it was.
    """
    check_target(Path(path))
    with replacing(path) as folder:
        folder.mkdir()
        yield folder


def write_manifest(folder, content):
    """classifier.json: the content, and the checksums of the other files."""
    sums = {name: _sha256(folder / name) for name in FILES}
    text = json.dumps(
        {"format": FORMAT, "version": VERSION, **content, "sha256": sums},
        indent=1,
        ensure_ascii=False,
    )
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def read_manifest(path):
    """The checked content of classifier.json; every file of the folder is what was saved.

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
        kind, version, sums = manifest["format"], int(manifest["version"]), dict(manifest["sha256"])
    except (ValueError, KeyError, TypeError, RecursionError):
        raise ValueError(f"{file} is damaged or is not from mm_keras.") from None
    if kind != FORMAT or version > VERSION:
        raise ValueError(
            f"{file} holds {kind!r} version {version}. This mm_keras reads {FORMAT!r} up to version {VERSION}."
        )
    for name in FILES:
        if not (path / name).is_file() or _sha256(path / name) != sums.get(name):
            raise ValueError(
                f"{path / name} is missing or damaged: it is not what was saved. Save the classifier again."
            )
    return manifest


def _sha256(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
