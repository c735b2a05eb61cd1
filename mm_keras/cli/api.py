"""The `api` command: writes a reference of all public names, from their docstrings."""

import inspect
from pathlib import Path
from types import ModuleType

import mm_keras
from mm_keras.comparison.report.style import CSS
from mm_keras.utils.docstrings import render_docstring
from mm_keras.utils.files import check_can_write, write_text
from mm_keras.utils.keras_tools import import_keras
from mm_keras.utils.markup import Html, tag
from mm_keras.utils.registry import Registry
from mm_keras.utils.source_code import strip_addresses

MORE_CSS = """
nav dt { font-weight: 600; margin-top: .5rem; }
nav dd { margin: 0; }
nav dd a { margin-right: .9rem; }
h3, h4 { font-family: ui-monospace, Consolas, Menlo, monospace; overflow-wrap: anywhere; }
h3 { border-top: 1px solid #ddd; padding-top: .8rem; margin-top: 1.6rem; }
h4 { font-size: .95rem; margin: 1rem 0 .2rem; }
h5 { font-size: .9rem; margin: .6rem 0 .1rem; color: #555; }
section section { margin-left: clamp(0rem, 3vw, 1.5rem); }
section dl { margin: .1rem 0 .6rem; }
section dt { font-family: ui-monospace, Consolas, Menlo, monospace; font-size: .88rem; }
section dd { margin: 0 0 .3rem 1.5rem; }
"""


def run(options):
    path = Path(options.out)
    check_can_write(path)
    import_keras()
    write_text(path, api_page())
    print(f"Written: {path}")
    return 0


def api_page():
    """The page, str: a table of contents, and every public name of every public module."""
    modules = public_modules(mm_keras, "mm_keras")
    first_names = {}  # id of an object -> the name under which it is described
    body = [
        tag("h1", f"mm_keras {mm_keras.__version__}: all public names"),
        tag(
            "p",
            "Generated from the docstrings. Below, ",
            tag("code", "mm"),
            " stands for ",
            tag("code", "import mm_keras as mm"),
            ". To find a name, search this page.",
        ),
        tag("nav", tag("dl", [_contents(*item) for item in modules.items()])),
        *(_module(name, module, first_names) for name, module in modules.items()),
    ]
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("title", f"mm_keras {mm_keras.__version__}: API"),
        tag("style", Html(CSS + MORE_CSS)),
    )
    return f"<!DOCTYPE html>\n{tag('html', head, tag('body', *body), lang='en')}\n"


def public_modules(module, name):
    """dict, name -> module: this one and the public modules in it, at any depth."""
    modules = {name: module}
    for key in module.__all__:
        if isinstance(getattr(module, key), ModuleType):
            modules |= public_modules(getattr(module, key), f"{name}.{key}")
    return modules


def members(module):
    """dict, name -> object: the public names of a module that are not modules themselves."""
    found = {name: getattr(module, name) for name in module.__all__}
    return {name: item for name, item in found.items() if not isinstance(item, ModuleType)}


def methods(cls):
    """dict, name -> public method or property that a class or a base of it in mm_keras defines."""
    found = {}
    for base in reversed(cls.__mro__):
        if base.__module__.split(".")[0] == "mm_keras":
            found |= {
                name: item
                for name, item in vars(base).items()
                if not name.startswith("_")
                and (inspect.isroutine(item) or isinstance(item, property))
            }
    return found


def _short(name):
    return "mm" + name.removeprefix("mm_keras")


def _contents(name, module):
    links = [tag("a", key, href=f"#{name}.{key}") for key in members(module)]
    spaced = [part for link in links for part in (link, " ")]
    return [tag("dt", tag("a", _short(name), href=f"#{name}")), tag("dd", spaced)]


def _module(name, module, first_names):
    entries = [_entry(f"{name}.{key}", item, first_names) for key, item in members(module).items()]
    doc = render_docstring(module.__doc__)
    return tag("section", tag("h2", _short(name)), *doc, *entries, id=name)


def _entry(name, item, first_names):
    """The section of one name; a second name of the same object only links to the first."""
    first = first_names.setdefault(id(item), name)
    title = tag("h3", _short(name))
    if first != name:
        link = tag("a", _short(first), href=f"#{first}")
        return tag("section", title, tag("p", "The same as ", link, "."), id=name)
    if not (inspect.isclass(item) or inspect.isroutine(item)):
        return tag("section", title, tag("p", _value(item)), id=name)
    inner = []
    if inspect.isclass(item):
        inner = [_method(name, key, member) for key, member in methods(item).items()]
    doc = render_docstring(inspect.getdoc(item))
    return tag("section", title, _signature(_short(name), item), *doc, *inner, id=name)


def _method(class_name, name, member):
    function = getattr(member, "__func__", member)  # of a class method or a static method
    signature = None
    if not isinstance(member, property):
        signature = _signature(name, function, drop_first=not isinstance(member, staticmethod))
    return tag(
        "section",
        tag("h4", name, " (property)" if isinstance(member, property) else ""),
        signature,
        *render_docstring(inspect.getdoc(function)),
        id=f"{class_name}.{name}",
    )


class _Text(str):
    """An annotation that is written without quotes."""

    __repr__ = str.__str__


def _signature(name, function, drop_first=False):
    """The call with its parameters, one a line if there are many; None if it is unknown."""
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):
        return None
    parameters = [
        parameter.replace(annotation=_bare(parameter.annotation))
        for parameter in list(signature.parameters.values())[drop_first:]
    ]
    returned = _bare(signature.return_annotation)
    line = name + str(signature.replace(parameters=parameters, return_annotation=returned))
    if len(line) > 90:
        written = [f"    {parameter}," for parameter in parameters]
        kinds = [parameter.kind for parameter in parameters]
        if (
            inspect.Parameter.KEYWORD_ONLY in kinds
            and inspect.Parameter.VAR_POSITIONAL not in kinds
        ):
            written.insert(kinds.index(inspect.Parameter.KEYWORD_ONLY), "    *,")
        end = str(inspect.Signature([], return_annotation=returned)).removeprefix("(")
        line = "\n".join([f"{name}(", *written, end])
    return tag("pre", strip_addresses(line), class_="signature")


def _bare(annotation):
    return _Text(annotation) if type(annotation) is str else annotation


def _value(item):
    if isinstance(item, (Registry, dict)):
        return ["One of: ", ", ".join(map(str, item))]
    return tag("code", repr(item))
