"""HTML elements as strings: all text is escaped, and every element is closed."""

import html
import re

CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
VOID = ("br", "img", "link", "meta")


class Html(str):
    """Finished markup, which `escape` leaves unchanged."""


def escape(value):
    """Turn any value into markup: text is escaped, lists are joined, None becomes empty.

    Example:
        >>> escape(["<b>", Html("<br>"), None, 3])
        '&lt;b&gt;<br>3'
    """
    if isinstance(value, Html):
        return value
    if isinstance(value, (list, tuple)):
        return Html("".join(escape(part) for part in value))
    return Html("" if value is None else html.escape(_clean(value)))


def _clean(value):
    """Replace control characters and escape lone surrogates, which HTML does not allow."""
    return CONTROL.sub(" ", str(value)).encode("utf-8", "backslashreplace").decode()


def tag(name, /, *children, **attributes):
    """One element. Attributes that are None are omitted.

    A trailing underscore is removed from attribute names (`class_`), others become hyphens.

    Example:
        >>> tag("p", "1 < 2", class_="note")
        '<p class="note">1 &lt; 2</p>'
    """
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{html.escape(_clean(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    return Html(
        f"<{name}{written}>" if name in VOID else f"<{name}{written}>{escape(children)}</{name}>"
    )


def user_text(text, name="span", **attributes):
    """A text from the user's data, with its own writing direction."""
    return tag(name, text, dir="auto", **attributes)


def table(caption, header, groups, class_=None):
    """A table that scrolls horizontally if the page is too narrow.

    Args:
        caption: str or Html.
        header: list of column titles.
        groups: list of (title or None, rows). A row is a list of cells; the first is its header.
        class_: str, CSS class of the table.
    """
    head = tag("thead", tag("tr", [tag("th", cell, scope="col") for cell in header]))
    bodies = []
    for title, rows in groups:
        title_row = None
        if title:
            cell = tag("th", title, colspan=len(header), scope="rowgroup", class_="group")
            title_row = tag("tr", cell)
        lines = [
            tag("tr", tag("th", row[0], scope="row"), [tag("td", cell) for cell in row[1:]])
            for row in rows
        ]
        bodies.append(tag("tbody", title_row, lines))
    content = tag("table", tag("caption", tag("span", caption)), head, bodies, class_=class_)
    return tag(
        "div", content, class_="scroll", role="region", tabindex="0", aria_label="scrollable table"
    )


def figure(image, caption, class_="plot"):
    """A plot (an <img>) with a caption; it scrolls horizontally if the page is too narrow."""
    return tag(
        "figure", tag("div", image, class_="scroll"), tag("figcaption", caption), class_=class_
    )
