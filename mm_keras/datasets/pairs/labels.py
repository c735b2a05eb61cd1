"""The cells of a label column: class names, lists of class names, and names that look alike."""

import ast
import json
import re
import unicodedata
from collections import Counter

import numpy as np

from mm_keras.utils.formatting import shorten
from mm_keras.utils.messages import some_of

# Characters that cannot be seen: soft hyphens, zero-width spaces, byte order marks, directions, and
# control characters (except white space).
INVISIBLE = dict.fromkeys(
    [0xAD, 0x34F, 0x61C, 0x180E, 0x200B, 0x200E, 0x200F, 0xFEFF]
    + [*range(0x202A, 0x202F), *range(0x2060, 0x2070), *range(0x00, 0x09), *range(0x0E, 0x1C)]
    + [*range(0x7F, 0x85), *range(0x86, 0xA0)]
)
JOINERS = "\u200c\u200d"  # significant inside words and emoji, invisible at their ends
VARIATION_SELECTORS = dict.fromkeys(range(0xFE00, 0xFE10))

NUMBER = re.compile(r"[+-]?(\d+([.,]\d*)?|[.,]\d+)(e[+-]?\d+)?")
SEPARATORS = re.compile(r"[\s_/\u2010-\u2015\u2212-]+")
MINUS = re.compile(r"^[\u2010-\u2015\u2212]")  # also as other dashes
END_MARKS = " .,;:!?'\"`\u2018\u2019\u201c\u201d"

INDICATOR = re.compile(r"\s*([01](\.0*)?|true|false)\s*", re.IGNORECASE)
BRACKETED = re.compile(r"\[.*\]|\(.*\)|\{.*\}", re.DOTALL)
LIKE_A_LIST = re.compile(r"\s*\[.*['\",].*\]\s*", re.DOTALL)
ITEM = re.compile(
    r"""\s*+u?(?P<quoted>'(?:[^'\\]|\\.)*+'|"(?:[^"\\]|\\.)*+")\s*+(?:,|(?=['"])|\Z)"""
    r"""|(?P<plain>[^,'"\[\](){}]++)(?:,|\Z)""",
    re.DOTALL,
)


def clean_name(cell):
    """A class name without invisible characters, in one spelling of accents and white space.

    Example:
        >>> clean_name(" New\\u00a0York\\u200b ")
        'New York'
    """
    name = " ".join(cell.translate(INVISIBLE).split()).strip(JOINERS + " ")
    return unicodedata.normalize("NFC", name)


def read_labels(cells, lines, column, separator=None):
    """The class names in each cell of the label column.

    Lists, as Python, JSON or NumPy write them (['Drama', 'Comedy']), are read as the names in them.

    Args:
        cells: list of n str.
        lines: list of n int, their line numbers.
        column: str, the name of the column, for messages.
        separator: str between the names in a cell; None if each cell is one name.

    Returns:
        names (list of n lists of distinct str), whether samples may have any number of labels
        (bool), notes (list of arguments of `report_bad`).

    Raises:
        ValueError: lists of 0 and 1 instead of names, also with the separator.
    """
    cells = [cell.strip() for cell in cells]
    lists = _lists_among(cells)
    names = [
        lists[cell] if cell in lists else cell.split(separator) if separator else [cell]
        for cell in cells
    ]
    split = [row for row, cell in zip(names, cells) if separator and cell and cell not in lists]
    _refuse_indicators([*filter(None, lists.values()), *split], column)
    names = [list(dict.fromkeys(filter(None, map(clean_name, row)))) for row in names]
    multi_label = bool(separator) or max(map(len, names)) > 1
    meaning = "any number of labels" if multi_label else "the label"
    example = shorten(next((cell for cell in cells if lists.get(cell)), ""), 60)
    others = [
        f"line {line}"
        for line, cell in zip(lines, cells)
        if cell not in lists and LIKE_A_LIST.fullmatch(cell)
    ]
    return (
        names,
        multi_label,
        [
            (
                [f"line {line}" for line, cell in zip(lines, cells) if lists.get(cell)],
                "had a list as its label",
                f"Its items are {meaning}: {example}.",
            ),
            (
                others,
                "had brackets in its label",
                "They are part of the name, because others have none. Write all labels alike.",
            ),
        ],
    )


