"""HTML that cannot go wrong: every text is escaped on its way in, every tag that opens closes."""

import html
import re

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
VOID = ("br", "img", "link", "meta")


class Html(str):
    """Finished markup, which is not escaped again."""


def escaped(value):
    """Any value as markup: a text is escaped, a list is joined, None is nothing, finished markup stays as it is.

    Example:
        >>> escaped(["<b>", Html("<br>"), None, 3])
        '&lt;b&gt;<br>3'
    """
    if isinstance(value, Html):
        return value
    if isinstance(value, (list, tuple)):
        return Html("".join(escaped(part) for part in value))
    return Html("" if value is None else html.escape(_clean(value)))


def _clean(value):
    """Without signs that no page may hold: control characters, half characters."""
    return CONTROL.sub(" ", str(value)).encode("utf-8", "replace").decode()


def tag(name, /, *children, **attributes):
    """One element. Attributes that are None are left out; "class_" and "for_" are written without the underscore.

    Example:
        >>> tag("p", "1 < 2", class_="note")
        '<p class="note">1 &lt; 2</p>'
    """
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(_clean(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Html(
        f"<{name}{given}>" if name in VOID else f"<{name}{given}>{escaped(children)}</{name}>"
    )


def from_user(text, name="span", **attributes):
    """A text that came with the data: escaped, and kept apart where it runs from right to left."""
    return tag(name, text, dir="auto", **attributes)


def table(caption, header, groups, class_=None):
    """A table that scrolls sideways where the page is too narrow for it.

    Args:
        caption: str or Html.
        header: list of column titles.
        groups: list of (title or None, rows); a row is a list of cells, the first of which names the row.
        class_: str, for the style.
    """
    head = tag("thead", tag("tr", [tag("th", cell, scope="col") for cell in header]))
    bodies = []
    for title, rows in groups:
        above = (
            tag("tr", tag("th", title, colspan=len(header), scope="rowgroup", class_="group"))
            if title
            else None
        )
        lines = [
            tag("tr", tag("th", row[0], scope="row"), [tag("td", cell) for cell in row[1:]])
            for row in rows
        ]
        bodies.append(tag("tbody", above, lines))
    inside = tag("table", tag("caption", tag("span", caption)), head, bodies, class_=class_)
    return tag(
        "div",
        inside,
        class_="scroll",
        role="region",
        tabindex="0",
        aria_label="table, scrolls sideways",
    )


def figure(image, caption, class_="plot"):
    """An image with its caption; it scrolls sideways where the page is too narrow for it."""
    return tag(
        "figure", tag("div", image, class_="scroll"), tag("figcaption", caption), class_=class_
    )
