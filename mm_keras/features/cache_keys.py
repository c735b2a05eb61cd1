"""Hashes of what an extracted row depends on besides its sample: fitted extractor and code."""

import json
import sys
from functools import cache
from pathlib import Path

import mm_keras
from mm_keras.saving import estimators as saving
from mm_keras.utils.hashing import package_versions, sha256
from mm_keras.utils.source_code import source_fingerprint

FORMAT = 2  # of the files
SOURCES = Path(mm_keras.__file__).parent
PACKAGES = (
    "numpy",
    "scipy",
    "scikit-learn",
    "scikit-image",
    "pillow",
    "nltk",
    "opencv-python-headless",
    "opencv-python",
    "av",
)


@cache
def versions():
    """A hash of the source code of mm_keras's extractors, and the versions of the packages."""
    sources = sorted(
        path
        for package in ("text", "image", "audio", "video", "tabular", "utils")
        for path in (SOURCES / package).rglob("*.py")
    )
    return {
        "mm_keras": sha256(*(path.read_bytes() for path in sources)).hex(),
        **package_versions(PACKAGES),
    }


def state_hash(extractor):
    """The hash of an extractor: class, parameters, fitted attributes, code, and the versions."""
    from sklearn.base import clone

    arrays = {}
    state = saving.encode(extractor, arrays)
    code = source_fingerprint(clone(extractor))
    packages = {
        cls.__module__.split(".")[0]: getattr(
            sys.modules.get(cls.__module__.split(".")[0]), "__version__", None
        )
        for cls in estimator_classes(extractor)
    }
    head = json.dumps([FORMAT, state, code, versions(), sorted(packages.items())])
    parts = [
        part
        for key, array in arrays.items()
        for part in (f"{key}{array.dtype.str}{array.shape}".encode(), array.tobytes())
    ]
    return sha256(head.encode(), *parts)


def estimator_classes(extractor):
    """The classes of an estimator and of those in its parameters."""
    from sklearn.base import BaseEstimator

    values = [extractor, *extractor.get_params().values()]
    return {type(value) for value in values if isinstance(value, BaseEstimator)}
