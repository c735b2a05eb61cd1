"""Fitted scikit-learn estimators as JSON and arrays, so that loading cannot execute code."""

import importlib
import sys
from functools import reduce

import numpy as np

from mm_keras.saving.known import KNOWN, Unsupported, check, known_class
from mm_keras.saving.known_sklearn import SCORES
from mm_keras.saving.rules import Node
from mm_keras.saving.values import REBUILD, score

# JSON types: a list of these, such as a vocabulary, is stored as it is.
PLAIN = {type(None), bool, int, float, str}
MAX_DEPTH = 60  # values in values
NOT_SAVED = ("memory", "verbose")  # settings of known classes that have no effect on a result


def encode(value, arrays, without=()):
    """The value in a form that JSON can store; its arrays are added to the dict `arrays`.

    Supported: None, bool, numbers, str, list, tuple, dict, set, slice, NumPy arrays, scalars,
    dtypes and ufuncs, SciPy sparse matrices, random states, scikit-learn estimators (constructor
    parameters and all fitted attributes) and the score functions of sklearn.feature_selection.

    Args:
        value: the value.
        arrays: dict.
        without: names of constructor parameters that are left out for known classes, e.g.
            `NOT_SAVED`.

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
            else [encode(item, arrays, without) for item in value]
        )
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype != object:
        key = f"a{len(arrays)}"
        arrays[key] = np.asarray(value)
        return {"!": "array" if isinstance(value, np.ndarray) else "scalar", "key": key}
    kind, content = _describe(value, without)
    return {"!": kind, "is": encode(content, arrays, without)}


def _describe(value, without):
    """The kind of a composite value, and its content as simpler values."""
    from scipy.sparse import issparse
    from sklearn.base import BaseEstimator

    from mm_keras.utils.extractor import Extractor

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
        and score(value.__name__) is value
    ):
        return "score", value.__name__
    if issparse(value):
        csr = value.tocsr()
        return "csr", [csr.data, csr.indices, csr.indptr, list(csr.shape)]
    if isinstance(value, BaseEstimator):
        path, params = public_name(type(value)), value.get_params(deep=False)
        if "<locals>" in path and without:  # a cache, which leaves out nothing, only compares
            raise TypeError(
                f"{path} is a class that was defined in a function, where it cannot be found when "
                "the file is read. Define it at the top level of a module or script."
            )
        state = {name: item for name, item in vars(value).items() if name not in params}
        is_default = state.get("_sklearn_output_config") == {"transform": "default"}
        if is_default or isinstance(value, Extractor):  # features are arrays in any case
            state.pop("_sklearn_output_config", None)  # of set_output
        if path in KNOWN:
            params = {name: item for name, item in params.items() if name not in without}
        return "estimator", [
            path,
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


def decode(value, arrays, trusted=()):
    """The inverse of `encode`.

    Args:
        value: a value returned by `encode`.
        arrays: mapping, key -> array.
        trusted: paths "package.module:Class" of estimators that may be created in addition to the
            known ones.

    Raises:
        Untrusted: an estimator, or a setting of one, that is neither known nor trusted.
        ValueError: a damaged value, or a learned value that does not fit.
    """
    return build(checked(parse(value, arrays), trusted))


def checked(value, trusted=()):
    """A value of `parse`, once the estimators in it have been checked."""
    if isinstance(value, Node):
        check(value, trusted)
    elif isinstance(value, (list, tuple)):
        for item in value:
            checked(item, trusted)
    elif isinstance(value, dict):
        checked(list(value.values()), trusted)
    return value


def parse(value, arrays, depth=0):
    """The value that `encode` has stored, with a `Node` for every estimator."""
    if depth > MAX_DEPTH:
        raise ValueError("the values are nested too deeply")
    if isinstance(value, list):
        plain = PLAIN.issuperset(map(type, value))
        return value if plain else [parse(item, arrays, depth + 1) for item in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("!")
    if kind in ("array", "scalar"):
        array = arrays[value["key"]]
        return array[()] if kind == "scalar" else array
    if not isinstance(kind, str) or kind not in REBUILD:
        raise ValueError(
            f"Unknown kind of value {kind!r}: the file is corrupt or from a newer version."
        )
    return REBUILD[kind](parse(value["is"], arrays, depth + 1))


def build(value):
    """The value with estimators in place of the nodes; only for checked values."""
    if isinstance(value, Node):
        estimator = _class_of(value.path)(**build(value.parameters))
        for name, item in build(value.attributes).items():
            setattr(estimator, name, item)
        return estimator
    if isinstance(value, dict):
        return {key: build(item) for key, item in value.items()}
    if isinstance(value, list) and not PLAIN.issuperset(map(type, value)):
        return [build(item) for item in value]
    if isinstance(value, tuple):
        return tuple(build(item) for item in value)
    return value


def _class_of(path):
    """A class that is known or that the user trusts."""
    if (cls := known_class(path)) is not None:
        return cls
    from sklearn.base import BaseEstimator

    cls = imported(path)
    if not (isinstance(cls, type) and issubclass(cls, BaseEstimator)):
        raise ValueError(f"The file refers to {path}, which is not a scikit-learn estimator.")
    return cls


def imported(path):
    """What a path, "package.module:Class", stands for; its module is imported.

    Raises:
        Unsupported: the module does not have it.
    """
    module, _, name = path.partition(":")
    try:
        return reduce(getattr, name.split("."), importlib.import_module(module))
    except AttributeError:
        raise Unsupported(
            f"The saved folder needs {name}, which {module} does not define. "
            "Define it there, or import it into that module, before you load it."
        ) from None


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
