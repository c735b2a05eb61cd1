"""The files that a comparison writes: a page (report.html) and tables (table.tex, table.md).

`write` puts the page together from the `section_...` files; `markup`, `style`, `figures` and
`images` make its HTML, CSS, plots and sample images. `tables` makes the plain tables, and `words`
formats values and findings for all of them.
"""
