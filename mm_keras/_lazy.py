"""Public names that are imported when they are first used, so that `import mm_keras` stays fast."""

from importlib import import_module


def attach(package, exports):
    """Return `(__getattr__, __dir__, __all__)` for a package whose public names live in its modules.

    Args:
        package: str, the package's `__name__`.
        exports: dict, module name -> list of the public names in it. An empty list exports the module itself.
    """
    origin = {name: module for module, names in exports.items() for name in names or [module]}

    def __getattr__(name):
        if name not in origin:
            raise AttributeError(f"module {package!r} has no attribute {name!r}. It has: {', '.join(sorted(origin))}.")
        module = import_module(f"{package}.{origin[name]}")
        return module if name == origin[name] and not exports[name] else getattr(module, name)

    return __getattr__, lambda: sorted(origin), sorted(origin)
