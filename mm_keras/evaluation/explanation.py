"""Explanations of single predictions by leaving out words, image regions or modalities."""

import re
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np

from mm_keras.evaluation.modality_use.shapley import shapley
from mm_keras.image import HOG
from mm_keras.text import tokenize
from mm_keras.utils.extractor import as_arrays
from mm_keras.utils.keras_tools import without_retracing_notes

if TYPE_CHECKING:
    from mm_keras.classifier import Classifier

MAX_SIDE = 16  # maximum number of rows and columns of image regions


def explain(
    classifier: "Classifier",
    text: str | None = None,
    image: Any = None,
    class_name: str | None = None,
) -> dict:
    """Contribution of each word, image region and modality to the score of a class.

    The score is the log-odds of the class, `ln(p / (1 - p))`. The weight of a word is the decrease
    of the score when all its occurrences are removed from the text; the weight of an image region
    is the decrease when its features (a HOG cell or block, a patch of pixels) are set to zero.
    Positive weights speak for the class, negative ones against it. For a linear model on counts the
    weights are exactly its summands; for other models they measure the effect of leaving out one
    word or region *alone*, so a word that only confirms another one has little weight. The share of
    a modality is its Shapley value, divided by the difference that all of them make together; a
    modality that is left out is a row of zeros.

    Args:
        classifier: `mm_keras.Classifier`, with features for "text", "image" or both.
        text: str or None.
        image: array, path or None.
        class_name: str, the class to explain. Default: the most likely one.

    Returns:
        dict of keyword arguments for `mm_keras.plots.joint_explanation`: "word_weights" (dict,
        word -> weight), "cell_weights" (array (rows, columns), or None if the features have no
        positions), "part_weights" (dict, extractor -> weight of its features, if the image has a
        list of extractors, e.g. `[HOG(), ColorHistogram()]`; else empty), "shares" (dict, modality
        -> share; they sum to 1, or to -1 if all modalities together speak against the class) and
        "title" ("weather: 0.87").

    Raises:
        ValueError: neither text nor image is given, or the classifier does not have the class.

    Example:
        To plot it: `mm.plots.joint_explanation(image, text, **explain(classifier, text, image))`.

        >>> from mm_keras import Classifier, Features, fusion, text
        >>> features = Features(text=text.BagOfWords(), scale=None)
        >>> features = features.fit({"text": ["goal rain"]})    # columns: goal, rain
        >>> model = fusion.unimodal_model(features.shapes, num_classes=2, head="linear")
        >>> kernel = [[1.0, 0.0], [0.0, 2.0]]    # goal: +1 for sports, rain: +2 for weather
        >>> model.set_weights([np.array(kernel), np.zeros(2)])
        >>> result = explain(Classifier(features, model, ["sports", "weather"]), "Rain, a goal!")
        >>> weights = result["word_weights"]
        >>> result["title"], round(weights["rain"], 2), round(weights["goal"], 2)
        ('weather: 0.73', 2.0, -1.0)

    Reference: M. Robnik-Sikonja, I. Kononenko, Explaining classifications for individual instances,
    2008.
    """
    given = {
        name: sample
        for name, sample in (("text", text), ("image", image))
        if sample is not None and name in classifier.features.shapes
    }
    if not given:
        raise ValueError(
            f"explain needs a sample of {' or '.join(classifier.features.shapes)}. Received none."
        )
    words = _words(text) if "text" in given else []
    # a text of a single word becomes None without it
    texts = [given.get("text"), *(_remove_word(text, word) or None for word in words)]
    arrays = _arrays(classifier, texts, given.get("image"))
    parts = _image_parts(classifier, given.get("image"))
    occluded, grid = _occlude_regions(parts, arrays["image"][0]) if parts else ([], None)
    if len(parts) > 1:
        occluded += [_without(arrays["image"][0], columns) for _, columns in parts.values()]

    rows = [{name: array[0] for name, array in arrays.items()}]
    rows += [{**rows[0], "text": arrays["text"][k]} for k in range(1, len(texts))]
    rows += [{**rows[0], "image": features} for features in occluded]
    subsets = [names for size in range(len(given) + 1) for names in combinations(given, size)]
    rows += [
        {name: row if name in names else np.zeros_like(row) for name, row in rows[0].items()}
        for names in subsets
    ]

    inputs = {name: np.stack([row[name] for row in rows]) for name in arrays}
    with without_retracing_notes():
        probabilities = np.asarray(classifier.model.predict_on_batch(inputs), float)
    class_index = _class_index(classifier, probabilities[0], class_name)
    p = np.clip(probabilities[:, class_index], 1e-7, 1 - 1e-7)
    score = np.log(p / (1 - p))
    word_scores, region_scores, subset_scores = np.split(
        score[1:], [len(words), len(words) + len(occluded)]
    )
    regions = score[0] - region_scores
    num_cells = grid[0] * grid[1] if grid else 0
    return {
        "word_weights": dict(zip(words, (score[0] - word_scores).tolist())),
        "cell_weights": regions[:num_cells].reshape(grid) if grid else None,
        "part_weights": dict(zip(parts, regions[num_cells:].tolist())),
        "shares": _shares(subsets, subset_scores),
        "title": f"{classifier.class_names[class_index]}: {probabilities[0, class_index]:.2f}",
    }


