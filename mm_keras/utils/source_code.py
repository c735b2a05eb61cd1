"""Fingerprints of user-defined classes and functions, so that edited code is recognized."""

import dis
import functools
import hashlib
import importlib
import inspect
import re
import sys
import sysconfig
from importlib.util import find_spec
from pathlib import Path
from types import CodeType, ModuleType

import numpy as np

LIBRARY = str(Path(__file__).parents[1])  # the folder of mm_keras
STANDARD_LIBRARY = sysconfig.get_paths()["stdlib"]


def source_fingerprint(value, seen=None):
    """The code of all classes and functions in a value, and the outer values that they use.

    User-defined code counts by its compiled instructions: those that run, whatever is on the disk,
    also where there is no source, as at a prompt. What it calls counts too. Code of Python and of
    installed packages is left out; versions of packages that user-defined code names are included.

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
    if isinstance(value, np.ndarray) and value.dtype != object:
        return [
            f"{value.dtype.str}{value.shape}",
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
    if isinstance(value, (set, frozenset)):
        return sorted(map(repr, value))
    if isinstance(value, re.Pattern):
        return [value.pattern, int(value.flags)]
    if isinstance(value, (bytes, complex, np.generic, np.dtype, np.ufunc)):
        return [repr(value)]
    if isinstance(value, np.ndarray):
        return [value.shape, value.tolist()]
    if isinstance(value, functools.partial):
        return [value.func, value.args, value.keywords]
    if isinstance(value, property):
        return [value.fget, value.fset, value.fdel]
    if isinstance(value, (staticmethod, classmethod)):
        return [value.__func__]
    if isinstance(value, functools.cached_property):
        return [value.func]
    if inspect.ismethod(value):
        return [value.__func__, value.__self__]
    if inspect.isclass(value):
        return [component for base in value.__mro__ for component in _class_components(base)]
    if inspect.isfunction(value):
        return _function_components(value)
    if hasattr(value, "__wrapped__"):  # by a decorator such as functools.lru_cache
        return [value.__wrapped__]
    if isinstance(value, ModuleType):
        return [value.__name__, str(getattr(value, "__version__", None))]
    if _file_counts(_file(type(value))) or hasattr(value, "get_params"):
        return [type(value), *([vars(value)] if hasattr(value, "__dict__") else [])]
    return _name_or_state(value)


def _name_or_state(value):
    """The name of a compiled function; the state of an object of Python, such as a Path."""
    if isinstance(getattr(value, "__qualname__", None), str):
        return [f"{value.__module__}.{value.__qualname__}", *_extension(value)]
    if type(value).__module__ in ("pathlib", "decimal", "datetime", "collections", "fractions"):
        return list(value.__reduce__()[1:])
    return []


def _class_components(cls):
    name, file = f"{cls.__module__}.{cls.__qualname__}", _file(cls)
    if not _file_counts(file):
        return [name]
    if file.startswith(LIBRARY):
        return [name, _library_source(cls)]
    own = {key: item for key, item in vars(cls).items() if _was_written(key, item)}
    fixed = {key: item for key, item in own.items() if not isinstance(item, (list, dict, set))}
    if len(fixed) < len(own):  # such as a record of calls, which a run may fill
        try:
            return [name, *_extension(cls), fixed, inspect.getsource(cls)]
        except (OSError, TypeError):  # typed at a prompt
            pass
    return [name, *_extension(cls), own]


def _was_written(name, item):
    """Whether a class attribute is the user's; others are set by Python, abc and scikit-learn."""
    special = name.startswith(("__", "_abc_", "_sklearn_"))
    return inspect.isroutine(item) or not special


def _function_components(function):
    name, code = f"{function.__module__}.{function.__qualname__}", function.__code__
    if not _file_counts(code.co_filename):  # a decorator may hide a function that counts
        inner = [*_closure(function).values(), getattr(function, "__wrapped__", None)]
        return [name, *(item for item in inner if inspect.isroutine(item) or inspect.isclass(item))]
    return [_code(code), _outer_values(function), function.__defaults__, function.__kwdefaults__]


