"""Docstrings as HTML: paragraphs, lists of parameters, examples."""

import inspect
import re

from mm_keras.utils.markup import tag

SECTION = re.compile(
    r"^(Args|Attributes|Example|Formats|Raises|Reference|Returns|Shapes):$", re.MULTILINE
)
ITEM = re.compile(r"^(\*{0,2}[\w.]+(?:, \*{0,2}[\w.]+)*): ")  # of a list of parameters or errors


def render_docstring(docstring):
    """The elements of a docstring in the style of Google, list of Html.

    Example:
        >>> "".join(render_docstring("Sum of `a` and b.\\n\\nArgs:\\n    a: int."))
        '<p>Sum of <code>a</code> and b.</p><h5>Args</h5><dl><dt>a</dt><dd>int.</dd></dl>'
    """
    first, *rest = SECTION.split(inspect.cleandoc(docstring or ""))
    elements = _paragraphs(first)
    for title, text in zip(rest[::2], rest[1::2]):
        text = inspect.cleandoc("\n" + text)
        elements.append(tag("h5", title))
        if title == "Example":
            elements.append(tag("pre", text))
        elif ITEM.match(text):
            elements.append(tag("dl", _items(text)))
        else:
            elements += _paragraphs(text)
    return elements


def _paragraphs(text):
    """Blocks that empty lines separate: indented ones stay as they are, others are wrapped."""
    elements = []
    for block in re.split(r"\n\s*\n", text.strip("\n")):
        if block.startswith("    "):
            elements.append(tag("pre", inspect.cleandoc("\n" + block)))
        elif block.startswith("- "):
            points = re.split(r"\n- ", block.removeprefix("- "))
            elements.append(tag("ul", [tag("li", _inline(point)) for point in points]))
        elif block.strip():
            elements.append(tag("p", _inline(block)))
    return elements


def _items(text):
    """Entries `name: text`, whose further lines are indented."""
    elements = []
    for entry in re.split(r"\n(?=\S)", text):
        item = ITEM.match(entry)
        if item is None:
            elements.append(tag("dd", _inline(entry)))
        else:
            elements += [tag("dt", item[1]), tag("dd", _inline(entry[item.end() :]))]
    return elements


def _inline(text):
    """Text in one paragraph, with `code`."""
    parts = re.split(r"`([^`]+)`", " ".join(text.split()))
    return [tag("code", part) if number % 2 else part for number, part in enumerate(parts)]
