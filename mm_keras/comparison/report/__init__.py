"""The output of a comparison: one page to look at (report.html) and tables for a paper (table.tex, table.md).

`words` says numbers and findings, `tables` the plain tables; `markup`, `style`, `figures` and `images` are what the
page is made of, the `section_...` files its content, and `write` puts it together.
"""
