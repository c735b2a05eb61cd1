"""make_shop: descriptions and drawings of products, with exactly known best accuracies."""

import json

import numpy as np

from mm_keras.datasets.data import MultimodalData
from mm_keras.datasets.joint_tables.joint_table import JointTable
from mm_keras.datasets.shop.drawing import draw_products
from mm_keras.datasets.shop.words import (
    COLORS,
    ENGLISH,
    PLACES,
    PRODUCTS,
    SIZES,
    chinese,
    english,
    german,
)

ATTRIBUTES = {"color": COLORS, "size": SIZES, "place": PLACES}


def make_shop(
    num_samples: int = 2000,
    seed: int = 0,
    size: int = 64,
    image_noise: float = 0.0,
    pixel_noise: float = 0.04,
) -> MultimodalData:
    """Descriptions of products with small color images, and the best accuracies that they allow.

    A sample is one of 16 products in one of four colors, two sizes and two places. The text
    describes it in English, where six of ten words have two senses: a "bat" is sports equipment or
    an animal. The image shows which. So the text alone has a best accuracy of 10 / 16, and its best
    translation, whose nouns depend on the sense, is right as often.

    `info["truth"]` has the keys of `JointTable.truth`, and also

    - "ambiguous": the best accuracies of "text", "image" and "both" on samples whose word has two
      senses; they are also those of the noun in a translation;
    - "blind": the best accuracies of the "word", "color", "size" and "place" in a description that
      is written without having seen the image.

    Products, and each attribute by itself, occur equally often, up to rounding.

    Args:
        num_samples: int >= 1, n.
        seed: int >= 0; the same seed gives the same data.
        size: int >= 32, pixels along a side of the images.
        image_noise: float in [0, 1], the probability that an image shows another product, chosen
            uniformly at random, in the same color, size and place. The truth takes it into account:
            for 0.2, text 0.625, image 0.8, both 0.92.
        pixel_noise: float in [0, 1], standard deviation of the noise of the pixels, where 1 is the
            step from black to white. The truth does not include it: far above the default, images
            become unreadable.

    Returns:
        MultimodalData with "text" (list of n str, English), "image" (uint8 array
        (n, size, size, 3)), labels (the product that is described), class names, the columns "de"
        and "zh" (the description in German and Chinese), "references" (a JSON list of the three
        English descriptions), "word" (the English noun), "color", "size", "place", "template" (the
        sentence pattern, 0 to 2) and "shown" (the product in the image), and `info`: name, all
        parameters and the truth, as JSON values.

    Raises:
        ValueError: a parameter out of range.

    Example:
        >>> data = make_shop(8)
        >>> data["text"][1]
        'the letter on the right is large and yellow'
        >>> data.class_names[data.labels[1]]
        'letter (alphabet)'
        >>> data.columns["de"][1], data.columns["zh"][1]
        ('der Buchstabe rechts ist groß und gelb', '右边的字母很大，是黄色的')
        >>> data.info["truth"]["text"], data.info["truth"]["ambiguous"]["text"]
        (0.625, 0.5)
    """
    parameters = {
        "num_samples": num_samples,
        "seed": seed,
        "size": size,
        "image_noise": image_noise,
        "pixel_noise": pixel_noise,
    }
    _check(num_samples, size, pixel_noise)
    table = shop_table().with_noise(image_noise=image_noise)
    table_rng, text_rng, image_rng = np.random.default_rng(seed).spawn(3)
    labels, _, shown = table.sample(num_samples, table_rng)
    products = [table.class_names[label] for label in labels]
    shown = [table.image_names[symbol] for symbol in shown]
    columns = {
        name: _balanced(values, num_samples, text_rng) for name, values in ATTRIBUTES.items()
    }
    patterns = _balanced(range(len(ENGLISH)), num_samples, text_rng)
    things = list(zip(products, *columns.values()))
    references = [[english(*thing, pattern) for pattern in range(3)] for thing in things]
    return MultimodalData(
        samples={
            "text": [texts[pattern] for texts, pattern in zip(references, patterns)],
            "image": draw_products(shown, *columns.values(), size, pixel_noise, image_rng),
        },
        labels=labels,
        class_names=table.class_names,
        ids=[f"product_{i:05d}" for i in range(num_samples)],
        columns={
            "de": [german(*thing, pattern) for thing, pattern in zip(things, patterns)],
            "zh": [chinese(*thing, pattern) for thing, pattern in zip(things, patterns)],
            "references": [json.dumps(texts) for texts in references],
            "word": [PRODUCTS[product].english for product in products],
            **columns,
            "template": patterns,
            "shown": shown,
        },
        info={"name": "shop", **parameters, "truth": shop_truth(table)},
    )


def shop_table() -> JointTable:
    """P[product, English word, product shown]: all products are equally likely.

    Example:
        >>> table = shop_table()
        >>> table
        JointTable: 16 classes, 10 text symbols, 16 image symbols
        >>> table.accuracy("text"), table.accuracy("image")
        (0.625, 1.0)
    """
    words = list(dict.fromkeys(product.english for product in PRODUCTS.values()))
    table = np.zeros((len(PRODUCTS), len(words), len(PRODUCTS)))
    for label, product in enumerate(PRODUCTS.values()):
        table[label, words.index(product.english), label] = 1 / len(PRODUCTS)
    return JointTable(table, list(PRODUCTS), words, list(PRODUCTS))


def shop_truth(table):
    """All best accuracies: of classification, of ambiguous words, and without the image."""
    words = table.probabilities.sum(axis=2)  # (product, word)
    part = table.probabilities[:, (words > 0).sum(axis=0) > 1]  # words with several senses
    ambiguous = JointTable(part / part.sum())
    return {
        **table.truth(),
        "ambiguous": {given: ambiguous.accuracy(given) for given in ("text", "image", "both")},
        "blind": {
            "word": round(float(words.sum(axis=0).max()), 12),
            **{name: 1 / len(values) for name, values in ATTRIBUTES.items()},
        },
    }


def _balanced(values, num_samples, rng):
    """Values in random order, each as often as the others, up to rounding."""
    values = list(values)
    return [values[i] for i in rng.permutation(np.arange(num_samples) % len(values))]


def _check(num_samples, size, pixel_noise):
    for name, value, low, high in (
        ("num_samples", num_samples, 1, np.inf),
        ("size", size, 32, np.inf),
        ("pixel_noise", pixel_noise, 0, 1),
    ):
        if not low <= value <= high:
            raise ValueError(f"`{name}` must be in [{low}, {high}]. Received: {value}.")