def _words(text):
    """The unique words of a text, in lower case; pairs of characters in scripts without spaces."""
    return list(dict.fromkeys(tokenize(text)))


def _remove_word(text, word):
    """The text without all occurrences of a word; pairs of characters also within a run of them."""
    inside = len(word) == 2 and not word.isascii()
    pattern = re.escape(word) if inside else rf"(?<!\w){re.escape(word)}(?!\w)"
    return re.sub(pattern, " ", text, flags=re.IGNORECASE).strip()


def _arrays(classifier, texts, image):
    """Features of the texts and, repeated for each text, of the image: dict of arrays."""
    samples = {"text": texts, "image": [image]}
    arrays = {}
    for name in classifier.features.shapes:
        block = classifier.features.only(name).transform({name: samples.get(name, [None])})[name]
        arrays[name] = block if len(block) == len(texts) else np.repeat(block, len(texts), axis=0)
    return arrays


def _image_parts(classifier, image):
    """The image's extractors and their columns: dict, name -> (extractor, slice)."""
    if image is None:
        return {}
    extractor = classifier.features.extractors["image"]
    if not hasattr(extractor, "transformer_list"):  # not a list of extractors
        return {type(extractor).__name__: (extractor, slice(None))}
    parts, start = {}, 0
    with as_arrays():
        for name, part in extractor.transformer_list:
            stop = start + np.size(part.transform([image]))
            parts[name if type(part).__name__ in parts else type(part).__name__] = (
                part,
                slice(start, stop),
            )
            start = stop
    return parts


def _without(features, columns):
    remaining = features.copy()
    remaining[columns] = 0
    return remaining


def _occlude_regions(parts, features):
    """The image's features with each region zeroed in turn, and the (rows, columns) of regions.

    The regions are those of the first part with positions; if no part has any: ([], None).
    """
    for extractor, columns in parts.values():
        grid = _grid(extractor, features[columns])
        if grid is not None:
            break
    else:
        return [], None
    regions = [np.array_split(np.arange(side), min(side, MAX_SIDE)) for side in grid.shape[:2]]
    occluded = []
    for rows in regions[0]:
        for positions in regions[1]:
            remaining = grid.copy()
            remaining[rows[0] : rows[-1] + 1, positions[0] : positions[-1] + 1] = 0
            whole = features.copy()
            whole[columns] = remaining.reshape(features[columns].shape)
            occluded.append(whole)
    return occluded, tuple(map(len, regions))


def _grid(extractor, features):
    """Features with positions as array (rows, columns, channels); None if there are none.

    A HOG vector becomes the grid of its blocks; visual words, for example, have no positions.
    """
    if features.ndim == 3:
        return features
    return features.reshape(*extractor._grid(), -1) if isinstance(extractor, HOG) else None


def _class_index(classifier, probabilities, class_name):
    if class_name is None:
        return int(probabilities.argmax())
    if class_name not in classifier.class_names:
        raise ValueError(
            f"class_name must be one of {', '.join(classifier.class_names)}. "
            f"Received: {class_name!r}."
        )
    return classifier.class_names.index(class_name)


def _shares(subsets, scores):
    values = shapley({"+".join(names): score for names, score in zip(subsets, scores)})["values"]
    total = abs(scores[-1] - scores[0])
    return {name: float(value / total) if total else 0.0 for name, value in values.items()}
