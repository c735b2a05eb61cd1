"""The classes of estimators that a saved file may contain, and the check of what it says of them.

The lists are in the files `known_*`. A parameter without a rule must have the default of its class,
so that `memory`, functions, `input="filename"` and the like are refused. Every learned attribute
needs a rule.
"""

import inspect
from functools import cache
from importlib import import_module

from mm_keras.saving.known_extractors import EXTRACTORS
from mm_keras.saving.known_retrieval import RETRIEVAL
from mm_keras.saving.known_sklearn import SKLEARN
from mm_keras.saving.rules import Node, same

KNOWN = {**EXTRACTORS, **RETRIEVAL, **SKLEARN}
MAX_VALUES = 2**24  # values of one sample
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


def known_class(path: str) -> type | None:
    """The class with this path, "package.module:Class", if it is known, otherwise None.

    Nothing is imported because a file names it.

    Example:
        >>> known_class("mm_keras.image:HOG")
        <class 'mm_keras.image.hog.hog.HOG'>
        >>> known_class("os:system") is None
        True
    """
    if path not in KNOWN:
        return None
    module, _, name = path.partition(":")
    return getattr(import_module(module), name)


def current_names(path, parameters):
    """The path of a class and the names of its parameters, if a file has former ones."""
    module, _, name = path.partition(":")
    public = ".".join(part for part in module.split(".") if not part.startswith("_"))
    path = FORMER_PATHS.get(path, path)
    path = path if f"{public}:{name}" not in KNOWN else f"{public}:{name}"
    return path, [FORMER_PARAMS.get(path, {}).get(name, name) for name in parameters]


def check(node: Node, trusted=()) -> None:
    """Check a saved estimator, those in it first, and set its `sizes` and `shape`.

    Args:
        node: the estimator.
        trusted: paths of further classes. Their values are not checked, except for the learned
            values of known classes.

    Raises:
        Untrusted: a class that is neither known nor trusted, or with a setting that is neither.
        ValueError: a learned value that does not fit.
    """
    for child in children(node.parameters) + children(node.attributes):
        check(child, trusted)
    node.sizes.clear()
    known, is_trusted = KNOWN.get(node.path), node.path in trusted
    node.shape, node.is_fitted = None, _is_fitted(node, known)
    if known is None:
        if not is_trusted:
            raise Untrusted(node.path, "which is not a known estimator")
        return
    settings = {**defaults(node.path), **node.parameters}
    if not is_trusted:
        _check_parameters(node, known, settings)
    node.parameters = settings
    if not node.is_fitted:
        return
    _check_attributes(node, known, is_trusted)
    try:
        fits = known.fits(node)
        node.shape = known.shape(node) if fits else None
    except (KeyError, TypeError, AttributeError, IndexError, ValueError):
        if is_trusted:  # with settings of its own
            return
        fits = False
    if not fits or not _is_shape(node.shape):
        raise ValueError(f"the values of {node.path} do not fit each other")


class Untrusted(ValueError):
    """A class, or settings of it, that can be used only if the user trusts the file.

    Attributes:
        path: str, "package.module:Class".
    """

    def __init__(self, path, reason):
        super().__init__(printable(f"{path}, {reason}"))
        self.path = path


class Unsupported(ValueError):
    """Something in a saved folder that cannot be loaded although nothing is damaged."""


def printable(text):
    """The text with escape sequences in place of control characters, for messages."""
    return "".join(char if char.isprintable() else ascii(char)[1:-1] for char in text)


def _is_fitted(node, known):
    """Whether an estimator, or all those that it is composed of, are fitted."""
    if known is None or node.attributes or known.attributes.keys() - known.optional:
        fitted = bool(node.attributes) or known is None
        return fitted and all(child.is_fitted for child in children(node.attributes))
    return all(child.is_fitted for child in children(node.parameters))


def children(values):
    """The estimators in the parameters or attributes of an estimator, one level down."""
    pending, found = [values], []
    while pending:
        value = pending.pop()
        if isinstance(value, Node):
            found.append(value)
        elif isinstance(value, dict):
            pending += [*value.values()]
        elif isinstance(value, (list, tuple)):
            pending += value
    return found


@cache
def defaults(path):
    """The parameters of a known class with their defaults; required ones are missing."""
    parameters = inspect.signature(known_class(path)).parameters.values()
    return {item.name: item.default for item in parameters if item.default is not item.empty}


def _check_parameters(node, known, settings):
    for name, value in settings.items():
        if name in known.parameters:
            if not known.parameters[name](value, node.sizes):
                raise Untrusted(node.path, f"with {name}={_short(value)}")
        elif not _is_default(node.path, name, value):
            raise Untrusted(node.path, f"with {name}={_short(value)}")


def _check_attributes(node, known, is_trusted):
    unknown = [name for name in node.attributes if name not in known.attributes]
    if unknown and not is_trusted:
        raise Untrusted(node.path, f"with the attribute {unknown[0][:50]}")
    for name, value in node.attributes.items():
        if name in known.attributes and not known.attributes[name](value, node.sizes):
            raise ValueError(f"{name} of {node.path} is out of range or has a wrong size or type")
    missing = known.attributes.keys() - known.optional - node.attributes.keys()
    if missing:
        raise ValueError(f"{node.path} has no {', '.join(sorted(missing))}")


def _is_default(path, name, value):
    return same(value, defaults(path).get(name, defaults))


def _is_shape(shape):
    if shape is None:
        return True
    total = 1
    for length in shape:
        total *= length
    return 0 < total <= MAX_VALUES


def _short(value):
    text = repr(value) if not isinstance(value, Node) else value.path
    return text if len(text) <= 60 else text[:57] + "..."
