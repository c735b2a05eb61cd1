"""Fingerprints of user-defined contenders and extractors, so that edited code is recognized."""

import functools
import hashlib
import inspect
import re
import sys

import numpy as np


def source_fingerprint(value, seen=None):
    """The source of all classes and functions in a value, and the outer values that they use.

    Code of Python and of installed packages is left out: their versions are recorded instead.

    Args:
        value: anything, such as a contender, `Features`, or a function.

    Returns:
        list of JSON values; equal in every process for equal code.

    Example:
        >>> def scaled(factor):
        ...     return lambda x: factor * x
        >>> source_fingerprint(scaled(2)) == source_fingerprint(scaled(2))
        True
        >>> source_fingerprint(scaled(2)) == source_fingerprint(scaled(3))
        False
    """
    # id -> value; keeping a reference to the value prevents its id from being reused
    seen = {} if seen is None else seen
    if value is None or isinstance(value, (bool, int, float, str)):
        return [value]
    if id(value) in seen:
        return []
    seen[id(value)] = value
    if isinstance(value, np.ndarray):
        return [
            repr(value.shape),
            hashlib.sha256(np.ascontiguousarray(value).tobytes()).hexdigest(),
        ]
    cls = type(value)
    fingerprint = [f"{cls.__module__}.{cls.__qualname__}"]
    for component in _components(value):
        fingerprint += source_fingerprint(component, seen)
    return fingerprint


def _components(value):
    """The components of a value that count for its fingerprint."""
    if isinstance(value, dict):
        return [component for item in value.items() for component in item]
    if isinstance(value, (list, tuple)):
        return list(value)
    if isinstance(value, functools.partial):
        return [value.func, value.args, value.keywords]
    if inspect.ismethod(value):
        return [value.__func__, value.__self__]
    if inspect.isclass(value):
        return [_source(base) for base in value.__mro__]
    if inspect.isfunction(value):
        return [_source(value), *(_outer_values(value) if _source_counts(value) else ())]
    if _source_counts(type(value)) or hasattr(value, "get_params"):
        return [type(value), *([vars(value)] if hasattr(value, "__dict__") else [])]
    return []


def _outer_values(function):
    """The values that a function uses from outside: enclosing scopes, its module, defaults."""
    try:
        outer = inspect.getclosurevars(function)
    except ValueError:  # a variable of an enclosing function is not assigned yet
        return []
    values = {**outer.globals, **outer.nonlocals}
    values = {name: value for name, value in values.items() if not inspect.ismodule(value)}
    return [values, function.__defaults__, function.__kwdefaults__]


def _source_counts(definition):
    """Whether a class or function is user-defined or one of this library."""
    module = (getattr(definition, "__module__", None) or "").split(".")[0]
    if module == "mm_keras" or module in sys.stdlib_module_names:
        return module == "mm_keras"
    try:
        return "-packages" not in (inspect.getsourcefile(definition) or "")
    except TypeError:  # a built-in
        return False


def _source(definition):
    """The source of a class or function, or only its name if its source does not count."""
    if not _source_counts(definition):
        return f"{definition.__module__}.{definition.__qualname__}"
    # The bytecode tells apart two lambdas on one line, and code typed at a prompt has no source.
    code = getattr(definition, "__code__", None)
    if code:
        compiled = strip_addresses(repr((code.co_code, code.co_consts, code.co_names)))
    else:
        compiled = definition.__qualname__
    try:
        return compiled + inspect.getsource(definition)
    except (OSError, TypeError):
        return compiled


def strip_addresses(text):
    """A text without the memory addresses in a `repr`, which differ between processes.

    Example:
        >>> strip_addresses("<function build at 0x7f3a>")
        '<function build>'
    """
    return re.sub(r" at 0x[0-9a-fA-F]+", "", text)
