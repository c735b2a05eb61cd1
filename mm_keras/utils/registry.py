"""Registry: a mapping from names to objects that are imported on first access."""

from collections.abc import Mapping
from importlib import import_module


class Registry(Mapping):
    """A read-only dict, name -> object, that imports an object's module only on access.

    A command can thus list all heads without importing Keras.

    Args:
        paths: dict, name -> "module:attribute".

    Example:
        >>> functions = Registry({"join": "os.path:join"})
        >>> list(functions), functions["join"]("a", "b")
        (['join'], 'a/b')
    """

    def __init__(self, paths):
        self._paths = dict(paths)

    def __getitem__(self, name):
        module, _, attribute = self._paths[name].partition(":")
        return getattr(import_module(module), attribute)

    def __iter__(self):
        return iter(self._paths)

    def __len__(self):
        return len(self._paths)

    def __contains__(self, name):
        return name in self._paths

    def __repr__(self):
        return f"Registry({', '.join(self._paths)})"
