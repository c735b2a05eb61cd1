"""Writing and reading saved folders, and what of them would have to be trusted."""

import os
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from mm_keras.saving import folder
from mm_keras.saving.contents import read_contents
from mm_keras.saving.kinds import ARRAYS, CLASSIFIER, NETWORK, kind_of
from mm_keras.saving.known import Untrusted
from mm_keras.saving.layers import checked_config
from mm_keras.saving.values import CLASS_PATH
from mm_keras.utils.files import clean_leftovers
from mm_keras.utils.quiet import quiet_start


def save(path, kind, content, arrays, model=None):
    """Write a folder: the manifest, the arrays and the network.

    If writing fails, no incomplete folder is left behind.

    Args:
        path: the folder.
        kind: one of `kinds.KINDS`.
        content: dict, the entries of the manifest.
        arrays: dict, key -> array, as `estimators.encode` fills it.
        model: keras.Model or None.

    Raises:
        FileExistsError: `path` exists and is not a saved folder of this kind, or has further files.
    """
    with folder.replaced(path, kind) as new:
        np.savez(new / ARRAYS, **arrays)
        if model is not None:
            from mm_keras.saving.network import save_network

            save_network(model, new / NETWORK)
        folder.write_manifest(new, {**content, "made_with": folder.versions()}, kind)


def load(path, kind, trusted=()):
    """The checked contents of a folder, see `read_contents`, and its network (None without one).

    Raises:
        FileNotFoundError: no such folder.
        ValueError: not of this kind, a damaged file, further files, a newer version, or a class
            that is neither known nor trusted.
    """
    path, trusted = Path(path), check_trusted(trusted)
    contents, made_with = _contents(path, kind, trusted)
    with _naming_what_is_not_trusted(path, kind, trusted):
        model = _network(path, trusted)
    folder.note_versions(path, made_with)
    return contents, model


def load_contents(path, kind, trusted=()):
    """The contents that `load` returns: all but the network, and so without Keras."""
    return _contents(Path(path), kind, check_trusted(trusted))[0]


def _contents(path, kind, trusted):
    """The checked contents, and the versions of the packages with which they were saved."""
    clean_leftovers(path.absolute().parent)  # of a killed save
    manifest = folder.read_manifest(path, kind)
    with _naming_what_is_not_trusted(path, kind, trusted), folder.reading(path / kind.manifest):
        return read_contents(path, manifest, kind, trusted), manifest.get("made_with")


@contextmanager
def _naming_what_is_not_trusted(path, kind, trusted):
    try:
        yield
    except Untrusted as error:
        types = sorted({error.path, *get_untrusted_types(path)} - set(trusted))
        raise ValueError(
            f"{path} needs {error}. "
            f"If you made this {kind.name} or trust its author, pass trusted={types}."
        ) from None


def _network(path, trusted):
    if not (path / NETWORK).exists():
        return None
    with quiet_start():
        from mm_keras.saving.network import load_network

    with folder.reading(path / NETWORK):
        return load_network(path / NETWORK, trusted)


def check_network(path, model, shapes):
    """Raise ValueError if the network of a folder cannot predict from features of these shapes."""
    from mm_keras.saving.network import check_output

    with folder.reading(Path(path) / NETWORK):
        check_output(model, shapes)


def get_untrusted_types(path: str | os.PathLike) -> list[str]:
    """The classes that a saved folder needs in addition to the known ones: list of "module:Class".

    Nothing is imported or created. Look at each of them before you pass the list to
    `Classifier.load(path, trusted=...)`: code of these classes will run.

    Args:
        path: the folder of a classifier, retriever or generator.

    Raises:
        FileNotFoundError: no such folder.
        ValueError: not a saved folder, or a damaged file.
    """
    path, found = Path(path), []
    kind = kind_of(path) or CLASSIFIER
    manifest = folder.read_manifest(path, kind)
    _collect(found, path / kind.manifest, lambda: read_contents(path, manifest, kind, found))
    if (path / NETWORK).exists():
        from mm_keras.saving.network import read_config

        with folder.reading(path / NETWORK):
            config = read_config(path / NETWORK)
        _collect(found, path / NETWORK, lambda: checked_config(config, found))
    return sorted(found)


def _collect(found, file, read):
    """Add to `found` what `read()` does not trust, until it trusts everything."""
    while True:
        try:
            with folder.reading(file):
                read()
            return
        except Untrusted as error:
            if error.path in found:
                raise
            found.append(error.path)


def check_trusted(trusted):
    """The paths that the user trusts, as a list.

    Raises:
        TypeError: a str instead of a list.
        ValueError: anything but "package.module:Class".
    """
    if isinstance(trusted, str):
        raise TypeError(f"trusted must be a list of str. Received: {trusted!r}. Use [{trusted!r}].")
    trusted = list(trusted)
    wrong = [path for path in trusted if not CLASS_PATH.fullmatch(str(path))]
    if wrong:
        raise ValueError(
            f"trusted needs paths of classes, 'package.module:Class'. Received: {wrong[0]!r}. "
            "mm_keras.saving.get_untrusted_types(folder) lists those that a folder needs."
        )
    return trusted
