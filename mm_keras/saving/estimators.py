"""Fitted scikit-learn estimators as JSON and arrays, so that loading cannot execute code."""

import importlib
import sys

import numpy as np

TRUSTED = ("mm_keras", "sklearn")
# JSON types: a list of these, such as a vocabulary, is stored as it is.
PLAIN = {type(None), bool, int, float, str}
FORMER_PATHS = {  # class paths in files of version 0.1.0 -> current paths
    **{
        f"mm_keras.text.{module}:{name}": f"mm_keras.text:{name}"
        for module, name in (
            ("bag_of_words", "BagOfWords"),
            ("tfidf", "TFIDF"),
            ("plane", "TextPlane"),
            ("sequence", "Sequence"),
        )
    },
    **{
        f"mm_keras.image.{module}:{name}": f"mm_keras.image:{name}"
        for module, name in (
            ("pixels", "Pixels"),
            ("hog", "HOG"),
            ("sift", "SIFT"),
            ("color", "ColorHistogram"),
        )
    },
    "mm_keras.scaling:BlockScaler": "mm_keras.features:BlockScaler",
}
FORMER_PARAMS = {
    "mm_keras.image:Pixels": {"grey": "gray"},
    "mm_keras.image:SIFT": {"num_samples": "num_descriptors"},
}
# The functions that can be saved, by name: the score functions of sklearn.feature_selection.
SCORES = (
    "chi2",
    "f_classif",
    "f_regression",
    "mutual_info_classif",
    "mutual_info_regression",
    "r_regression",
)


def encode(value, arrays):
    """The value in a form that JSON can store; its arrays are added to the dict `arrays`.

    Supported: None, bool, numbers, str, list, tuple, dict, set, slice, NumPy arrays, scalars,
    dtypes and ufuncs, SciPy sparse matrices, random states, scikit-learn estimators (constructor
    parameters and all fitted attributes) and the score functions of sklearn.feature_selection.

    Raises:
        TypeError: any other value, for example a function or an estimator with compiled objects.
    """
    if (
        value is None
        or isinstance(value, (bool, int, float, str))
        and not isinstance(value, np.generic)
    ):
        return value
    if isinstance(value, list):
        return (
            value
            if PLAIN.issuperset(map(type, value))
            else [encode(item, arrays) for item in value]
        )
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype != object:
        key = f"a{len(arrays)}"
        arrays[key] = np.asarray(value)
        return {"!": "array" if isinstance(value, np.ndarray) else "scalar", "key": key}
    kind, content = _describe(value)
    return {"!": kind, "is": encode(content, arrays)}


def _describe(value):
    """The kind of a composite value, and its content as simpler values."""
    from scipy.sparse import issparse
    from sklearn.base import BaseEstimator

    if isinstance(value, tuple):
        return "tuple", list(value)
    if isinstance(value, (set, frozenset)):
        return type(value).__name__, sorted(value, key=repr)
    if isinstance(value, dict):
        return "dict", [list(value), list(value.values())]
    if isinstance(value, np.ndarray):
        return "objects", value.tolist()
    if isinstance(value, slice):
        return "slice", [value.start, value.stop, value.step]
    if isinstance(value, np.dtype):
        return "dtype", value.str
    if isinstance(value, type) and issubclass(value, (np.generic, int, float)):
        return "type", np.dtype(value).str
    if isinstance(value, np.ufunc):
        return "ufunc", value.__name__
    if isinstance(value, np.random.RandomState):
        return "random_state", list(value.get_state())
    if (
        callable(value)
        and getattr(value, "__name__", "") in SCORES
        and _score(value.__name__) is value
    ):
        return "score", value.__name__
    if issparse(value):
        csr = value.tocsr()
        return "csr", [csr.data, csr.indices, csr.indptr, list(csr.shape)]
    if isinstance(value, BaseEstimator):
        params = value.get_params(deep=False)
        state = {name: item for name, item in vars(value).items() if name not in params}
        return "estimator", [
            public_name(type(value)),
            list(params),
            list(params.values()),
            list(state),
            list(state.values()),
        ]
    raise TypeError(
        f"{value!r} ({type(value).__name__}) cannot be saved without pickle. Numbers, strings, "
        "arrays and scikit-learn estimators made of them can be saved. Use, for example, a ufunc "
        "such as np.sqrt instead of a function."
    )


