"""load_glyphs: no blank or cropped images, no class names in texts, two needed modalities."""

import json
import re
import unicodedata
from collections import Counter

import numpy as np
import pytest

from mm_keras.datasets import load_glyphs
from mm_keras.datasets.glyphs import CLASSES


@pytest.fixture(scope="module")
def glyphs():
    return load_glyphs()


def words(text):
    return set(re.findall(r"\w+", text))


def test_contents(glyphs):
    assert (
        3500 < len(glyphs) < 4500
        and glyphs.modalities == ("text", "image")
        and glyphs.num_classes == 14
    )
    assert glyphs["image"].shape == (len(glyphs), 64, 64) and glyphs["image"].dtype == np.uint8
    assert np.bincount(glyphs.labels).min() >= 50
    assert list(glyphs.class_names) == sorted(CLASSES)
    row = glyphs.ids.index("U+0041")
    assert (
        glyphs.columns["character"][row] == "A"
        and glyphs.columns["name"][row] == "LATIN CAPITAL LETTER A"
    )
    assert (
        glyphs["text"][row] == "capital letter a"
        and glyphs.class_names[glyphs.labels[row]] == "latin"
    )
    assert (
        json.loads(json.dumps(dict(glyphs.info))) == dict(glyphs.info)
        and "DejaVu" in glyphs.info["license"]
    )


def test_names_are_the_official_ones(glyphs):
    assert [
        unicodedata.name(character) for character in glyphs.columns["character"]
    ] == glyphs.columns["name"]
    assert glyphs.ids == [f"U+{ord(character):04X}" for character in glyphs.columns["character"]]


@pytest.mark.parametrize(
    "name, text",
    [
        ("GREEK SMALL LETTER ALPHA", "small letter alpha"),
        ("LEFTWARDS ARROW", "leftwards"),
        ("BRAILLE PATTERN DOTS-125", "125"),
        ("CANADIAN SYLLABICS WEST-CREE PWE", "west-cree pwe"),
        ("BOX DRAWINGS LIGHT DOWN AND RIGHT", "light down and right"),
        ("ARABIC LETTER BEH FINAL FORM", "letter beh final"),
        ("N-ARY CIRCLED DOT OPERATOR", "n-ary circled dot"),
        ("MATHEMATICAL LEFT ANGLE BRACKET", "left angle bracket"),
        ("GEOMETRIC PROPORTION", "proportion"),
        ("ARABIC LETTER TEH WITH THREE DOTS ABOVE DOWNWARDS", None),
    ],
)
def test_class_words_are_removed(glyphs, name, text):
    assert glyphs["text"][glyphs.columns["name"].index(name)] == (
        text or "letter teh with three dots above downwards"
    )


def test_no_text_is_empty_or_names_its_class(glyphs):
    class_words = words(" ".join(glyphs.class_names)) | {
        "arrow",
        "operator",
        "syllabic",
        "pattern",
        "drawing",
        "shape",
        "form",
    }
    for text in glyphs["text"]:
        assert (
            words(text)
            and text == " ".join(text.split()).strip("-")
            and not words(text) & class_words
        ), text


def test_few_words_are_common_in_one_class_and_rare_in_all_others(glyphs):
    by_class = [
        Counter(
            word
            for text, label in zip(glyphs["text"], glyphs.labels)
            if label == k
            for word in words(text)
        )
        for k in range(glyphs.num_classes)
    ]
    everywhere, sizes = sum(by_class, Counter()), np.bincount(glyphs.labels)
    typical = {
        word
        for counts, size in zip(by_class, sizes)
        for word, count in counts.items()
        if count > size / 2 and count > 0.95 * everywhere[word]
    }
    # The line style of a box: a description, not a name.
    assert typical == {"light", "heavy"}


