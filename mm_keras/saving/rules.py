"""Rules for the values of a saved estimator: their type, their range and the sizes they must fit.

A rule is a function (value, sizes) -> bool. `sizes` is a dict, name -> int, that all rules of one
estimator share: the first array of shape ("d", "k") sets the sizes d and k, and all others must
agree with them.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from numbers import Integral, Real
from typing import Any

import numpy as np

from mm_keras.saving.patterns import is_quick

MAX_INT = 2**31 - 1


@dataclass
class Node:
    """A saved estimator, before anything is imported or created.

    Attributes:
        path: str, "package.module:Class".
        parameters, attributes: dict, name -> value; estimators in them are nodes.
        sizes: dict, name -> int, filled by the rules.
        shape: the shape of a row of its output, or None if unknown; set by `known.check`.
        is_fitted: bool, set by `known.check`; an extractor of frames contains one that is not.
    """

    path: str
    parameters: dict[str, Any]
    attributes: dict[str, Any]
    sizes: dict[str, int] = field(default_factory=dict)
    shape: tuple[int, ...] | None = None
    is_fitted: bool = True


def is_integer(value, low=0, high=MAX_INT):
    """Whether a value is an int (no bool) between `low` and `high`."""
    return isinstance(value, Integral) and not isinstance(value, bool) and low <= value <= high


def _bind(sizes, name, value):
    return int(sizes.setdefault(name, int(value))) == value


def exactly(*choices):
    """One of these values, of the same type; a NumPy scalar counts as what it holds."""
    return lambda value, sizes: any(same(value, choice) for choice in choices)


def same(value, choice):
    """Whether a value equals another of its type; a NumPy scalar counts as what it holds."""
    value = value.item() if isinstance(value, np.generic) else value
    return type(value) is type(choice) and bool(value == choice)


def flag(value, sizes):
    """A bool."""
    return isinstance(value, (bool, np.bool_))


def integer(low=0, high=MAX_INT):
    """An int in this range."""
    return lambda value, sizes: is_integer(value, low, high)


def size(name, low=1):
    """An int that is the size `name`."""
    return lambda value, sizes: is_integer(value, low) and _bind(sizes, name, value)


def number(low=-np.inf, high=np.inf):
    """A finite number in this range."""
    return lambda value, sizes: (
        isinstance(value, Real)
        and not isinstance(value, bool)
        and low <= value <= high
        and bool(np.isfinite(value))
    )


def either(*rules):
    """One of the rules holds."""

    def rule(value, sizes):
        for other in rules:
            trial = dict(sizes)
            if other(value, trial):
                sizes.update(trial)
                return True
        return False

    return rule


def series(*rules):
    """A tuple or list with one value for each rule."""
    return lambda value, sizes: (
        isinstance(value, (tuple, list))
        and len(value) == len(rules)
        and all(rule(item, sizes) for rule, item in zip(rules, value))
    )


def words(value, sizes):
    """A list, tuple, set or array of str."""
    if isinstance(value, np.ndarray):
        value = value.tolist() if value.ndim == 1 else None
    return isinstance(value, (list, tuple, set, frozenset)) and all(
        type(word) is str for word in value
    )


def vocabulary(name, start=0):
    """A dict, str -> int, that numbers `sizes[name]` words from `start` without gaps."""

    def rule(value, sizes):
        if not isinstance(value, dict) or not value:
            return False
        if not all(type(word) is str for word in value):
            return False
        numbers = list(value.values())
        end = start + len(numbers)
        return (
            all(is_integer(item, start, end - 1) for item in numbers)
            and len(set(numbers)) == len(numbers)
            and _bind(sizes, name, len(numbers))
        )

    return rule


def array(*shape, kinds="f", finite=True):
    """An array of this shape (sizes by name or number); floats are finite unless `finite=False`."""

    def rule(value, sizes):
        if not isinstance(value, (np.ndarray, np.generic)) or value.dtype.kind not in kinds:
            return False
        if (
            len(value.shape) != len(shape)
            or value.dtype.kind == "f"
            and value.itemsize not in (4, 8)
        ):
            return False
        fits = all(
            _bind(sizes, name, length) if isinstance(name, str) else name == length
            for name, length in zip(shape, value.shape)
        )
        return fits and (not finite or value.dtype.kind != "f" or bool(np.isfinite(value).all()))

    return rule


def pattern(value, sizes):
    """A regular expression that cannot take long."""
    return type(value) is str and is_quick(value)


def node(path=None, **shared):
    """A saved estimator of this class; `shared` maps its sizes to ours, e.g. d="k"."""

    def rule(value, sizes):
        return (
            isinstance(value, Node)
            and path in (None, value.path)
            and all(
                inner in value.sizes and _bind(sizes, ours, value.sizes[inner])
                for inner, ours in shared.items()
            )
        )

    return rule


def steps(*names):
    """A list of (str, estimator or one of these names)."""

    def rule(value, sizes):
        return isinstance(value, list) and all(
            isinstance(step, tuple)
            and len(step) == 2
            and type(step[0]) is str
            and (isinstance(step[1], Node) or type(step[1]) is str and step[1] in names)
            for step in value
        )

    return rule


@dataclass(frozen=True)
class Known:
    """What is known of a class.

    Attributes:
        parameters, attributes: dict, name -> rule.
        optional: names of attributes that may be missing.
        shape: function node -> shape of a row of the output, or None if unknown. By default the
            size k, or d if there is no k.
        fits: function node -> whether the values fit each other, beyond their sizes.
    """

    parameters: dict[str, Callable]
    attributes: dict[str, Callable]
    optional: frozenset[str] = frozenset()
    shape: Callable[[Node], tuple | None] = lambda saved: _size_out(saved.sizes)
    fits: Callable[[Node], bool] = lambda saved: True


def _size_out(sizes):
    name = "k" if "k" in sizes else "d"
    return (sizes[name],) if name in sizes else None
