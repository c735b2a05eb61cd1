"""Default features for a data set: extractors for data-level fusion, for grids and for vectors."""

import numpy as np

from mm_keras.audio import MFCC
from mm_keras.features.features import Features
from mm_keras.image import HOG, ColorHistogram, Pixels, read_images
from mm_keras.tabular import Categories, Numbers, Vectors
from mm_keras.text import TFIDF, TextPlane
from mm_keras.video import Frames

NUM_STEPS = 16  # of sounds and films; films with fewer frames, given as arrays, keep theirs


def features_of_kind(data, kind, modalities):
    """Unfitted `Features` of some modalities, for images given as arrays or as files.

    Args:
        data: MultimodalData.
        kind: "data": words as a strip of pixels next to 24 x 24 gray pixels; "grid": TF-IDF of the
            words, and HOG with one histogram per cell; "vector": TF-IDF, and HOG of blocks of 2 x 2
            cells as one vector, with a color histogram if the images have color. Sounds become
            MFCCs and films HOG of their frames, both with the same number of steps, for "grid" and
            "vector".
        modalities: sequence of str. Several columns of a kind are named e.g. "text_title";
            "numbers" are standardized, "categories" one-hot, "vectors" unchanged.

    Raises:
        ValueError: a modality without a default extractor.
    """
    extractors = {name: _extractor(data, kind, name) for name in modalities}
    unknown = [name for name, extractor in extractors.items() if extractor is None]
    if unknown:
        raise ValueError(
            f"There is no default extractor for {', '.join(unknown)}. "
            f"Pass features=Features({unknown[0]}=...)."
        )
    return Features(**extractors)


def has_default(kind, name):
    """Whether a modality has a default extractor of a kind, see `features_of_kind`.

    Example:
        >>> has_default("vector", "text_title"), has_default("data", "audio")
        (True, False)
    """
    modality = name.partition("_")[0]
    return modality in ("text", "image") or (
        kind != "data" and name in ("audio", "video", "numbers", "categories", "vectors")
    )


def _extractor(data, kind, name):
    """The unfitted extractor of a modality; None if there is no default."""
    modality = name.partition("_")[0]  # "text_title" is one of several columns of texts
    if kind == "data":
        return {"text": TextPlane((8, 24)), "image": Pixels(size=24)}.get(modality)
    if modality == "text":
        min_df = 2 if len(data) >= 500 else 1
        return TFIDF(sublinear_tf=True, min_df=min_df, max_features=20_000)
    if modality == "image":
        size, cell = _image_size(data, name)
        if kind == "grid":
            return HOG(
                pixels_per_cell=cell, cells_per_block=(1, 1), feature_vector=False, size=size
            )
        hog = HOG(pixels_per_cell=cell, cells_per_block=(2, 2), size=size)
        return [hog, ColorHistogram(size=size)] if _has_color(data, name) else hog
    if name in ("numbers", "categories"):
        columns = data.info.get("columns", {}).get(name)
        return Numbers(columns) if name == "numbers" else Categories(columns)
    return {**_sound_and_film(data), "vectors": Vectors()}.get(name)


def _image_size(data, name):
    """(size, cell) for HOG: arrays keep their size and get about 8 x 8 cells, files 128 pixels."""
    images = data[name]
    if isinstance(images, np.ndarray) and images.dtype != object:
        rows, columns = images.shape[1:3]
        return None, (max(rows // 8, 1), max(columns // 8, 1))
    return 128, (16, 16)


def _sound_and_film(data):
    """Extractors for audio and video, with the same number of steps."""
    films = data["video"] if "video" in data.modalities else None
    num_steps, size, cell = NUM_STEPS, 64, (8, 8)
    if isinstance(films, np.ndarray) and films.dtype != object:
        rows, columns = films.shape[2:4]
        num_steps, size = min(NUM_STEPS, films.shape[1]), None
        cell = (max(rows // 8, 1), max(columns // 8, 1))
    hog = HOG(pixels_per_cell=cell, cells_per_block=(1, 1), size=size)
    rate = data.info.get("sample_rate", 16_000)  # of sounds given as arrays
    return {"audio": MFCC(num_steps, sample_rate=rate), "video": Frames(hog, num_steps=num_steps)}


def _has_color(data, name):
    """Whether the images have color: arrays with channels, or a sample of the files."""
    images = data[name]
    if isinstance(images, np.ndarray):
        return images.ndim == 4
    some = [image for image in images if image is not None][:20]
    colors = read_images(some, size=16, gray=False).astype(int)
    return bool(len(some)) and bool((np.ptp(colors, axis=-1) > 12).any())
