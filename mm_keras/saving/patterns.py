"""Which regular expressions take a number of steps that is quadratic in the text at worst."""

import re
from dataclasses import dataclass
from functools import cache, cached_property
from re import _compiler, _constants, _parser

import numpy as np

MAX_LENGTH = 500
MAX_WIDTH = 500  # characters that every match has
MAX_REPEATS = 10  # of a variable number of characters
MAX_PATHS = 100  # through the alternatives, times the repeats
CHARACTERS = (_constants.LITERAL, _constants.NOT_LITERAL, _constants.IN, _constants.ANY)
REPEATS = (_constants.MAX_REPEAT, _constants.MIN_REPEAT)
LOOKAROUNDS = (_constants.ASSERT, _constants.ASSERT_NOT)


class _Refused(ValueError):
    """A construct that may take long."""


@dataclass(frozen=True)
class _Character:
    """A part of a pattern that matches exactly one character."""

    part: tuple
    state: object
    is_required = True
    is_loop = varies = False
    body = ()

    @cached_property
    def first(self):
        """The characters with which it can begin, bool (0x110000,)."""
        return _matches(self.part, self.state)

    @property
    def every(self):
        return self.first


@dataclass(frozen=True)
class _Repeat:
    """A repeat of a sequence of characters and repeats.

    Attributes:
        low, high: the number of repeats.
        body: tuple of the items.
    """

    low: int
    high: int
    body: tuple

    @property
    def is_required(self):
        return self.low > 0

    @property
    def is_loop(self):
        return self.low != self.high

    @property
    def varies(self):
        """Whether it or a repeat in it is a loop."""
        return self.is_loop or any(item.varies for item in self.body)

    @property
    def first(self):
        """The characters with which it can begin."""
        characters = np.zeros(0x110000, bool)
        for item in self.body:
            characters = characters | item.first
            if item.is_required:
                break
        return characters

    @property
    def every(self):
        """All characters in it."""
        return np.any([item.every for item in self.body], axis=0)


@cache
def is_quick(pattern: str) -> bool:
    """Whether a regular expression is known to take quadratic time at worst.

    Expressions are exponential or of a high degree if two repeats can share the same characters,
    such as `(?:\\w+)*` and `\\w*\\w*`, or through many alternatives. Here no loop may be followed
    by another one that can begin with its characters, unless something else is required between
    them. Alternatives in repeats, back references and the like are refused.

    Example:
        >>> is_quick(r"\\w+(?:[-']\\w+)*")
        True
        >>> is_quick(r"(\\w+)+!"), is_quick(r".*.*.*!"), is_quick(r"\\w?\\w?!")
        (False, False, False)
    """
    if len(pattern) > MAX_LENGTH:
        return False
    try:
        if re.compile(pattern).groups > 1:
            return False
        parsed = _parser.parse(pattern)
        paths = _paths(parsed, parsed.state)
        repeats = max(_num_loops(path) for path in paths)
        return (
            parsed.getwidth()[0] <= MAX_WIDTH
            and repeats <= MAX_REPEATS
            and len(paths) * (1 + repeats) <= MAX_PATHS
            and all(_is_unambiguous(path, ()) for path in paths)
        )
    except (re.error, RecursionError, OverflowError, _Refused):
        return False


def _paths(parsed, state):
    """The sequences of items that a parsed pattern stands for, one for each choice."""
    paths = [()]
    for operation, argument in parsed:
        if operation is _constants.BRANCH:
            choices = [path for choice in argument[1] for path in _paths(choice, state)]
        elif operation is _constants.SUBPATTERN:
            _, added_flags, removed_flags, inner = argument
            if added_flags or removed_flags:
                raise _Refused
            choices = _paths(inner, state)
        else:
            choices = [_items(operation, argument, state)]
        paths = [path + choice for path in paths for choice in choices]
        if len(paths) > MAX_PATHS:
            raise _Refused
    return paths


def _items(operation, argument, state):
    """The items, none or one, of a part of a pattern without a choice."""
    if operation in CHARACTERS:
        return (_Character((operation, argument), state),)
    if operation is _constants.AT:
        return ()
    if operation in LOOKAROUNDS:
        if all(part in (*CHARACTERS, _constants.AT) for part, _ in argument[1]):
            return ()
    elif operation in REPEATS:
        return (_repeat(*argument, state),)
    raise _Refused


def _repeat(low, high, parsed, state):
    bodies = _paths(parsed, state)
    if len(bodies) != 1 or not any(item.is_required for item in bodies[0]):
        raise _Refused
    return _Repeat(low, high, bodies[0])


def _matches(part, state):
    """The characters that a part of a pattern matches, bool (0x110000,)."""
    one = _parser.SubPattern(state, [part])
    runs = [(_constants.MAX_REPEAT, (1, _constants.MAXREPEAT, one))]
    pattern = _compiler.compile(_parser.SubPattern(state, runs), state.flags)
    characters = np.zeros(0x110000, bool)
    for match in pattern.finditer(_all_characters()):
        characters[match.start() : match.end()] = True
    return characters


@cache
def _all_characters():
    return "".join(map(chr, range(0x110000)))


def _num_loops(items):
    return sum(item.is_loop + _num_loops(item.body) for item in items)


def _is_unambiguous(items, following):
    """Whether no loop in the items shares characters with one after it, also in `following`."""
    for number, item in enumerate(items):
        rest = items[number + 1 :] + following
        if item.is_loop and _shares(item, rest):
            return False
        again = (_Repeat(0, item.high, item.body),) if item.body and item.high > 1 else ()
        if not _is_unambiguous(item.body, again + rest):
            return False
    return True


def _shares(loop, following):
    """Whether a loop can leave characters to a later loop."""
    characters = loop.first
    for item in following:
        if (characters & item.first).any():
            if item.varies:
                return True
            characters = loop.every
        elif item.is_required:
            return False
    return False