def test_images_are_centered_and_never_blank_or_cropped(glyphs):
    images = glyphs["image"]
    frame = np.ones((64, 64), bool)
    frame[2:-2, 2:-2] = False
    assert (images.max(axis=(1, 2)) > 127).all() and not images[:, frame].any()
    for axis in (1, 2):
        ink = images.any(axis=axis)
        before, after = ink.argmax(axis=1), ink[:, ::-1].argmax(axis=1)
        assert np.isin(after - before, [0, 1]).all()


def test_all_characters_have_the_same_font_size(glyphs):
    """An em is 48 pixels: DejaVu's H is 0.729 em high (about 35 pixels), its x 0.547 em (26)."""
    heights = {
        letter: glyphs["image"][glyphs.columns["character"].index(letter)].any(axis=1).sum()
        for letter in "Hx"
    }
    assert abs(heights["H"] - 35) <= 1 and abs(heights["x"] - 26) <= 1


def test_characters_that_are_not_in_the_font_are_omitted(glyphs):
    import matplotlib
    from fontTools.ttLib import TTFont  # another reader of the same font

    with TTFont(f"{matplotlib.get_data_path()}/fonts/ttf/DejaVuSans.ttf", lazy=True) as font:
        characters = font.getBestCmap()
    assert all(
        characters.get(ord(character), ".notdef") != ".notdef"
        for character in glyphs.columns["character"]
    )
    blank = "\N{BRAILLE PATTERN BLANK}"
    assert ord(blank) in characters and blank not in glyphs.columns["character"]


def test_same_font_same_bytes(glyphs):
    again = load_glyphs()
    assert again["image"].tobytes() == glyphs["image"].tobytes() and again["text"] == glyphs["text"]
    assert again.labels.tolist() == glyphs.labels.tolist()


@pytest.mark.parametrize("size", [16, 48])
def test_other_sizes(size):
    small = load_glyphs(size)
    assert small["image"].shape == (len(small), size, size)
    assert small["image"].any(axis=(1, 2)).all()


@pytest.mark.parametrize("size", [8, 64.0, "64", None, (64, 64)])
def test_wrong_sizes(size):
    with pytest.raises(ValueError, match="`size` must be an int of at least 16"):
        load_glyphs(size)


def test_the_modalities_need_each_other(glyphs):
    """Latin, Greek and Cyrillic A look the same; a Braille pattern has a name without words."""
    images = dict(zip(glyphs.columns["character"], glyphs["image"]))
    np.testing.assert_array_equal(images["A"], images["\N{CYRILLIC CAPITAL LETTER A}"])
    np.testing.assert_array_equal(images["A"], images["\N{GREEK CAPITAL LETTER ALPHA}"])
    copies = Counter(image.tobytes() for image in glyphs["image"])
    assert 1 / 7 < np.mean([copies[image.tobytes()] > 1 for image in glyphs["image"]]) < 1 / 5
    names = dict(zip(glyphs.columns["name"], glyphs["text"]))
    assert names["LATIN SMALL LETTER E"] == names["CYRILLIC SMALL LETTER E"]


def test_both_modalities_are_better_than_one(glyphs):
    """TF-IDF of the name, the image in 8x8, and both, with a linear classifier."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import RidgeClassifier

    train, test = glyphs.split(test_size=0.67, seed=0)
    vectorizer = TfidfVectorizer(token_pattern=r"\w+").fit(train["text"])

    def accuracy(*kinds):
        def features(data):
            blocks = {
                "text": vectorizer.transform(data["text"]).toarray(),
                "image": data["image"].reshape(-1, 8, 8, 8, 8).mean(axis=(2, 4)).reshape(-1, 64)
                / 255,
            }
            return np.hstack([blocks[kind] for kind in kinds])

        return (
            RidgeClassifier().fit(features(train), train.labels).score(features(test), test.labels)
        )

    text, image, both = accuracy("text"), accuracy("image"), accuracy("text", "image")
    assert 0.7 < text < 0.95 and 0.3 < image < 0.7 and both > text + 0.02
