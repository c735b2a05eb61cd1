"""What a contender or an extractor of your own does, as values: so that an edited one is not taken for the one of before."""

import functools
import hashlib
import inspect
import re
import sys

import numpy as np


def source_fingerprint(value, seen=None):
    """The sources of all classes and functions that a value holds, and the values that these have from outside.

    Code of Python and of installed packages is left out: their versions stand for it.

    Args:
        value: anything, such as a contender, `Features`, or a function.

    Returns:
        list of JSON values; equal in every process for equal code.

    Example:
        >>> def scaled(factor):
        ...     return lambda x: factor * x
        >>> source_fingerprint(scaled(2)) == source_fingerprint(scaled(2)), source_fingerprint(scaled(2)) == source_fingerprint(scaled(3))
        (True, False)
    """
    seen = (
        {} if seen is None else seen
    )  # id -> value, which keeps the ids from being given away again
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
    kind = type(value)
    name, parts = [f"{kind.__module__}.{kind.__qualname__}"], _parts(value)
    return name + [found for part in parts for found in source_fingerprint(part, seen)]


def _parts(value):
    """What a value consists of, as far as it is one's own."""
    if isinstance(value, dict):
        return [part for pair in value.items() for part in pair]
    if isinstance(value, (list, tuple)):
        return list(value)
    if isinstance(value, functools.partial):
        return [value.func, value.args, value.keywords]
    if inspect.ismethod(value):
        return [value.__func__, value.__self__]
    if inspect.isclass(value):
        return [_source(base) for base in value.__mro__]
    if inspect.isfunction(value):
        return [_source(value), *(_outside(value) if _is_own(value) else ())]
    if _is_own(type(value)) or hasattr(value, "get_params"):
        return [type(value), *([vars(value)] if hasattr(value, "__dict__") else [])]
    return []


def _outside(function):
    """The values that a function has from outside: of the functions around it, of its module, and as defaults."""
    try:
        found = inspect.getclosurevars(function)
    except ValueError:  # something that is not there yet
        return []
    given = {**found.globals, **found.nonlocals}
    given = {name: value for name, value in given.items() if not inspect.ismodule(value)}
    return [given, function.__defaults__, function.__kwdefaults__]


def _is_own(kind):
    module = (getattr(kind, "__module__", None) or "").split(".")[0]
    if module == "mm_keras" or module in sys.stdlib_module_names:
        return module == "mm_keras"
    try:
        return "-packages" not in (inspect.getsourcefile(kind) or "")
    except TypeError:  # built in
        return False


def _source(kind):
    """The code of a class or a function, or the name of one whose code does not count."""
    if not _is_own(kind):
        return f"{kind.__module__}.{kind.__qualname__}"
    code = getattr(
        kind, "__code__", None
    )  # two lambdas may stand in one line, and what was typed in at a prompt has no source
    compiled = (
        strip_addresses(repr((code.co_code, code.co_consts, code.co_names)))
        if code
        else kind.__qualname__
    )
    try:
        return compiled + inspect.getsource(kind)
    except (OSError, TypeError):
        return compiled


def strip_addresses(text):
    """A text without the places in memory that `repr` tells, which are others in every process.

    Example:
        >>> strip_addresses("<function build at 0x7f3a>")
        '<function build>'
    """
    return re.sub(r" at 0x[0-9a-fA-F]+", "", text)
