"""The main table of a comparison as plain text: for a paper (LaTeX), a README (Markdown) and the terminal."""

import re

from mm_keras.comparison.report import words
from mm_keras.utils.formatting import format_points, num_columns, shorten_name

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
    '"': r"\textquotedbl{}",
    "–": "--",
    "…": r"\ldots{}",
}


def caption(result):
    """What a reader of the table must know: data, protocol, budget, what bold and the marks mean."""
    data, unimodal = result["data"], words.best_one(result, "unimodal")
    classes = f"{len(data['class_names'])} {'labels' if data['multi_label'] else 'classes'}"
    parts = [
        f"Comparison on {_one_line(data['name'])} ({data['num_samples']:,} samples, {classes}): mean and 95 % "
        "interval of accuracy, macro-F1, log loss and expected calibration error (ECE; the last two: lower is "
        "better).",
        result["protocol"]["sentence"],
        "Best value of each column in bold.",
    ]
    if unimodal:
        test = (
            "corrected resampled t-test"
            if result["protocol"]["num_splits"] > 1
            else "paired bootstrap"
        )
        parts.append(
            f"Marks at accuracy and log loss say how a contender compares with {unimodal['name']}, the best "
            f"one with a single modality: + better, - worse, = not distinguishable ({test}, and for the accuracy "
            "also McNemar's test; two-sided, 5 % level, Holm-corrected)."
        )
    return " ".join(part if part.endswith(".") else f"{part}." for part in parts)


def latex_escape(text):
    """A text that LaTeX prints as it is.

    Example:
        >>> print(latex_escape("50 % of R&D_1"))
        50 \\% of R\\&D\\_1
    """
    return "".join(LATEX.get(sign, sign) for sign in _one_line(text))


def markdown_escape(text):
    """A text that Markdown prints as it is, also within a table.

    Example:
        >>> print(markdown_escape("a|b <i> *c*"))
        a\\|b &lt;i&gt; \\*c\\*
    """
    text = _one_line(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_\[\]|~#])", r"\\\1", text)


def _one_line(text):
    return " ".join(re.sub("[\x00-\x1f\x7f-\x9f]", " ", str(text)).split())


def latex_table(result):
    """The table in LaTeX; it needs the package booktabs, and no other.

    Args:
        result: dict, what `mm_keras.compare` returns.

    Returns:
        str, ready for `\\input{table.tex}`.
    """
    best, titles, width = words.best_values(result), words.full_titles(result), len(COLUMNS) + 1
    lines = [
        "% \\usepackage{booktabs}",
        "% mean above its 95 % interval",
        "\\providecommand{\\withinterval}[3]{\\begin{tabular}[t]{@{}l@{}}#1\\\\[-0.4ex]"
        "{\\scriptsize [#2, #3]}\\end{tabular}}",
        "\\begin{table}",
        "\\centering",
        "\\footnotesize",
        "\\setlength{\\tabcolsep}{3.5pt}",
        f"\\caption{{{latex_escape(caption(result))}}}",
        "\\label{tab:comparison}",
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
                + " \\\\[0.3ex]"
            )
    return "\n".join([*lines, "\\bottomrule", "\\end{tabular}", "\\end{table}", ""])


def _latex_cell(contender, metric, best):
    if contender["failed"] is not None:
        return "failed" if metric == "accuracy" else "--"
    value = words.number(words.mean_of(contender, metric))
    bold = f"\\textbf{{{value}}}" if _is_best(contender, metric, best) else latex_escape(value)
    mark = _mark(contender, metric)
    shown = bold + (f"$^{{{mark}}}$" if mark else "")
    low_high = contender["metrics"][metric]["interval"]
    if low_high is None:
        return shown
    return (
        f"\\withinterval{{{shown}}}{{{words.number(low_high[0])}}}{{{words.number(low_high[1])}}}"
    )


def markdown_table(result):
    """The table in Markdown, with its caption below.

    Args:
        result: dict, what `mm_keras.compare` returns.

    Returns:
        str.
    """
    best, titles = words.best_values(result), words.full_titles(result)
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
    value = words.number(words.mean_of(contender, metric))
    shown = f"**{value}**" if _is_best(contender, metric, best) else value
    shown += _brackets(contender["metrics"][metric]["interval"], words.number)
    return f"{shown} {_mark(contender, metric)}".rstrip()


def text_table(result, width=100):
    """The table for the terminal, at most `width` columns wide.

    Args:
        result: dict, what `mm_keras.compare` returns.
        width: int >= 79, columns of the terminal; below 97 macro-F1 and ECE are left out.

    Returns:
        str, lines without a newline at the end.
    """
    unimodal, room, narrow = (
        words.best_one(result, "unimodal"),
        width - (59 if width < 97 else 76),
        width < 97,
    )
    columns = (
        {"log_loss": "log loss"}
        if narrow
        else {"macro_f1": "macro-F1", "log_loss": "log loss", "ece": "ECE  "}
    )
    versus = "  points against best alone" if unimodal else ""
    lines = [f"{'':{room}}  {'accuracy':20}  {'  '.join(columns.values())}{versus}".rstrip()]
    for group, members in words.grouped(result):
        lines.append(group)
        for contender in members:
            name = shorten_name(contender["name"], room - 2)
            lines.append(
                (
                    f"  {name}{' ' * (room - 2 - num_columns(name))}  "
                    + _terminal_cells(contender, columns)
                ).rstrip()
            )
    if unimodal:
        lines += [
            f"Best alone: {shorten_name(unimodal['name'], 40)}. + better, - worse, = not distinguishable from it, by two tests",
            "that are corrected for the number of contenders; the intervals are those of one comparison.",
        ]
    return "\n".join(lines)


def _terminal_cells(contender, columns):
    if contender["failed"] is not None:
        return "failed, see the notes"
    others = "  ".join(
        f"{words.number(words.mean_of(contender, metric)):{len(title)}}"
        for metric, title in columns.items()
    )
    accuracy = contender["metrics"]["accuracy"]
    accuracy = words.number(accuracy["mean"]) + _brackets(accuracy["interval"], words.number)
    test = (contender["versus_best_unimodal"] or {}).get("accuracy")
    versus = (
        format_points(test["difference"]) + _brackets(test["interval"], format_points)
        if test
        else ""
    )
    mark = _mark(contender, "accuracy") or " "
    return f"{accuracy:20}  {others}  {mark} {versus}"


def _brackets(low_high, form):
    """ " [0.871, 0.935]", or nothing where there is no interval."""
    return f" [{form(low_high[0])}, {form(low_high[1])}]" if low_high else ""


def _is_best(contender, metric, best):
    return (
        words.kind_of(contender) != "reference"
        and words.number(words.mean_of(contender, metric)) == best[metric]
    )


def _mark(contender, metric):
    return (
        MARKS[words.finding_against_unimodal(contender, metric)]
        if metric in ("accuracy", "log_loss")
        else ""
    )
