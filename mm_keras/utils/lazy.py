"""Public names that are imported when they are first used, so that `import mm_keras` stays fast."""

import lazy_loader


def attach(package, file):
    """`(__getattr__, __dir__, __all__)` of a package, from the stub `__init__.pyi` beside it.

    Editors and type checkers read the same stub, so there is one list of public names.

    Args:
        package: str, the package's `__name__`.
        file: str, the package's `__file__`.
    """
    find, names, public = lazy_loader.attach_stub(package, file)

    def __getattr__(name):
        if name not in public:
            raise AttributeError(
                f"module {package!r} has no attribute {name!r}. It has: {', '.join(public)}."
            )
        return find(name)

    return __getattr__, names, public
