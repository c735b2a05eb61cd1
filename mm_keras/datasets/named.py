"""Data by name, for the command line: newsroom, glyphs, or the path of your own pairs."""

from pathlib import Path

import numpy as np

from mm_keras.datasets.glyphs import load_glyphs
from mm_keras.datasets.newsroom.make import make_newsroom
from mm_keras.datasets.pairs.load import load_pairs


def load_named(name, scheme="news", seed=0, num_samples=2400, **columns):
    """The data with a given name.

    Args:
        name: "newsroom" (synthetic), "glyphs" (from a font), or a path for `load_pairs`.
        scheme, seed, num_samples: for "newsroom" only, see `make_newsroom`.
        **columns: for a path only: column names text=..., image=..., label=...

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
    return load_pairs(name, **columns)


def train_and_test(data, test_size=0.25, seed=0):
    """`(train, test)` by the column "split" if it has both, else a stratified random split."""
    split = np.array([str(value).strip().lower() for value in data.columns.get("split", [])])
    if {"train", "test"} <= set(split):
        return data[split == "train"], data[split == "test"]
    return data.split(test_size, seed)
