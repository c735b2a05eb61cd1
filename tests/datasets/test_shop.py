"""The synthetic shop: exact scores, correct sentences in three languages, what features see."""

import itertools
import json
import re

import numpy as np
import pytest

from mm_keras.datasets import make_shop
from mm_keras.datasets.named import load_named
from mm_keras.datasets.shop.drawing import draw_products
from mm_keras.datasets.shop.shapes import DRAWINGS
from mm_keras.datasets.shop.words import COLORS, PLACES, PRODUCTS, SIZES, chinese, english, german
from mm_keras.image import HOG, ColorHistogram

THINGS = list(itertools.product(PRODUCTS, COLORS, SIZES, PLACES))
AMBIGUOUS = ("bat", "bow", "cup", "letter", "pipe", "key")


def test_contents():
    data = make_shop(40, seed=1, size=48, image_noise=0.5)
    assert data.modalities == ("text", "image") and data.num_classes == 16
    assert data["image"].shape == (40, 48, 48, 3) and data["image"].dtype == np.uint8
    assert json.loads(json.dumps(dict(data.info))) == dict(data.info)
    assert {"name": "shop", "seed": 1, "image_noise": 0.5}.items() <= data.info.items()
    names = ("color", "size", "place", "template")
    for i, label in enumerate(data.labels):
        product = data.class_names[label]
        color, size, place, pattern = (data.columns[name][i] for name in names)
        assert data["text"][i] == english(product, color, size, place, pattern)
        assert data.columns["de"][i] == german(product, color, size, place, pattern)
        assert data.columns["zh"][i] == chinese(product, color, size, place, pattern)
        assert data.columns["word"][i] == PRODUCTS[product].english
        references = json.loads(data.columns["references"][i])
        assert len(set(references)) == 3 and references[pattern] == data["text"][i]


def test_products_and_attributes_are_balanced():
    data = make_shop(320, size=32)
    for values in (data.labels, *(data.columns[name] for name in ("color", "size", "place"))):
        counts = np.unique(values, return_counts=True)[1]
        assert counts.min() == counts.max()
    assert data.columns["shown"] == [data.class_names[label] for label in data.labels]


def test_the_exact_scores():
    truth = make_shop(1).info["truth"]
    assert (truth["text"], truth["image"], truth["both"]) == (0.625, 1, 1)
    assert truth["ambiguous"] == {"text": 0.5, "image": 1, "both": 1}
    assert truth["blind"] == {"word": 0.125, "color": 0.25, "size": 0.5, "place": 0.5}

    truth = make_shop(1, image_noise=0.2).info["truth"]
    assert (truth["text"], truth["image"], truth["both"]) == (0.625, 0.8, 0.92)
    assert (truth["rules"]["product"], truth["rules"]["mean"]) == (0.92, 0.85)
    # Right if the image is (.8), or if it shows neither sense (.2 * 14 / 15) and the guess is.
    assert truth["ambiguous"]["both"] == pytest.approx(0.8 + 0.2 * 14 / 15 / 2)
    assert truth["ambiguous"]["text"] == 0.5


def test_the_best_rule_reaches_the_truth_on_the_drawn_data():
    data = make_shop(1600, size=32, image_noise=0.2)
    names = list(data.class_names)
    right = 0
    for label, word, shown in zip(data.labels, data.columns["word"], data.columns["shown"]):
        senses = [name for name in names if PRODUCTS[name].english == word]
        best = shown if shown in senses else senses[0]
        right += names[label] == best
    assert right / len(data) == pytest.approx(0.92, abs=0.015)
    shown = np.array([names.index(name) for name in data.columns["shown"]])
    assert np.mean(shown == data.labels) == pytest.approx(0.8, abs=0.005)


