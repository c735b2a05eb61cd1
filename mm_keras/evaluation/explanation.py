"""Why a classifier said so, for one sample: what changes when a word, a part of the image or a modality is left out."""

import re
from itertools import combinations

import numpy as np

from mm_keras.evaluation.modality_use.shapley import shapley
from mm_keras.image import HOG
from mm_keras.text import tokenize
from mm_keras.utils.keras_tools import without_retracing_notes

MAX_SIDE = 16  # rows and columns of parts of an image at most


def explain(classifier, text=None, image=None, class_name=None):
    """How much each word, each part of the image and each modality speaks for a class: ready to be drawn.

    The score is the log-odds of the class, `ln(p / (1 - p))`. The weight of a word is what the score loses when the word
    is taken out of the text wherever it stands; the weight of a part of the image what it loses when the features of that
    part (a HOG cell or block, a patch of pixels) are zero. Positive speaks for the class, negative against it. For a linear
    model on counts these are exactly its summands; for others they say what is left out *alone* would change, so a word
    that only confirms another one has little weight. The share of a modality is its Shapley value, divided by the
    difference that all of them make together; a modality that is left out is a row of zeros.

    Args:
        classifier: `mm_keras.Classifier`, with features for "text", "image" or both.
        text: str or None.
        image: array, path or None.
        class_name: str, the class to explain. Default: the likeliest.

    Returns:
        dict with the arguments of `mm_keras.plots.joint_explanation`: "word_weights" (dict, word -> weight),
        "cell_weights" (array (rows, columns), or None where the features have no places), "shares" (dict, modality -> share;
        they sum to 1, or to -1 where all together speak against the class) and "title" ("weather: 0.87").

    Raises:
        ValueError: neither text nor image, or a class that the classifier does not know.

    Example:
        Drawn: `mm.plots.joint_explanation(image, text, **mm.evaluation.explain(classifier, text, image))`. In numbers:

        >>> from mm_keras import Classifier, Features, fusion, text
        >>> features = Features(text=text.BagOfWords(), scale=None).fit({"text": ["goal rain"]})  # columns: goal, rain
        >>> model = fusion.unimodal_model(features.shapes, num_classes=2, head="linear")
        >>> model.set_weights([np.array([[1.0, 0.0], [0.0, 2.0]]), np.zeros(2)])  # goal: +1 for sports, rain: +2 for weather
        >>> found = explain(Classifier(features, model, ["sports", "weather"]), "Rain, a goal!")
        >>> found["title"], round(found["word_weights"]["rain"], 2), round(found["word_weights"]["goal"], 2)
        ('weather: 0.73', 2.0, -1.0)

    Reference: M. Robnik-Sikonja, I. Kononenko, Explaining classifications for individual instances, 2008.
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
    texts = [
        given.get("text"),
        *(_without(text, word) or None for word in words),
    ]  # of a text of one word nothing is left
    arrays = _arrays(classifier, texts, given.get("image"))
    parts, grid = _parts(classifier, arrays["image"][0]) if "image" in given else ([], None)

    rows = [{name: array[0] for name, array in arrays.items()}]
    rows += [{**rows[0], "text": arrays["text"][k]} for k in range(1, len(texts))]
    rows += [{**rows[0], "image": part} for part in parts]
    subsets = [names for size in range(len(given) + 1) for names in combinations(given, size)]
    rows += [
        {name: row if name in names else np.zeros_like(row) for name, row in rows[0].items()}
        for names in subsets
    ]

    inputs = {name: np.stack([row[name] for row in rows]) for name in arrays}
    with without_retracing_notes():
        probabilities = np.asarray(classifier.model.predict_on_batch(inputs), float)
    chosen = _chosen(classifier, probabilities[0], class_name)
    p = np.clip(probabilities[:, chosen], 1e-7, 1 - 1e-7)
    score = np.log(p / (1 - p))
    of_words, of_parts, of_subsets = np.split(score[1:], [len(words), len(words) + len(parts)])
    return {
        "word_weights": dict(zip(words, (score[0] - of_words).tolist())),
        "cell_weights": (score[0] - of_parts).reshape(grid) if grid else None,
        "shares": _shares(subsets, of_subsets),
        "title": f"{classifier.class_names[chosen]}: {probabilities[0, chosen]:.2f}",
    }


def _words(text):
    """The different words of a text, in lower case; of Chinese, Japanese and Korean the pairs of signs."""
    return list(dict.fromkeys(tokenize(text)))


def _without(text, word):
    """The text without a word, wherever it stands; pairs of signs also within a run of them."""
    inside = len(word) == 2 and not word.isascii()
    pattern = re.escape(word) if inside else rf"(?<!\w){re.escape(word)}(?!\w)"
    return re.sub(pattern, " ", text, flags=re.IGNORECASE).strip()


def _arrays(classifier, texts, image):
    """The features of every variant of the text, and of the image: dict of arrays with as many rows as there are texts."""
    samples = {"text": texts, "image": [image]}
    arrays = {}
    for name in classifier.features.shapes:
        block = classifier.features.only(name).transform({name: samples.get(name, [None])})[name]
        arrays[name] = block if len(block) == len(texts) else np.repeat(block, len(texts), axis=0)
    return arrays


def _parts(classifier, features):
    """The features of the image without each of its parts, row by row; and the (rows, columns) of the parts, or None."""
    grid = (
        features
        if features.ndim == 3
        else _unrolled(classifier.features.extractors["image"], features)
    )
    if grid is None:
        return [], None
    across = [np.array_split(np.arange(side), min(side, MAX_SIDE)) for side in grid.shape[:2]]
    parts = []
    for rows in across[0]:
        for columns in across[1]:
            left = grid.copy()
            left[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1] = 0
            parts.append(left.reshape(features.shape))
    return parts, tuple(map(len, across))


def _unrolled(extractor, features):
    """A HOG vector as the grid that it was made from; None for features without places, such as visual words."""
    return features.reshape(*extractor._grid(), -1) if isinstance(extractor, HOG) else None


def _chosen(classifier, probabilities, class_name):
    if class_name is None:
        return int(probabilities.argmax())
    if class_name not in classifier.class_names:
        raise ValueError(
            f"The class is one of {', '.join(classifier.class_names)}. Received: {class_name!r}."
        )
    return classifier.class_names.index(class_name)


def _shares(subsets, scores):
    values = shapley({"+".join(names): score for names, score in zip(subsets, scores)})["values"]
    together = abs(scores[-1] - scores[0])
    return {name: float(value / together) if together else 0.0 for name, value in values.items()}
