"""The main table of a comparison in LaTeX, in Markdown, and for the terminal."""

import re
import unicodedata

from mm_keras.comparison.report import words
from mm_keras.utils.formatting import format_points, pad, shorten_name

COLUMNS = {"accuracy": "Accuracy", "macro_f1": "Macro-F1", "log_loss": "Log loss", "ece": "ECE"}
MARKS = {"better": "+", "worse": "-", "not distinguishable": "=", None: ""}
LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
    "^": r"\textasciicircum{}",
    "~": r"\textasciitilde{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"{\char34}",  # \textquotedbl needs another font encoding than the default one
    "`": r"\textasciigrave{}",
    "\u2212": "$-$",
    "–": r"\textendash{}",
    "…": r"\ldots{}",
}


def caption(result):
    """The caption of the table: data, protocol, and the meaning of bold values and marks."""
    data, unimodal = result["data"], words.best_contender(result, "unimodal")
    classes = f"{len(data['class_names'])} {'labels' if data['multi_label'] else 'classes'}"
    sentences = [
        f"Comparison on {_one_line(data['name'])} ({data['num_samples']:,} samples, {classes}): "
        "mean and 95% confidence interval of accuracy, macro-F1, log loss and expected "
        "calibration error (ECE; lower is better for the last two).",
        result["protocol"]["sentence"],
        "Best value of each column in bold.",
    ]
    if unimodal:
        test = (
            "corrected resampled t test"
            if result["protocol"]["num_splits"] > 1
            else "paired bootstrap"
        )
        sentences.append(
            "Marks next to accuracy and log loss compare a contender with the best unimodal one, "
            f"{unimodal['name']}: + better, - worse, = not distinguishable ({test}, and for "
            "accuracy also McNemar's test; two-sided, 5% level, Bonferroni-corrected)."
        )
    return " ".join(text if text.endswith(".") else f"{text}." for text in sentences)


def latex_escape(text):
    """Escape a text for LaTeX.

    Example:
        >>> print(latex_escape("50 % of R&D_1"))
        50 \\% of R\\&D\\_1
    """
    text = unicodedata.normalize("NFC", _one_line(text))
    escaped = "".join(LATEX.get(character, character) for character in text)
    return escaped.replace("--", "-{}-")  # otherwise one long dash


def markdown_escape(text):
    """Escape a text for Markdown, including Markdown tables.

    Example:
        >>> print(markdown_escape("a|b <i> *c*"))
        a\\|b &lt;i&gt; \\*c\\*
    """
    text = _one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]|~#])", r"\\\1", text)


def _one_line(text):
    return " ".join(re.sub("[\x00-\x1f\x7f-\x9f]", " ", str(text)).split())


def latex_table(result):
    """The table in LaTeX, which needs only the package booktabs.

    Args:
        result: dict, what `mm_keras.compare` returns.

    Returns:
        str, ready for `\\input{table.tex}`.
    """
    best, titles = words.best_values(result), words.unique_titles(result)
    width = len(COLUMNS) + 1
    lines = [
        "% \\usepackage{booktabs}",
        "% mean above its 95% confidence interval",
        "% booktabs is the only package needed, with pdflatex, xelatex or lualatex.",
        *_other_scripts(result),
        "\\providecommand{\\withinterval}[3]{\\begin{tabular}[t]{@{}l@{}}#1\\\\[-0.4ex]"
        "{\\scriptsize [#2, #3]}\\end{tabular}}",
        "\\begin{table}",
        "\\centering",
        "\\footnotesize",
        "\\setlength{\\tabcolsep}{3.5pt}",
        f"\\caption{{{latex_escape(caption(result))}}}",
        "\\label{tab:comparison}",
        "\\medskip",
        "\\begin{tabular}{@{}p{0.34\\linewidth}" + "l" * len(COLUMNS) + "@{}}",
        "\\toprule",
        " & ".join(["Contender", *COLUMNS.values()]) + " \\\\",
    ]
    for title, members in words.grouped(result):
        lines += [
            "\\midrule",
            f"\\multicolumn{{{width}}}{{@{{}}l}}{{\\emph{{{latex_escape(title)}}}}} \\\\",
        ]
        for contender in members:
            cells = [_latex_cell(contender, metric, best) for metric in COLUMNS]
            lines.append(
                " & ".join([f"\\raggedright {latex_escape(titles[contender['name']])}", *cells])
                + " \\\\[0.8ex]"
            )
    return "\n".join([*lines, "\\bottomrule", "\\end{tabular}", "\\end{table}", ""])


def _other_scripts(result):
    """A comment on how to compile names with letters that are not Latin, if there are any."""
    names = [result["data"]["name"], *(c["title"] for c in result["contenders"])]
    if not any(letter.isalpha() and letter > "\u024f" for letter in "".join(map(str, names))):
        return []
    return [
        "% Names are not in Latin letters: use xelatex or lualatex and a font that has them,",
        "% for Chinese \\usepackage[UTF8]{ctex}.",
    ]