def test_what_bleu_makes_of_guessed_senses():
    """A translation that always takes the first sense, and the best description without images."""
    from nltk.translate.bleu_score import corpus_bleu

    senses = {product.english: name for name, product in reversed(PRODUCTS.items())}
    references, guesses = [], []
    for (product, *attributes), pattern in itertools.product(THINGS, range(3)):
        sense = senses[PRODUCTS[product].english]
        references.append([german(product, *attributes, pattern).split()])
        guesses.append(german(sense, *attributes, pattern).split())
    right = np.mean([guess == texts[0] for guess, texts in zip(guesses, references)])
    assert right == make_shop(1).info["truth"]["text"] == 0.625
    assert 100 * corpus_bleu(references, guesses) == pytest.approx(76.13, abs=0.005)

    references = [[english(*thing, p).split() for p in range(3)] for thing in THINGS]
    blind = [english("bat (sport)", "red", "small", "left", 2).split()] * len(THINGS)
    assert 100 * corpus_bleu(references, blind) == pytest.approx(50.68, abs=0.01)


def test_all_sentences():
    """768 sentences: distinct in German and Chinese; in English, two senses share theirs."""
    for write, num_texts, limit, tokens in (
        (english, 480, 9, str.split),
        (german, 768, 7, str.split),
        (chinese, 768, 15, list),
    ):
        texts = [write(*thing, pattern) for thing in THINGS for pattern in range(3)]
        assert len(texts) == 768 and len(set(texts)) == num_texts
        assert max(len(tokens(text)) for text in texts) <= limit
        assert not any("{" in text or "  " in text or text != text.strip() for text in texts)


def test_words_have_two_senses_or_one():
    words = [product.english for product in PRODUCTS.values()]
    assert sorted({word for word in words if words.count(word) == 2}) == sorted(AMBIGUOUS)
    assert len(set(words)) == 10 and list(DRAWINGS) == list(PRODUCTS)
    for field in ("german", "chinese"):
        assert len({getattr(product, field) for product in PRODUCTS.values()}) == 16


# The gender of each noun as a dictionary gives it, written down a second time.
NOUNS = {
    "der": "Schläger Bogen Pokal Brief Buchstabe Schlüssel Stern Drachen".split(),
    "die": "Fledermaus Schleife Tasse Pfeife Taste Lampe Uhr".split(),
    "das": ["Rohr"],
}


def test_german_grammar():
    """Article and adjectives agree with the gender; a predicate adjective has no ending."""
    articles = {noun: article for article, nouns in NOUNS.items() for noun in nouns}
    assert set(articles) == {product.german for product in PRODUCTS.values()}
    strong = {"der": ("ein", "er"), "die": ("eine", "e"), "das": ("ein", "es")}
    stems = "(klein|groß)"
    colors = "(rot|blau|grün|gelb)"
    for thing in THINGS:
        noun = PRODUCTS[thing[0]].german
        article, (ein, ending) = articles[noun], strong[articles[noun]]
        phrase = f"{ein} {stems}{ending} {colors}{ending} {noun}"
        for pattern, expected in enumerate(
            (
                f"{phrase} (links|rechts)",
                f"{article} {noun} (links|rechts) ist {stems} und {colors}",
                f"(links|rechts) ist {phrase}",
            )
        ):
            assert re.fullmatch(expected, german(*thing, pattern)), german(*thing, pattern)


MEASURES = {
    "个": "蝴蝶结 茶杯 字母 烟斗 按键 时钟".split(),
    "只": "蝙蝠 风筝".split(),
    "根": "球棒 管子".split(),
    "张": ["弓"],
    "座": ["奖杯"],
    "封": ["信"],
    "把": ["钥匙"],
    "颗": ["星星"],
    "盏": ["台灯"],
}


def test_chinese_grammar():
    """The measure word agrees with the noun, and only Chinese characters and a comma occur."""
    measures = {noun: measure for measure, nouns in MEASURES.items() for noun in nouns}
    assert set(measures) == {product.chinese for product in PRODUCTS.values()}
    for thing in THINGS:
        noun = PRODUCTS[thing[0]].chinese
        phrase = f"一{measures[noun]}(小小|大大)的(红|蓝|绿|黄)色的{noun}"
        for pattern, expected in enumerate(
            (
                f"{phrase}在(左|右)边",
                f"(左|右)边的{noun}很(小|大)，是(红|蓝|绿|黄)色的",
                f"(左|右)边有{phrase}",
            )
        ):
            text = chinese(*thing, pattern)
            assert re.fullmatch(expected, text), text
            assert re.fullmatch("[\u4e00-\u9fff，]+", text), text


