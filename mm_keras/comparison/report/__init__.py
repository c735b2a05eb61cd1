"""The files that a comparison writes: a page (report.html), figures, tables, and a methods text.

`write` puts the page together from the `section_...` files; `markup`, `style`, `figures` and
`images` make its HTML, CSS, plots and sample images. `tables` makes the plain tables, `methods` and
`references` the methods paragraph with its sources, and `words` formats values and findings for all
of them.
"""
