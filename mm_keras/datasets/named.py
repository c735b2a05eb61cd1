"""Data by name, for the command line: newsroom, glyphs, or the path of your own pairs."""

from pathlib import Path

from mm_keras.datasets.glyphs import load_glyphs
from mm_keras.datasets.newsroom.make import make_newsroom
from mm_keras.datasets.pairs.load import load_pairs


def load_named(name, scheme="news", seed=0, num_samples=2400, **options):
    """The data with a given name.

    Args:
        name: "newsroom" (synthetic), "glyphs" (from a font), or a path for `load_pairs`.
        scheme, seed, num_samples: for "newsroom" only, see `make_newsroom`.
        **options: for a path only: options of `load_pairs`. Where the name of a column is "none",
            there is no such column.

    Raises:
        FileNotFoundError: neither a known name nor an existing path.
    """
    if name == "newsroom":
        return make_newsroom(num_samples, scheme=scheme, seed=seed)
    if name == "glyphs":
        return load_glyphs()
    if not Path(name).exists():
        raise FileNotFoundError(
            f"There is no data {name!r}. Use newsroom, glyphs, or the path of a folder with "
            "pairs.csv and images."
        )
    for role in ("text", "image", "label"):
        if options.get(role) == "none":
            options[role] = None
    return load_pairs(name, **options)