def _outer_values(function):
    """The values that a function uses from enclosing scopes and modules, by name."""
    loaded, imported, names = set(), set(), set()
    for code in _with_inner_code(function.__code__):
        names.update(code.co_names)
        steps = list(dis.get_instructions(code))
        for before, step in zip([None, None, *steps], steps):
            if step.opname in ("LOAD_GLOBAL", "LOAD_NAME"):
                loaded.add(step.argval)
            elif step.opname == "IMPORT_NAME":
                imported.add("." * (before.argval or 0) + step.argval)
    outer = {name: function.__globals__[name] for name in loaded if name in function.__globals__}
    outer.update({name: _imported(name, function) for name in imported})
    outer.update(_closure(function))
    return {name: _used(outer[name], names) for name in sorted(outer)}


def _used(value, names):
    """A value; of a user-defined module only what has one of the names."""
    if not isinstance(value, ModuleType) or not _file_counts(_file(value)):
        return value
    if _file(value).startswith(LIBRARY):
        return value.__name__
    used = {name: vars(value)[name] for name in sorted(names) if name in vars(value)}
    return [{name: _used(item, names - {name}) for name, item in used.items()}, *_extension(value)]


def _imported(name, function):
    """The module that a function imports; its name if it is installed or cannot be imported."""
    package = function.__globals__.get("__package__") or None
    try:
        spec = find_spec(name.split(".")[0] if not name.startswith(".") else name, package)
        counts = spec is not None and _file_counts(spec.origin or "")
        return importlib.import_module(name, package) if counts else name
    except Exception:  # the function will fail in the same way
        return name


def _closure(function):
    values = {}
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or ()):
        try:
            values[name] = cell.cell_contents
        except ValueError:  # not assigned yet
            pass
    return values


def _with_inner_code(code):
    """A code object and those of the functions, lambdas and comprehensions in it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _with_inner_code(constant)


def _code(code):
    """What a code object does, as a string that is the same in every process."""
    counts = (code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, code.co_flags)
    names = (code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars)
    return repr((code.co_code, counts, names, [_constant(value) for value in code.co_consts]))


def _constant(value):
    if isinstance(value, CodeType):
        return _code(value)
    if isinstance(value, frozenset):
        return sorted(map(repr, value))
    return [_constant(item) for item in value] if isinstance(value, tuple) else repr(value)


def _file(definition):
    """The file of a class or module; "" where there is none, as at a prompt."""
    if not isinstance(definition, ModuleType):
        name = getattr(definition, "__module__", None) or "__main__"
        definition = None if name == "__main__" else sys.modules.get(name)
    spec = getattr(definition, "__spec__", None)
    return getattr(definition, "__file__", None) or getattr(spec, "origin", None) or ""


def _file_counts(file):
    """Whether a file, or code without one (""), is user-defined or of this library."""
    if file in ("built-in", "frozen") or file.startswith("<frozen"):
        return False
    if file.startswith(LIBRARY):
        return True
    return "-packages" not in file and not file.startswith(STANDARD_LIBRARY)


def _extension(definition):
    """The hash of the compiled module that holds a user-defined class or function, if any."""
    file = _file(definition)
    if not file.endswith((".so", ".pyd")) or not _file_counts(file):
        return []
    return [hashlib.sha256(Path(file).read_bytes()).hexdigest()]


@functools.cache
def _library_source(cls):
    return inspect.getsource(cls)


def strip_addresses(text):
    """A text without the memory addresses in a `repr`, which differ between processes.

    Example:
        >>> strip_addresses("<function build at 0x7f3a>")
        '<function build>'
    """
    return re.sub(r" at 0x[0-9a-fA-F]+", "", text)
