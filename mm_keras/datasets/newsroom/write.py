"""write_newsroom: a synthetic newsroom as files: pairs.csv, images/*.png and a README.md."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np

from mm_keras.datasets.data import MultimodalData
from mm_keras.datasets.newsroom.make import make_newsroom
from mm_keras.datasets.newsroom.schemes import SCHEMES
from mm_keras.utils.files import write_bytes, write_text

PIXEL_NOISE = 0.025  # less than the default of make_newsroom, for smaller files

README = """# newsroom

{n} short synthetic news reports with one small gray image each. All reports and images are
generated; no person, place or event is real. Scheme "{scheme}":
{description}.

- Source: `mm_keras.datasets.make_newsroom`. All files, including this one, are written by

      python -m mm_keras.datasets.newsroom {folder} {options}

- License: CC0 1.0 (public domain). It contains no third-party material.
- Files: `pairs.csv` (UTF-8, with a header line) and `images/` (8-bit gray PNG, {size} x {size}).
- Columns: `id`; `text`, the report; `image`, the path of the image relative to this folder;
  `label`, the class; `split`, train or test.
- Load it with `mm_keras.datasets.load_pairs("{folder}")`.

| class | train | test |
|---|---|---|
{counts}

The best possible accuracies are known exactly, because the data is synthetic: majority class
{majority:.3f}, text alone {text:.3f}, image alone {image:.3f}, both {both:.3f}.
With {tests} test samples, the test accuracy of a good model may differ from these values by several
percentage points.
"""


def write_newsroom(
    folder: str | Path, num_samples: int = 120, scheme: str = "news", seed: int = 0
) -> MultimodalData:
    """Write a synthetic newsroom to a folder that `load_pairs` reads; returns it as MultimodalData.

    The first three quarters of each class are the split "train", the rest is "test". Each file is
    written atomically. The images have less noise (0.025) than the default of `make_newsroom`, for
    smaller files.

    Args:
        folder: str or Path; created if it does not exist. Files of the same names are replaced,
            other files are kept.
        num_samples: int >= 1.
        scheme: str, one of `SCHEMES`.
        seed: int >= 0.

    Returns:
        MultimodalData as returned by `make_newsroom`, with an additional column "split".
    """
    folder = Path(folder)
    data = make_newsroom(num_samples, scheme, seed, pixel_noise=PIXEL_NOISE)
    split = np.full(len(data), "train", dtype=object)
    for label in range(data.num_classes):
        rows = np.flatnonzero(data.labels == label)
        split[rows[round(0.75 * len(rows)) :]] = "test"
    data = replace(data, columns={**data.columns, "split": split})
    (folder / "images").mkdir(parents=True, exist_ok=True)
    for name, image in zip(data.ids, data["image"]):
        write_bytes(folder / "images" / f"{name}.png", _png(image))
    write_text(folder / "README.md", _readme(folder, data))
    write_text(folder / "pairs.csv", _csv(data))
    return data


def _csv(data):
    lines = io.StringIO()
    writer = csv.writer(lines, lineterminator="\n")
    writer.writerow(["id", "text", "image", "label", "split"])
    for name, text, label, split in zip(data.ids, data["text"], data.labels, data.columns["split"]):
        writer.writerow([name, text, f"images/{name}.png", data.class_names[label], split])
    return lines.getvalue()


def _png(image):
    from PIL import Image

    stream = io.BytesIO()
    Image.fromarray(image).save(stream, format="PNG", optimize=True)
    return stream.getvalue()


def _readme(folder, data):
    split = np.array(data.columns["split"])
    counts = [
        [int(((data.labels == label) & (split == part)).sum()) for part in ("train", "test")]
        for label in range(data.num_classes)
    ]
    info = data.info
    options = f"--num-samples {len(data)} --scheme {info['scheme']} --seed {info['seed']}"
    return README.format(
        n=len(data),
        scheme=info["scheme"],
        description=SCHEMES[info["scheme"]],
        folder=folder.as_posix(),
        options=options,
        size=info["size"],
        tests=(split == "test").sum(),
        **info["truth"],
        counts="\n".join(
            f"| {name} | {train} | {test} |"
            for name, (train, test) in zip(data.class_names, counts)
        ),
    )
