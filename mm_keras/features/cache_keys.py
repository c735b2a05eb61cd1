"""Hashes of what an extracted row depends on besides its sample: fitted extractor and versions."""

import json
import sys
from functools import cache
from pathlib import Path

import mm_keras
from mm_keras.saving import estimators as saving
from mm_keras.utils.hashing import package_versions, sha256

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
)


@cache
def versions():
    """A hash of the source code of mm_keras's extractors, and the versions of the packages."""
    sources = sorted(
        path for package in ("text", "image", "utils") for path in (SOURCES / package).rglob("*.py")
    )
    return {
        "mm_keras": sha256(*(path.read_bytes() for path in sources)).hex(),
        **package_versions(PACKAGES),
    }


def state_hash(extractor):
    """The hash of an extractor: its class, parameters, fitted attributes, and the versions."""
    arrays = {}
    code = json.dumps([saving.encode(extractor, arrays), versions(), _version_of(extractor)])
    parts = [
        part
        for key, array in arrays.items()
        for part in (f"{key}{array.dtype.str}{array.shape}".encode(), array.tobytes())
    ]
    return sha256(code.encode(), *parts)


def _version_of(extractor):
    return getattr(sys.modules.get(type(extractor).__module__.split(".")[0]), "__version__", None)
