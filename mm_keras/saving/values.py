"""Rebuilding composite values, such as tuples and dtypes, from what `estimators.encode` stores."""

import importlib
import re

import numpy as np

from mm_keras.saving.known import current_names
from mm_keras.saving.known_sklearn import SCORES
from mm_keras.saving.rules import Node, is_integer

CLASS_PATH = re.compile(r"[\w.]{1,200}:[\w.]{1,100}")  # "package.module:Class"


def _objects(items):
    array = np.empty(len(items), dtype=object)
    array[:] = items
    return array


def _dict(content):
    keys, values = content
    if len(set(keys)) != len(keys) or len(values) != len(keys):
        raise ValueError("a dict needs as many values as keys, and no key twice")
    return dict(zip(keys, values))


def _dtype(name):
    dtype = np.dtype(name) if isinstance(name, str) else None
    if dtype is None or dtype.kind not in "biufcUSO" or dtype.names:
        raise ValueError(f"{name!r} is not a simple dtype.")
    return dtype


def _random_state(state):
    name, keys, position, has_gauss, gauss = state
    if not is_integer(position, 0, 624) or not is_integer(has_gauss, 0, 1):
        raise ValueError("a random state is out of range")
    random = np.random.RandomState()
    random.set_state((name, keys, position, has_gauss, gauss))
    return random


def _ufunc(name):
    ufunc = getattr(np, name, None) if isinstance(name, str) else None
    if not isinstance(ufunc, np.ufunc):
        raise ValueError(f"{name!r} is not a NumPy ufunc.")
    return ufunc


def score(name):
    """The score function of sklearn.feature_selection with this name."""
    if name not in SCORES:
        raise ValueError(f"{name!r} is not a score function of sklearn.feature_selection.")
    return getattr(importlib.import_module("sklearn.feature_selection"), name)


def _csr(parts):
    from scipy.sparse import csr_matrix

    data, indices, indptr, shape = parts
    matrix = csr_matrix((data, indices, indptr), shape=shape)
    matrix.check_format(full_check=True)  # column numbers in range
    return matrix


def _node(content):
    path, params, values, names, state = content
    if not all(
        type(name) is str and name.isidentifier() and not name.startswith("__")
        for name in [*params, *names]
    ):
        raise ValueError("an estimator has a value whose name is none")
    if type(path) is not str or not CLASS_PATH.fullmatch(path):
        raise ValueError("an estimator has a class whose name is none")
    path, params = current_names(path, params)
    return Node(path, _dict([params, values]), _dict([names, state]))


REBUILD = {
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
    "dict": _dict,
    "objects": _objects,
    "slice": lambda c: slice(*c),
    "dtype": _dtype,
    "type": lambda c: _dtype(c).type,
    "ufunc": _ufunc,
    "random_state": _random_state,
    "score": score,
    "csr": _csr,
    "estimator": _node,
}
