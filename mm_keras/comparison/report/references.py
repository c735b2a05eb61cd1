"""The sources of the methods of a comparison, as short citations and as BibTeX."""

import re

from mm_keras.comparison.report.sources import SOURCES
from mm_keras.comparison.results.folder import BIBTEX_START

BIBTEX_LETTERS = {
    "\u00e1": "{\\'a}",
    "\u00e7": "{\\c{c}}",
    "\u00f3": "{\\'o}",
    "\u0161": "{\\v{s}}",
    "\u00fc": '{\\"u}',
    "&": "\\&",
    "_": "\\_",
}
CITATION = re.compile(r"\[(@\w+(?:; @\w+)*)\]")  # in a text: [@dunn1961; @guo2017]


def cite(text):
    """Replace each [@key] of a known source in a text by a citation.

    Example:
        >>> cite("corrected [@dunn1961], t test [@nadeau2003; @pedregosa2011]")
        'corrected (Dunn 1961), t test (Nadeau and Bengio 2003; Pedregosa et al. 2011)'
    """

    def citation(match):
        keys = _keys(match[1])
        return f"({'; '.join(map(_short, keys))})" if SOURCES.keys() >= set(keys) else match[0]

    return CITATION.sub(citation, text)


def _keys(citation):
    return [key.removeprefix("@") for key in citation.split("; ")]


def _short(key):
    _, authors, _, year, _ = SOURCES[key]
    names = [author.partition(",")[0].strip("{}") for author in authors.split(" and ")]
    who = " and ".join(names) if len(names) < 3 and "others" not in names else f"{names[0]} et al."
    return f"{who} {year}" if year else who


def bibtex(text):
    """The BibTeX entries of the sources that a text cites as [@key], and of this software."""
    cited = {key for citation in CITATION.findall(text) for key in _keys(citation)}
    keys = sorted({"mm_keras", *cited} & SOURCES.keys())
    return "\n".join([BIBTEX_START, *(f"\n{_entry(key)}" for key in keys), ""])


def _entry(key):
    kind, authors, title, year, others = SOURCES[key]
    fields = {"author": authors, "title": f"{{{title}}}", "year": year, **others}
    lines = [
        f"  {name} = {{{_as_bibtex(name, value)}}},"
        for name, value in fields.items()
        if value is not None
    ]
    return "\n".join([f"@{kind}{{{key},", *lines, "}"])


def _as_bibtex(name, value):
    if name == "howpublished":
        return value
    return "".join(BIBTEX_LETTERS.get(letter, letter) for letter in str(value))
