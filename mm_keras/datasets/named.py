"""Data by name, for the command line: synthetic, glyphs, or the path of your own pairs."""

from pathlib import Path

from mm_keras.datasets.cinema.make import make_cinema
from mm_keras.datasets.glyphs import load_glyphs
from mm_keras.datasets.newsroom.make import make_newsroom
from mm_keras.datasets.pairs.load import MODALITIES, column_names, load_pairs
from mm_keras.datasets.shop.make import make_shop
from mm_keras.utils.messages import did_you_mean

SYNTHETIC = ("newsroom", "shop", "cinema")
SHOP_NOISE = 0.2  # share of images of another product: the image alone is not sufficient


def load_named(name, scheme="news", seed=0, num_samples=2400, image_noise=SHOP_NOISE, **options):
    """The data with a given name.

    Args:
        name: "newsroom", "shop" or "cinema" (synthetic), "glyphs" (from a font), or a path for
            `load_pairs`.
        scheme: for "newsroom" and "cinema" only, see `make_newsroom` and `make_cinema`.
        seed, num_samples: for synthetic data only.
        image_noise: for "shop" only, see `make_shop`.
        **options: for a path only: options of `load_pairs`. Where the name of a column is "none",
            there is no such column. The columns audio and video are read if there are any; then,
            or with columns of numbers, categories or vectors, text and image may be missing.

    Raises:
        FileNotFoundError: neither a known name nor an existing path.
    """
    if name == "newsroom":
        return make_newsroom(num_samples, scheme=scheme, seed=seed)
    if name == "shop":
        return make_shop(num_samples, seed=seed, image_noise=image_noise)
    if name == "cinema":
        return make_cinema(num_samples, scheme=scheme, seed=seed)
    if name == "glyphs":
        return load_glyphs()
    check_name(name)
    columns = {role: options.pop(role, role) for role in MODALITIES}
    file_options = {
        key: options[key] for key in ("quoting", "encoding", "delimiter") if key in options
    }
    available = column_names(name, **file_options)
    rows = any(options.get(key) for key in ("numbers", "categories", "vectors"))
    others = rows or any(columns[role] in available for role in ("audio", "video"))
    for role, column in columns.items():
        is_optional = column == role and (others or role in ("audio", "video"))
        if column == "none" or (is_optional and column not in available):
            columns[role] = None
    for role in ("label", "id"):
        if options.get(role) == "none":
            options[role] = None
    return load_pairs(name, **columns, **options)


def check_name(name):
    """Raise FileNotFoundError for neither a known name nor an existing path."""
    known = (*SYNTHETIC, "glyphs")
    if name not in known and not Path(name).exists():
        raise FileNotFoundError(
            f"There is no data {name!r}. Use newsroom, shop, cinema, glyphs, or the path of a "
            f"folder with pairs.csv and images.{did_you_mean(name, [*known, *_folders()])}"
        )


def _folders():
    """Names in the current folder that could be data."""
    return [path.name for path in Path().iterdir() if path.is_dir() or path.suffix == ".csv"]
