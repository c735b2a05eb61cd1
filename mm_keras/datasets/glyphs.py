"""Real (text, image, label) data without a download: the characters of a font in matplotlib."""

import re
import unicodedata
from pathlib import Path

import numpy as np

from mm_keras.datasets.data import MultimodalData

# Class name -> its characters: the first word of their Unicode names, or Unicode ranges.
CLASSES = {
    "arabic": "ARABIC",
    "armenian": "ARMENIAN",
    "arrows": ((0x2190, 0x21FF), (0x27F0, 0x27FF), (0x2900, 0x297F)),
    "box drawings": "BOX",
    "braille patterns": "BRAILLE",
    "canadian syllabics": "CANADIAN",
    "cyrillic": "CYRILLIC",
    "geometric shapes": ((0x25A0, 0x25FF),),
    "georgian": "GEORGIAN",
    "greek": "GREEK",
    "hebrew": "HEBREW",
    "latin": "LATIN",
    "mathematical operators": (
        (0x2200, 0x22FF),
        (0x27C0, 0x27EF),
        (0x2980, 0x29FF),
        (0x2A00, 0x2AFF),
    ),
    "tifinagh": "TIFINAGH",
}
# Removed from every name: the words of the class names, singular or plural; "form", the last word
# of half of the Arabic names; and the "dots" before the number of every Braille pattern.
_CLASS_WORDS = {word.removesuffix("s").upper() for name in CLASSES for word in name.split()}
_REMOVED = _CLASS_WORDS | {"FORM", "DOTS(?=-)"}
_REMOVED_PATTERN = re.compile(rf"\b(?:{'|'.join(sorted(_REMOVED))})S?\b[ -]*")


def load_glyphs(size: int = 64) -> MultimodalData:
    """About 3,800 characters of the DejaVu Sans font: image, Unicode name, and one of 14 classes.

    The image shows the character, the text is its name, and the label is its writing system (Latin,
    Greek, Arabic, ...) or kind of symbol (arrows, box drawings, ...). Neither modality is
    sufficient: Latin, Greek and Cyrillic capital A look the same, and both Latin and Cyrillic have
    a "small letter e".

    Images: white (255) on black (0), centered, all at the same font size (an em is 3/4 of the
    canvas). Only characters that would come within 1/32 of the canvas of its edge are scaled down.

    Texts: the names in lower case, without the words that name the class: latin, greek, arrow(s),
    box, drawings, mathematical, operator(s), ... wherever they occur. "GREEK SMALL LETTER ALPHA"
    becomes "small letter alpha", "LEFTWARDS ARROW" becomes "leftwards", and of
    "BRAILLE PATTERN DOTS-125" only "125" remains, which occurs once, so a Braille pattern can be
    recognized from its image only. Descriptive words are kept even if they are informative: "light"
    and "heavy" box drawings, the accents of Greek, the languages of the Canadian syllabics.

    Omitted: characters that are not in the font, blank ones and those without a name. About one
    image in six has a duplicate: in another class, like A, or in its own (an Arabic letter and its
    isolated form, centered Braille patterns).

    Args:
        size: int >= 16, rows and columns of the images. Default: 64.

    Returns:
        MultimodalData with text (list of str), image (uint8 array (n, size, size)), ids like
        "U+0041", and the columns "character" and "name" (the full Unicode name). The same font and
        version of Pillow give the same bytes.

    Raises:
        ValueError: `size` is not an int of at least 16.

    Example:
        >>> data = load_glyphs(size=32)
        >>> row = data.ids.index("U+03B1")
        >>> data.columns["character"][row], data["text"][row], data.class_names[data.labels[row]]
        ('α', 'small letter alpha', 'greek')
        >>> data["image"].shape[1:], data.num_classes
        ((32, 32), 14)
    """
    if not isinstance(size, (int, np.integer)) or size < 16:
        raise ValueError(f"`size` must be an int of at least 16. Received: {size!r}.")
    import matplotlib
    from matplotlib.ft2font import FT2Font

    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf"
    names = {
        code: unicodedata.name(chr(code), "") for code in sorted(FT2Font(str(path)).get_charmap())
    }
    classes = {code: _class_of(code, name) for code, name in names.items()}
    images = _draw([code for code in names if classes[code]], path, int(size))
    class_names = sorted(CLASSES)
    texts = [_REMOVED_PATTERN.sub("", names[code]).strip(" -").lower() for code in images]
    return MultimodalData(
        samples={"text": texts, "image": np.stack(list(images.values()))},
        labels=[class_names.index(classes[code]) for code in images],
        class_names=class_names,
        ids=[f"U+{code:04X}" for code in images],
        columns={
            "character": [chr(code) for code in images],
            "name": [names[code] for code in images],
        },
        info={
            "name": "glyphs",
            "size": int(size),
            "source": f"DejaVu Sans from matplotlib {matplotlib.__version__}, "
            f"names from Unicode {unicodedata.unidata_version}",
            "license": "DejaVu fonts license (based on Bitstream Vera): "
            "free to use, modify and redistribute",
        },
    )


def _class_of(code, name):
    """The class name of a character, or None."""
    first_word = name.split(" ")[0]
    for class_name, rule in CLASSES.items():
        has_ranges = name and not isinstance(rule, str)
        if rule == first_word or (has_ranges and any(low <= code <= high for low, high in rule)):
            return class_name


def _draw(codes, path, size):
    """Dict, code -> uint8 array (size, size); blank characters are omitted."""
    from PIL import ImageFont

    # The basic layout does not depend on other installed libraries.
    basic = ImageFont.Layout.BASIC
    fonts = [
        ImageFont.truetype(str(path), em, layout_engine=basic) for em in range(1, size * 3 // 4 + 1)
    ]
    max_size = size - 2 * (size // 32)
    images = {}
    for code in codes:
        font = fonts[-1]
        ink = _ink(chr(code), font, size)
        while max(ink.shape) > max_size:  # shrink in proportion, by at least one pixel per em
            font = fonts[min(font.size - 1, font.size * max_size // max(ink.shape)) - 1]
            ink = _ink(chr(code), font, size)
        if ink.size:
            rows, cols = ink.shape
            top, left = (size - rows) // 2, (size - cols) // 2
            images[code] = np.zeros((size, size), np.uint8)
            images[code][top : top + rows, left : left + cols] = ink
    return images


def _ink(character, font, size):
    """The image of a character, cropped to its bounding box; shape (0, 0) if it is blank."""
    from PIL import Image, ImageDraw

    sheet = Image.new("L", (4 * size, 3 * size))
    ImageDraw.Draw(sheet).text((size, size), character, fill=255, font=font)
    return np.asarray(sheet.crop(sheet.getbbox() or (0, 0, 0, 0)))
