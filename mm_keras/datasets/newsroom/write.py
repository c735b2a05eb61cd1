"""A drawn newsroom as files: pairs.csv, images/*.png and a README.md that says what is in them."""

import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np

from mm_keras.datasets.newsroom.make import make_newsroom
from mm_keras.datasets.newsroom.schemes import SCHEMES
from mm_keras.utils.files import write_bytes, write_text

PIXEL_NOISE = 0.025  # little, which keeps the files small

README = """# newsroom

{n} short news reports with one small gray image each, all of them drawn by a program: no person, place or event
is real. Scheme "{scheme}":
{description}.

- Source: `mm_keras.datasets.make_newsroom`. Written, together with this page, by

      python -m mm_keras.datasets.newsroom {folder} {options}

- License: CC0 1.0 (public domain). There is nothing from anybody else in it.
- Files: `pairs.csv` (UTF-8, with a header line) and `images/` (PNG, {size} x {size} pixels, 8-bit gray).
- Columns: `id`; `text`, the report; `image`, the image's path from this folder; `label`, the class; `split`,
  train or test.
- Read it with `mm_keras.datasets.load_pairs("{folder}")`.

| class | train | test |
|---|---|---|
{counts}

Best possible accuracy, known exactly because the data is drawn: always the same class {majority:.3f}, text alone
{text:.3f}, image alone {image:.3f}, both {both:.3f}. With {tests} test samples a good model may well score a few
points above or below.
"""


def write_newsroom(folder, num_samples=120, scheme="news", seed=0):
    """Write a drawn newsroom as a folder that `load_pairs` reads, and return it as MultimodalData.

    Of each class the first three quarters are the split "train", the rest "test". Each file is there complete or not at
    all. The images have less noise (0.025) than those of `make_newsroom`, for small files.

    Args:
        folder: str or Path; made when missing. Files of the same names are replaced, others stay.
        num_samples: int >= 1.
        scheme: str, one of `SCHEMES`.
        seed: int >= 0.

    Returns:
        MultimodalData as `make_newsroom` returns it, with the further column "split".
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
