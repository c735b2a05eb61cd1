"""Saved folders whose content has been changed by someone who writes matching digests."""

import io
import json
import zipfile

import numpy as np

from mm_keras.saving import folder as saved_folder
from mm_keras.saving.kinds import CLASSIFIER, kind_of


def sign(folder, manifest):
    """Write the manifest with digests that match."""
    written = ("format", "version", "sha256", "digest")
    content = {key: value for key, value in manifest.items() if key not in written}
    saved_folder.write_manifest(folder, content, kind_of(folder) or CLASSIFIER)


def manifest_of(folder):
    return json.loads((folder / kind_of(folder).manifest).read_text("utf-8"))


def change_manifest(folder, change):
    """Apply `change(manifest)`, which edits it in place."""
    manifest = manifest_of(folder)
    change(manifest)
    sign(folder, manifest)


def change_array(folder, key, array):
    with np.load(folder / "arrays.npz", allow_pickle=False) as file:
        arrays = dict(file)
    np.savez(folder / "arrays.npz", **{**arrays, key: array})
    sign(folder, manifest_of(folder))


def change_network(folder, change=None, weights=None, more=None, method=zipfile.ZIP_STORED):
    """Apply `change(config)`; replace the weights; add further members; or compress."""
    file = folder / "model.keras"
    with zipfile.ZipFile(file) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(members["config.json"])
    if change is not None:
        change(config)
    members["config.json"] = json.dumps(config)
    members["model.weights.h5"] = weights or members["model.weights.h5"]
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", method) as archive:
        for name, member in {**members, **(more or {})}.items():
            archive.writestr(name, member)
    file.write_bytes(content.getvalue())
    sign(folder, manifest_of(folder))


def estimators(value):
    """All encoded estimators in an encoded value, those in it first: [path, names, values, ...]."""
    found = []
    if isinstance(value, dict):
        for item in value.values():
            found += estimators(item)
        if value.get("!") == "estimator":
            found.append(value["is"])
    elif isinstance(value, list):
        for item in value:
            found += estimators(item)
    return found


def set_value(encoded, name, value):
    """Set a constructor parameter or learned attribute of an encoded estimator."""
    path, parameters, values, attributes, state = encoded
    if name in attributes:
        state[attributes.index(name)] = value
    elif name in parameters:
        values[parameters.index(name)] = value
    else:
        parameters.append(name)
        values.append(value)
