"""The output of a comparison: one page to look at (report.html) and tables for a paper (table.tex, table.md).

`words` says numbers and findings, `tables` the plain tables; `markup`, `style`, `figures` and `pictures` are what the
page is made of, the `section_...` files its content, and `write` puts it together.
"""

from mm_keras._lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, {
    "write": ["write_report", "html_page"],
    "tables": ["latex_table", "markdown_table", "text_table"],
})
