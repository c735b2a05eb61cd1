"""`write_report`: write the page, the figures and the tables of a comparison to files."""

import json
import re
from pathlib import Path

from mm_keras.comparison.report.figures import collecting
from mm_keras.comparison.report.methods import methods, methods_file
from mm_keras.comparison.report.references import bibtex
from mm_keras.comparison.report.section_answer import head, main_table
from mm_keras.comparison.report.section_checks import checks
from mm_keras.comparison.report.section_curves import calibration, learning_curves, robustness
from mm_keras.comparison.report.section_errors import confusions, mistakes, samples
from mm_keras.comparison.report.section_folds import folds
from mm_keras.comparison.report.section_intervals import intervals
from mm_keras.comparison.report.section_methods import methods_paragraph
from mm_keras.comparison.report.section_metrics import further_metrics
from mm_keras.comparison.report.section_missing import missing_inputs
from mm_keras.comparison.report.section_run import cost, leaks, protocol, repeat
from mm_keras.comparison.report.section_subgroups import subgroups
from mm_keras.comparison.report.section_use import modality_use
from mm_keras.comparison.report.style import CSS
from mm_keras.comparison.report.tables import latex_table, markdown_table
from mm_keras.comparison.results.folder import FIGURES, figure_files
from mm_keras.utils.files import write_bytes, write_text
from mm_keras.utils.markup import Html, tag

# Each returns (title, elements), or (title, reason) with a str if the section is left out.
SECTIONS = {
    "table": main_table,
    "intervals": intervals,
    "metrics": further_metrics,
    "folds": folds,
    "subgroups": subgroups,
    "multimodal": modality_use,
    "robustness": robustness,
    "missing": missing_inputs,
    "sizes": learning_curves,
    "calibration": calibration,
    "confusions": confusions,
    "samples": samples,
    "mistakes": mistakes,
    "cost": cost,
    "checks": checks,
    "leaks": leaks,
    "protocol": protocol,
    "methods": methods_paragraph,
    "repeat": repeat,
}
SURROGATE = re.compile("[\ud800-\udfff]")
# The page loads nothing from elsewhere.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def write_report(result, data, folder):
    """Write the page, its figures, the tables, and the methods paragraph into a folder.

    `report.html` is a single self-contained file, which opens offline and can be printed.
    `figures/` has each of its figures as SVG and as PDF, `table.tex` and `table.md` the table of
    all contenders, `methods.txt` the methods paragraph and `references.bib` its sources.

    Args:
        result: dict, what `mm_keras.compare` returns.
        data: the MultimodalData that the comparison used; None for a page without samples.
        folder: path of an existing folder.

    Returns:
        list of Path, the files written, the figures last.
    """
    result = _without_surrogates(result)
    with collecting() as figures:
        page = html_page(result, data)
    contents = {
        "report.html": page,
        "table.tex": latex_table(result),
        "table.md": markdown_table(result),
        "methods.txt": methods_file(result),
        "references.bib": bibtex(" ".join(methods(result))),
    }
    for name, content in contents.items():
        write_text(Path(folder) / name, content)
    written = [Path(folder) / FIGURES / name for name in figures]
    for path, content in zip(written, figures.values()):
        write_bytes(path, content)
    for path in figure_files(folder):
        if path not in written:
            path.unlink()  # of an earlier comparison
    return [*(Path(folder) / name for name in contents), *written]


def _without_surrogates(result):
    r"""The result with lone surrogates, as in names that are not UTF-8, written as e.g. \udce9."""
    text = json.dumps(result, ensure_ascii=False)
    if not SURROGATE.search(text):
        return result
    return json.loads(SURROGATE.sub(lambda match: f"\\\\u{ord(match[0]):04x}", text))


def html_page(result, data=None):
    """Return the page as a str; for the arguments see `write_report`."""
    contents = {key: section(result, data) for key, section in SECTIONS.items()}
    links = [
        tag("li", tag("a", title, href=f"#{key}"))
        for key, (title, content) in contents.items()
        if not isinstance(content, str)
    ]
    sections = [_section(key, title, content) for key, (title, content) in contents.items()]
    body = tag(
        "body",
        head(result),
        tag("nav", tag("ul", links), aria_label="Sections"),
        tag("main", sections),
    )
    title = tag("title", f"{result['data']['name']}: comparison")
    meta = [
        tag("meta", charset="utf-8"),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", http_equiv="Content-Security-Policy", content=POLICY),
    ]
    page = tag("html", tag("head", meta, title, tag("style", Html(CSS))), body, lang="en")
    return f"<!DOCTYPE html>\n{page}\n"


def _section(key, title, content):
    if isinstance(content, str):
        reason = content
        return tag(
            "p", "Left out: ", tag("strong", title), f" ({reason}).", id=key, class_="skipped"
        )
    title_id = f"{key}-title"
    heading = tag("h2", title, id=title_id)
    return tag("section", heading, content, id=key, aria_labelledby=title_id)