def encode(names, multi_label, class_names=None):
    """The class names, and the labels as numbers.

    Args:
        names: list of n lists of str, one each unless `multi_label`.
        multi_label: bool.
        class_names: list of str; default: all names in alphabetical order.

    Returns:
        class names (list of str), labels (int (n,) or 0/1 (n, num_classes)).

    Raises:
        ValueError: names that are not in `class_names`.
    """
    counts = Counter(name for row in names for name in row)
    class_names = sorted(counts) if class_names is None else class_names
    unknown = [f"{name} ({counts[name]})" for name in sorted(counts.keys() - set(class_names))]
    if unknown:
        raise ValueError(
            f"All labels must be in class_names: {some_of(class_names, 20)}. Received samples of "
            f"other classes: {some_of(unknown)}. Add these classes, or remove the samples."
        )
    index = {name: k for k, name in enumerate(class_names)}
    if not multi_label:
        return class_names, np.array([index[name] for (name,) in names])
    labels = np.zeros((len(names), len(class_names)), np.int64)
    for row, row_names in enumerate(names):
        labels[row, [index[name] for name in row_names]] = 1
    return class_names, labels


def note_on_look_alikes(names, lines):
    """Arguments of `report_bad` about names that are probably meant to be the same class."""
    counts = Counter(name for row in names for name in row)
    groups = look_alikes(counts)
    rarer = {name for group in groups for name in group[1:]}
    pairs = [" and ".join(f"{name!r} ({counts[name]:,})" for name in group) for group in groups]
    return (
        [f"line {line}" for line, row in zip(lines, names) if rarer.intersection(row)],
        "had a label that differs from another one only in its spelling",
        f"They are different classes: {'; '.join(pairs[:10])}{'; ...' if len(pairs) > 10 else ''}. "
        "Write them alike if they are the same.",
    )


def look_alikes(counts):
    """Lists of two or more names that differ only in their spelling, the most frequent one first.

    Args:
        counts: dict, name -> its number of samples.
    """
    groups = {}
    for name in sorted(counts, key=lambda name: (-counts[name], name)):
        groups.setdefault(_appearance(name), []).append(name)
    return [group for group in groups.values() if len(group) > 1]


def _appearance(name):
    """What remains of a name without its case, punctuation and the format of a number."""
    plain = name.translate(VARIATION_SELECTORS).replace("\u200c", "").replace("\u200d", "")
    plain = unicodedata.normalize("NFKC", plain).casefold()
    number = MINUS.sub("-", plain)
    if NUMBER.fullmatch(number):
        return float(number.replace(",", "."))
    return SEPARATORS.sub(" ", plain).strip(END_MARKS) or name


def _lists_among(cells):
    """dict, cell -> its items, of the cells that are lists of names.

    Where some cells are not lists, brackets may be part of a name, unless there are quotes in them.
    """
    filled = {cell for cell in cells if clean_name(cell)}
    items = {cell: _items(cell) for cell in filled if BRACKETED.fullmatch(cell)}
    lists = {cell: names for cell, names in items.items() if names is not None}
    if len(lists) < len(filled):
        lists = {cell: names for cell, names in lists.items() if "'" in cell or '"' in cell}
    return lists


def _items(cell):
    """The items of one list, list of str; None if it is no list of names."""
    if cell[0] == "[":
        try:
            return _as_names(json.loads(cell))
        except (ValueError, RecursionError):
            pass  # not JSON
    body, items, position = cell[1:-1].strip(), [], 0
    while position < len(body):
        match = ITEM.match(body, position)
        if not match or (cell[0] == "(" and not match["quoted"]):
            return None
        items += [_unquoted(match["quoted"])] if match["quoted"] else _plain_items(match["plain"])
        position = match.end()
    return _as_names(items)


def _unquoted(literal):
    try:
        return ast.literal_eval(literal.replace("\n", "\\n"))
    except (ValueError, SyntaxError):
        return literal[1:-1]


def _plain_items(item):
    """Several items if these are numbers as NumPy writes them, else one."""
    words = item.split()
    if words in (["None"], ["null"]):
        return []
    return words if all(map(NUMBER.fullmatch, words)) else [item]


def _as_names(items):
    if any(isinstance(item, (list, dict)) for item in items):
        return None
    return [str(item) for item in items if item is not None]


def _refuse_indicators(lists, column):
    lengths = {len(items) for items in lists}
    names = set().union(*lists)
    if len(lengths) == 1 and min(lengths) > 1 and all(map(INDICATOR.fullmatch, names)):
        raise ValueError(
            f"The column {column!r} needs class names. Received: lists of {lengths.pop()} "
            "numbers 0 and 1. Write the names of the classes that are 1, e.g. ['rain', 'wind']."
        )
