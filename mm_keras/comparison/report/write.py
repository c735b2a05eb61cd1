"""`write_report`: the page and the tables of a comparison, as files."""

from pathlib import Path

from mm_keras.comparison.report.markup import Html, tag
from mm_keras.comparison.report.section_answer import head, main_table
from mm_keras.comparison.report.section_curves import calibration, learning_curves, robustness
from mm_keras.comparison.report.section_errors import confusions, mistakes, samples
from mm_keras.comparison.report.section_intervals import intervals
from mm_keras.comparison.report.section_run import cost, leaks, protocol, repeat
from mm_keras.comparison.report.section_use import modality_use
from mm_keras.comparison.report.style import CSS
from mm_keras.comparison.report.tables import latex_table, markdown_table
from mm_keras.utils.files import write_text

# Each returns (title, parts), or (title, the reason why it is left out).
SECTIONS = {
    "table": main_table,
    "intervals": intervals,
    "multimodal": modality_use,
    "robustness": robustness,
    "sizes": learning_curves,
    "calibration": calibration,
    "confusions": confusions,
    "samples": samples,
    "mistakes": mistakes,
    "cost": cost,
    "leaks": leaks,
    "protocol": protocol,
    "repeat": repeat,
}
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"  # the page needs nothing from anywhere


def write_report(result, data, folder):
    """Write `report.html`, `table.tex` and `table.md` of a comparison into a folder.

    The page is one file with everything in it: it opens without a network and prints well.

    Args:
        result: dict, what `mm_keras.compare` returns.
        data: the MultimodalData that was compared, or None: then the page shows no samples.
        folder: path of a folder that exists.

    Returns:
        list of Path, the files that were written.
    """
    contents = {
        "report.html": html_page(result, data),
        "table.tex": latex_table(result),
        "table.md": markdown_table(result),
    }
    paths = [Path(folder) / name for name in contents]
    for path, content in zip(paths, contents.values()):
        write_text(path, content.encode("utf-8", "replace").decode("utf-8"))  # half characters
    return paths


def html_page(result, data=None):
    """The page as str; `result` and `data` as in `write_report`."""
    found = {key: section(result, data) for key, section in SECTIONS.items()}
    links = [
        tag("li", tag("a", title, href=f"#{key}"))
        for key, (title, parts) in found.items()
        if not isinstance(parts, str)
    ]
    sections = [_section(key, title, parts) for key, (title, parts) in found.items()]
    body = tag(
        "body",
        head(result),
        tag("nav", tag("ul", links), aria_label="sections"),
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


def _section(key, title, parts):
    if isinstance(parts, str):
        return tag("p", tag("strong", title), f" is left out: {parts}", id=key, class_="absent")
    return tag(
        "section", tag("h2", title, id=f"{key}-title"), parts, id=key, aria_labeledby=f"{key}-title"
    )
