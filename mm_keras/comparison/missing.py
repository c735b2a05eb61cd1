"""What is missing in the data: modalities without a usable sample, blank cells of a column."""

import os

from mm_keras.image import read_image
from mm_keras.image.read import UnreadableImage
from mm_keras.utils.sequences import is_missing

# What str() makes of missing values, e.g. in `table["chapter"].astype(str)` with pandas, and what
# databases and spreadsheets write for them; not "na", which may be a name.
MISSING_NAMES = ("", "nan", "none", "<na>", "nat", "null", "n/a", "#n/a", "-", "\u2013", "\u2014")


def is_blank(value):
    """Whether a cell holds nothing: a missing value, its name, or no visible character.

    Example:
        >>> [is_blank(value) for value in (None, float("nan"), "nan", " \\u200b", "chapter 1", 0)]
        [True, True, True, True, False, False]
    """
    return is_missing(value) or _visible(value).casefold() in MISSING_NAMES


def unusable_modalities(data, features, contenders):
    """Why modalities cannot be used: dict, modality -> sentence.

    A contender that fuses such a modality is another one in disguise.

    Args:
        data: MultimodalData.
        features: dict, kind -> `Features`, or None; contenders: dict, name -> Contender. Images
            that their own extractors read need not be in a format that we can read.
    """
    given = [*(features or {}).values(), *(one.features for one in contenders.values())]
    can_decode = not any(map(_has_own_image_extractor, given))
    how = {"image": "missing or not readable", "text": "missing or empty"}
    return {
        name: f"the data has no {name}: all {len(data):,} are {how.get(name, 'missing')}."
        for name in data.modalities
        if not any(_is_usable(sample, name, can_decode) for sample in data[name])
    }


def _is_usable(sample, modality, can_decode):
    if is_missing(sample) or (isinstance(sample, str) and not _visible(sample)):
        return False
    if modality != "image" or not can_decode or not isinstance(sample, (str, os.PathLike)):
        return True
    try:
        read_image(sample, size=8)
    except (FileNotFoundError, UnreadableImage):
        return False
    return True


def _has_own_image_extractor(features):
    extractor = getattr(features, "extractors", {}).get("image")
    while hasattr(extractor, "steps"):  # of a Pipeline
        extractor = extractor.steps[0][1]
    return extractor is not None and not type(extractor).__module__.startswith("mm_keras.")


def _visible(value):
    return "".join(char for char in str(value) if char.isprintable() and not char.isspace())
