"""Lazy imports: public names are imported on first use, so that `import mm_keras` is fast."""

import lazy_loader

from mm_keras.utils.quiet import quiet_start


def attach(package, file):
    """`(__getattr__, __dir__, __all__)` of a package, from its stub `__init__.pyi`.

    Editors and type checkers read the same stub, so there is one list of public names.

    Args:
        package: str, the package's `__name__`.
        file: str, the package's `__file__`.
    """
    import_name, list_names, public_names = lazy_loader.attach_stub(package, file)

    def __getattr__(name):
        if name not in public_names:
            raise AttributeError(
                f"module {package!r} has no attribute {name!r}. It has: {', '.join(public_names)}."
            )
        with quiet_start():
            return import_name(name)

    return __getattr__, list_names, public_names