def _latex_cell(contender, metric, best):
    if contender["failed"] is not None:
        return "failed" if metric == "accuracy" else "--"
    value = words.format_number(words.mean_score(contender, metric))
    bold = (
        f"\\textbf{{{_latex_number(value)}}}"
        if _is_best(contender, metric, best)
        else _latex_number(value)
    )
    mark = _mark(contender, metric)
    mean = bold + (f"$^{{{mark}}}$" if mark else "")
    interval = contender["metrics"][metric]["interval"]
    if interval is None:
        return mean
    low, high = (_latex_number(words.format_number(end)) for end in interval)
    return f"\\withinterval{{{mean}}}{{{low}}}{{{high}}}"


def _latex_number(text):
    """A formatted value with a minus sign instead of a hyphen."""
    return latex_escape(text.replace("-", "\u2212"))


def markdown_table(result):
    """The table in Markdown, with the caption below it.

    Args:
        result: dict, what `mm_keras.compare` returns.

    Returns:
        str.
    """
    best, titles = words.best_values(result), words.unique_titles(result)
    lines = [
        "| Contender | " + " | ".join(COLUMNS.values()) + " |",
        "|---" * (len(COLUMNS) + 1) + "|",
    ]
    for title, members in words.grouped(result):
        lines.append(f"| *{title}* |" + " |" * len(COLUMNS))
        for contender in members:
            cells = [_markdown_cell(contender, metric, best) for metric in COLUMNS]
            lines.append(
                "| " + " | ".join([markdown_escape(titles[contender["name"]]), *cells]) + " |"
            )
    return "\n".join([*lines, "", markdown_escape(caption(result)), ""])


def _markdown_cell(contender, metric, best):
    if contender["failed"] is not None:
        return "failed" if metric == "accuracy" else words.NONE
    value = words.format_number(words.mean_score(contender, metric))
    cell = f"**{value}**" if _is_best(contender, metric, best) else value
    cell += _brackets(contender["metrics"][metric]["interval"], words.format_number)
    return f"{cell} {_mark(contender, metric)}".rstrip()


def text_table(result, width=100):
    """The table for the terminal, at most `width` columns wide.

    Args:
        result: dict, what `mm_keras.compare` returns.
        width: int >= 79, columns of the terminal. Below 97, macro-F1 and ECE are left out.

    Returns:
        str, without a newline at the end.
    """
    unimodal = words.best_contender(result, "unimodal")
    if width < 97:
        columns = {"log_loss": "log loss"}
        name_width = width - 59
    else:
        columns = {"macro_f1": "macro-F1", "log_loss": "log loss", "ece": "ECE  "}
        name_width = width - 76
    versus = "  points vs. best unimodal" if unimodal else ""
    lines = [f"{'':{name_width}}  {'accuracy':20}  {'  '.join(columns.values())}{versus}".rstrip()]
    for group, members in words.grouped(result):
        lines.append(group)
        for contender in members:
            name = pad(shorten_name(contender["name"], name_width - 2), name_width - 2)
            lines.append(f"  {name}  {_terminal_cells(contender, columns)}".rstrip())
    if unimodal:
        lines += [
            f"Best unimodal: {shorten_name(unimodal['name'], 34)}. *: better or worse; no *: not "
            "distinguishable",
            "(two tests; tests and intervals of points corrected for the number of contenders).",
        ]
    return "\n".join(lines)


def _terminal_cells(contender, columns):
    if contender["failed"] is not None:
        return "failed, see the notes"
    others = "  ".join(
        f"{words.format_number(words.mean_score(contender, metric)):{len(title)}}"
        for metric, title in columns.items()
    )
    accuracy = contender["metrics"]["accuracy"]
    accuracy = words.format_number(accuracy["mean"]) + _brackets(
        accuracy["interval"], words.format_number
    )
    test = (contender["versus_best_unimodal"] or {}).get("accuracy")
    versus = (
        format_points(test["difference"]) + _brackets(test["interval"], format_points)
        if test
        else ""
    )
    is_distinct = _mark(contender, "accuracy") in (MARKS["better"], MARKS["worse"])
    return f"{accuracy:20}  {others}  {versus}{' *' if is_distinct else ''}"


def _brackets(interval, form):
    """An interval such as " [0.871, 0.935]", or "" if there is none."""
    return f" [{form(interval[0])}, {form(interval[1])}]" if interval else ""


def _is_best(contender, metric, best):
    return (
        words.group_of(contender) != "reference"
        and words.format_number(words.mean_score(contender, metric)) == best[metric]
    )


def _mark(contender, metric):
    return (
        MARKS[words.finding_against_unimodal(contender, metric)]
        if metric in ("accuracy", "log_loss")
        else ""
    )