def test_the_three_languages_say_the_same():
    for _, color, size, place in THINGS:
        for pattern in range(3):
            texts = [
                write("star", color, size, place, pattern) for write in (english, german, chinese)
            ]
            for words, table in ((color, COLORS), (size, SIZES), (place, PLACES)):
                forms = (words, *table[words])
                assert all(form in text for form, text in zip(forms, texts)), texts
                others = [row for name, row in table.items() if name != words]
                assert not any(other[0] in texts[1] or other[1] in texts[2] for other in others)


def test_one_sense_changes_up_to_four_german_words():
    changed = [
        sum(
            a != b
            for a, b in zip(*(german(name, "red", "small", "left", 0).split() for name in pair))
        )
        for pair in (("bow (weapon)", "bow (ribbon)"), ("letter (mail)", "letter (alphabet)"))
    ]
    assert changed == [4, 1]


def test_same_seed_same_data():
    data, again, other = (make_shop(40, seed=seed, size=32) for seed in (3, 3, 4))
    np.testing.assert_array_equal(data["image"], again["image"])
    assert data["text"] == again["text"] and dict(data.columns) == dict(again.columns)
    assert data["text"] != other["text"] and (data["image"] != other["image"]).any()
    assert make_shop(40, seed=3, size=32, image_noise=0.5)["text"][:5] == data["text"][:5]


def test_no_drawing_leaves_the_image():
    """Strokes keep clear of the outermost pixels of the canvas, up to a few."""
    names = np.repeat(list(DRAWINGS), 40)
    images = draw_products(
        names,
        ["blue"] * 640,
        ["large"] * 640,
        ["left", "right"] * 320,
        64,
        0.0,
        np.random.default_rng(0),
    )
    ink = np.abs(images - np.median(images, axis=(1, 2), keepdims=True)).max(axis=3) > 40
    edge = np.concatenate([ink[:, 0], ink[:, -1], ink[:, :, 0], ink[:, :, -1]], axis=1)
    assert edge.sum(axis=1).mean() < 1 and ink.any(axis=(1, 2)).all()


def test_each_feature_sees_what_it_should():
    """HOG sees product, size and place, a color histogram the color; each is blind to the rest."""
    from sklearn.linear_model import RidgeClassifier

    data = make_shop(960, seed=0)
    features = {
        "edges": HOG(cells_per_block=(2, 2)).fit(data["image"]).transform(data["image"]),
        "colors": ColorHistogram().fit(data["image"]).transform(data["image"]),
    }

    def score(name, labels):
        labels, inputs = np.asarray(labels), features[name]
        return RidgeClassifier().fit(inputs[:640], labels[:640]).score(inputs[640:], labels[640:])

    assert score("edges", data.labels) > 0.95
    assert score("edges", data.columns["size"]) > 0.9
    assert score("edges", data.columns["place"]) > 0.97
    assert score("edges", data.columns["color"]) < 0.5  # contrast, not hue
    assert score("colors", data.columns["color"]) > 0.98
    assert score("colors", data.labels) < 0.2
    assert 0.4 < score("colors", data.columns["place"]) < 0.6


def test_data_by_name():
    data = load_named("shop", seed=2, num_samples=16)
    assert (data.info["seed"], len(data), data.info["truth"]["image"]) == (2, 16, 0.8)
    assert load_named("shop", num_samples=16, image_noise=0.0).info["truth"]["image"] == 1


@pytest.mark.parametrize(
    "options, message",
    [
        ({"num_samples": 0}, "`num_samples`"),
        ({"size": 16}, "`size`"),
        ({"pixel_noise": 20}, "`pixel_noise`"),
        ({"image_noise": 2}, "`image_noise` must be a probability"),
    ],
)
def test_errors_say_what_to_do(options, message):
    with pytest.raises(ValueError, match=message):
        make_shop(**{"num_samples": 5, **options})
