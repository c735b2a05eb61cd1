"""Real (text, image, label) data without a download: the characters of a font that matplotlib brings along."""

import re
import unicodedata
from pathlib import Path

import numpy as np

from mm_keras.datasets.data import MultimodalData

# Class name -> how its characters are known: by the first word of their Unicode names, or by Unicode blocks.
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
# Left out of every name: the words of the class names, singular or plural; "form", the end of half of the Arabic names;
# and the "dots" before the number of every Braille pattern.
_TOLD = {word.removesuffix("s").upper() for name in CLASSES for word in name.split()} | {
    "FORM",
    "DOTS(?=-)",
}
_GIVE_AWAY = re.compile(rf"\b(?:{'|'.join(sorted(_TOLD))})S?\b[ -]*")


def load_glyphs(size=64):
    """About 3,800 characters of the DejaVu Sans font: image, official Unicode name, writing system; 14 classes.

    The image shows what a character looks like, the name says what it is called; the label is its writing system
    (Latin, Greek, Arabic ...) or kind of sign (arrows, box drawings ...). Neither modality is enough: the Latin, Greek
    and Cyrillic capital A look the same, and both Latin and Cyrillic have a "small letter e".

    Images: white (255) on black (0), all in one size (an em is 3/4 of the canvas), the ink in the middle. Only what
    would come nearer to the edge than 1/32 of the canvas is set smaller, so that it fits.

    Texts: the names in lower case, without the words that name the class: latin, greek, arrow(s), box, drawings,
    mathematical, operator(s) ... wherever they occur. "GREEK SMALL LETTER ALPHA" becomes "small letter alpha",
    "LEFTWARDS ARROW" becomes "leftwards", and of "BRAILLE PATTERN DOTS-125" only "125" is left, which occurs once: a
    Braille pattern is told by its image alone. Words that describe stay, telling or not: "light" and "heavy" box
    drawings, the accents of Greek, the languages of the Canadian syllabics.

    Left out: characters that the font does not have, blank ones and those without a name. About one image in six has
    a twin: in another class, like A, or in its own (an Arabic letter and its isolated form, centered Braille patterns).

    Args:
        size: int >= 16, rows and columns of the images. Default: 64.

    Returns:
        MultimodalData with text (list of str), image (uint8 array (n, size, size)), ids like "U+0041", and the columns
        "character" and "name" (the whole official name). The same font and Pillow give the same bytes.

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
    texts = [_GIVE_AWAY.sub("", names[code]).strip(" -").lower() for code in images]
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
            "license": "DejaVu fonts license (based on Bitstream Vera): free to use, change and pass on",
        },
    )


def _class_of(code, name):
    """The class name of a character, or None."""
    first_word = name.split(" ")[0]
    for class_name, rule in CLASSES.items():
        named = name and not isinstance(rule, str)
        if rule == first_word or (named and any(low <= code <= high for low, high in rule)):
            return class_name


def _draw(codes, path, size):
    """Dict code -> uint8 array (size, size); blank characters are left out."""
    from PIL import ImageFont

    # The basic layout draws every character by itself, in the same way whatever else is installed.
    basic = ImageFont.Layout.BASIC
    fonts = [
        ImageFont.truetype(str(path), em, layout_engine=basic) for em in range(1, size * 3 // 4 + 1)
    ]
    room = size - 2 * (size // 32)
    images = {}
    for code in codes:
        font = fonts[-1]
        ink = _ink(chr(code), font, size)
        while max(ink.shape) > room:  # shrink in proportion, by one pixel per em at least
            font = fonts[min(font.size - 1, font.size * room // max(ink.shape)) - 1]
            ink = _ink(chr(code), font, size)
        if ink.size:
            rows, cols = ink.shape
            top, left = (size - rows) // 2, (size - cols) // 2
            images[code] = np.zeros((size, size), np.uint8)
            images[code][top : top + rows, left : left + cols] = ink
    return images


def _ink(character, font, size):
    """The smallest array that holds all the ink of a character; shape (0, 0) when it is blank."""
    from PIL import Image, ImageDraw

    sheet = Image.new("L", (4 * size, 3 * size))
    ImageDraw.Draw(sheet).text((size, size), character, fill=255, font=font)
    return np.asarray(sheet.crop(sheet.getbbox() or (0, 0, 0, 0)))
