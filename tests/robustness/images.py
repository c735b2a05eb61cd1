"""Damaged files of 19 image formats: each is read, or becomes missing with a warning."""

import warnings

import numpy as np

COUNT = 30_800
FORMATS = {
    "bmp": {}, "gif": {}, "ico": {}, "jpg": {"quality": 80}, "png": {}, "ppm": {}, "tif": {},
    "tga": {}, "webp": {}, "pcx": {}, "sgi": {}, "im": {}, "dib": {}, "pgm": {"mode": "L"},
    "progressive.jpg": {"progressive": True}, "palette.png": {"mode": "P"},
    "16bit.png": {"mode": "I;16"}, "alpha.png": {"mode": "RGBA"},
    "lzw.tif": {"compression": "tiff_lzw"},
}  # fmt: skip


def prepare(folder):
    from PIL import Image

    import mm_keras as mm
    from tests.robustness._damage import damaged

    pixels = np.random.default_rng(0).integers(0, 256, (24, 32, 3)).astype(np.uint8)
    files = []
    for suffix, options in FORMATS.items():
        mode = options.pop("mode", "RGB")
        if mode == "I;16":
            image = Image.fromarray(pixels[..., 0].astype(np.uint16) * 200)
        else:
            image = Image.fromarray(pixels).convert(mode)
        file = folder / f"image.{suffix}"
        image.save(file, **options)
        files.append(file)

    def case(number, random):
        file = files[number % len(files)]
        target = folder / f"damaged.{file.name.split('.')[-1]}"
        target.write_bytes(damaged(file.read_bytes(), random))
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            rows = mm.image.read_images([target], size=8)
        warned = any(issubclass(warning.category, mm.DataWarning) for warning in caught)
        if rows.shape != (1, 8, 8):
            return "wrong", f"{target.name}: shape {rows.shape}"
        if not rows.any() and not warned:
            return "wrong", f"{target.name}: a black image without a warning"
        return "refused" if warned else "read"

    return case
