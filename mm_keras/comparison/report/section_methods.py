"""Section with the methods paragraph for a paper."""

from mm_keras.comparison.report.methods import methods
from mm_keras.comparison.report.references import cite
from mm_keras.utils.markup import tag, user_text


def methods_paragraph(result, data):
    """The paragraph, with short citations and the names of the files that hold it."""
    note = (
        "To be adapted for your paper. The same text is in ",
        tag("code", "methods.txt"),
        ", its sources are in ",
        tag("code", "references.bib"),
        ".",
    )
    paragraph = user_text(cite(" ".join(methods(result))), "p", class_="long")
    return "Methods, for a paper", [tag("p", note, class_="muted"), paragraph]