def decode(value, arrays, trusted=TRUSTED):
    """The inverse of `encode`.

    Args:
        value: a value returned by `encode`.
        arrays: mapping, key -> array, e.g. an open npz file.
        trusted: tuple of top-level packages whose estimators may be created.

    Raises:
        ValueError: an estimator from a package that is not trusted, or an unknown kind of value.
    """
    if isinstance(value, list):
        return (
            value
            if PLAIN.issuperset(map(type, value))
            else [decode(item, arrays, trusted) for item in value]
        )
    if not isinstance(value, dict):
        return value
    kind = value.get("!")
    if kind in ("array", "scalar"):
        array = arrays[value["key"]]
        return array[()] if kind == "scalar" else array
    if kind not in _REBUILD:
        raise ValueError(
            f"Unknown kind of value {kind!r}: the file is corrupt or from a newer version."
        )
    content = decode(value["is"], arrays, trusted)
    return _estimator(content, trusted) if kind == "estimator" else _REBUILD[kind](content)


def public_name(cls):
    """The shortest path from which a class can be imported, so files stay valid if it moves.

    Example:
        >>> from mm_keras.image import HOG
        >>> public_name(HOG)
        'mm_keras.image:HOG'
    """
    parts = cls.__module__.split(".")
    paths = [".".join(parts[:length]) for length in range(1, len(parts) + 1)]
    module = next(
        (path for path in paths if getattr(sys.modules.get(path), cls.__qualname__, None) is cls),
        cls.__module__,
    )
    return f"{module}:{cls.__qualname__}"


def _objects(items):
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


def _random_state(state):
    random = np.random.RandomState()
    random.set_state(tuple(state))
    return random


def _ufunc(name):
    ufunc = getattr(np, name, None)
    if not isinstance(ufunc, np.ufunc):
        raise ValueError(f"{name!r} is not a NumPy ufunc.")
    return ufunc


def _score(name):
    if name not in SCORES:
        raise ValueError(f"{name!r} is not a score function of sklearn.feature_selection.")
    return getattr(importlib.import_module("sklearn.feature_selection"), name)


def _csr(parts):
    from scipy.sparse import csr_matrix

    data, indices, indptr, shape = parts
    return csr_matrix((data, indices, indptr), shape=shape)


def _estimator(content, trusted):
    from sklearn.base import BaseEstimator

    path, params, values, names, state = content
    path = FORMER_PATHS.get(path, path)
    params = [FORMER_PARAMS.get(path, {}).get(name, name) for name in params]
    module, _, qualname = path.partition(":")
    if module.split(".")[0] not in trusted:
        raise ValueError(
            f"The file refers to {path}, which is not from {' or '.join(trusted)}. "
            f"If you trust it, pass trusted={(*trusted, module.split('.')[0])!r}."
        )
    cls = getattr(importlib.import_module(module), qualname, None)
    if not (isinstance(cls, type) and issubclass(cls, BaseEstimator)):
        raise ValueError(f"The file refers to {path}, which is not a scikit-learn estimator.")
    estimator = cls(**dict(zip(params, values)))
    for name, item in zip(names, state):
        setattr(estimator, name, item)
    return estimator


_REBUILD = {
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
    "dict": lambda c: dict(zip(*c)),
    "objects": _objects,
    "slice": lambda c: slice(*c),
    "dtype": np.dtype,
    "type": lambda c: np.dtype(c).type,
    "ufunc": _ufunc,
    "random_state": _random_state,
    "score": _score,
    "csr": _csr,
    "estimator": _estimator,
}
