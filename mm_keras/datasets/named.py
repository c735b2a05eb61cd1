"""Data by name, as the command line gives it: newsroom, glyphs, or the path of one's own pairs."""

from pathlib import Path

import numpy as np

from mm_keras.datasets.glyphs import load_glyphs
from mm_keras.datasets.newsroom.make import make_newsroom
from mm_keras.datasets.pairs.load import load_pairs


def load_named(name, scheme="news", seed=0, num_samples=2400, **columns):
    """The data that a name stands for.

    Args:
        name: "newsroom" (drawn), "glyphs" (comes with matplotlib), or a path as for `load_pairs`.
        scheme, seed, num_samples: for the newsroom only, see `make_newsroom`.
        **columns: for a path only: text=..., image=..., label=... column names.

    Raises:
        FileNotFoundError: neither a known name nor an existing path.
    """
    if name == "newsroom":
        return make_newsroom(num_samples, scheme=scheme, seed=seed)
    if name == "glyphs":
        return load_glyphs()
    if not Path(name).exists():
        raise FileNotFoundError(
            f"There is no data {name!r}. Use newsroom, glyphs, or the path of a folder with pairs.csv and "
            "images."
        )
    return load_pairs(name, **columns)


def train_and_test(data, test_size=0.25, seed=0):
    """`(train, test)`: the data's own split column where it has one with train and test, else a stratified random split."""
    own = np.array([str(value).strip().lower() for value in data.columns.get("split", [])])
    if {"train", "test"} <= set(own):
        return data[own == "train"], data[own == "test"]
    return data.split(test_size, seed)
