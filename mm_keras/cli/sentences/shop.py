"""What is exactly known of sentences about the shop: right words, and best possible scores."""

import json
import re
from itertools import product as combinations

import numpy as np

from mm_keras.cli.sentences.table import Slot
from mm_keras.datasets.shop.words import COLORS, ENGLISH, PLACES, PRODUCTS, SIZES, chinese, german
from mm_keras.evaluation.metrics import sentence_scores, slot_accuracy

LANGUAGES = {"de": "German", "zh": "Chinese"}
AMBIGUOUS, OTHERS = "ambiguous words", "other words"
_SENSES = {}  # English word -> its products
for _name, _product in PRODUCTS.items():
    _SENSES.setdefault(_product.english, []).append(_name)


def about_translation(to):
    """A line about the data, for the command."""
    two = [word for word, products in _SENSES.items() if len(products) > 1]
    return (
        f"English to {LANGUAGES[to]}; {len(two)} of {len(_SENSES)} nouns have two meanings "
        f"({', '.join(two)}), and the image shows which one is meant"
    )


def translation_slots(test, to):
    """The nouns of words with two senses, and of the others, in German or Chinese."""
    products = [PRODUCTS[test.class_names[label]] for label in test.labels]
    nouns = [product.german if to == "de" else product.chinese for product in products]
    ambiguous = np.array([len(_SENSES[product.english]) > 1 for product in products])
    slots = {AMBIGUOUS: Slot(nouns, ambiguous), OTHERS: Slot(nouns, ~ambiguous)}
    return {name: slot for name, slot in slots.items() if slot.rows.any()}


def best_translation(truth, to):
    """The best possible scores of text alone, dict, column -> float.

    A text does not tell the sense of its word, so a translation has to choose one of two. BLEU is
    that of the best choice, over all sentences of the grammar; those with other colors, sizes and
    places have the same n-grams in common.
    """
    write = german if to == "de" else chinese
    rest = (next(iter(COLORS)), next(iter(SIZES)), next(iter(PLACES)))
    patterns = range(len(ENGLISH))
    written = {name: [write(name, *rest, pattern) for pattern in patterns] for name in PRODUCTS}
    references = [sentence for sentences in written.values() for sentence in sentences]
    scores = []
    for choice in combinations(*_SENSES.values()):
        chosen = dict(zip(_SENSES, choice))
        predictions = [s for product in PRODUCTS.values() for s in written[chosen[product.english]]]
        scores.append(sentence_scores(predictions, references)["BLEU-4"])
    return {
        "BLEU-4": max(scores),
        "exact": truth["text"],
        AMBIGUOUS: truth["ambiguous"]["text"],
        OTHERS: 1.0,
    }


def without_colors(texts):
    """English descriptions without their color words."""
    return [re.sub(rf"\b({'|'.join(COLORS)})\b", "", text) for text in texts]


def color_accuracy(sentences, test, to):
    """The share of translations with the right color."""
    words = {color: COLORS[color][to == "zh"] for color in COLORS}
    if to == "de":  # without the endings, as in "roter"
        stems = "|".join(words.values())
        sentences = [re.sub(rf"\b({stems})\w*", r"\1", sentence) for sentence in sentences]
    colors = [words[color] for color in test.columns["color"]]
    return slot_accuracy(sentences, {"color": colors})["color"]


def caption_slots(test):
    """The English noun, the color, the size and the place."""
    rows = np.ones(len(test), bool)
    return {name: Slot(test.columns[name], rows) for name in ("word", "color", "size", "place")}


def has_held_out_color(data):
    """Bool (n,), whether the color is the one, of four, that is held out for the English noun."""
    words, colors = list(_SENSES), list(COLORS)
    return np.array(
        [
            words.index(word) % len(colors) == colors.index(color)
            for word, color in zip(data.columns["word"], data.columns["color"])
        ]
    )


def references_of(data):
    """The three descriptions of each product, list of n lists of str."""
    return [json.loads(cell) for cell in data.columns["references"]]


def best_blind_caption(truth):
    """The best possible scores of captions that are written without having seen the image."""
    return {"exact": float(np.prod(list(truth["blind"].values()))), **truth["blind"]}
