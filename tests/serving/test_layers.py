"""The layers of exported models give the same results as the extractors they replace."""

import random

import keras
import numpy as np
import pytest
from keras import ops

from mm_keras.features.scaling import BlockScaler
from mm_keras.image import HOG, ColorHistogram, Pixels, read_image
from mm_keras.serving import code_points
from mm_keras.serving.array_layers import ScaleColumns
from mm_keras.serving.converters import CONVERTERS
from mm_keras.serving.image_layers import Gray, HueSaturationValue, OrientedGradients
from mm_keras.serving.text_layers import CodePoints
from mm_keras.serving.unicode_tables import roles
from mm_keras.serving.word_hashes import hash_tokens, hash_vocabulary, hash_word, values_of
from mm_keras.text import TFIDF, BagOfWords, Sequence, TextPlane, tokenize

TEXTS = [
    "Don't panic: 2 STORMS hit the coast!",
    "the storm's end, the end",
    "東京は雨 ☔ 雨は東京",
    "हिन्दी में मौसम",
    "Übergröße, l'école ÉTÉ",
    "ภาษาไทย ดี",
    "한국어 날씨",
    "שָׁלוֹם مَرْحَبًا",
    "👍🏽 👩‍💻 🇩🇪🇫🇷 🇩 ❤️‍🔥!",
    "",
    "x" * 300 + " y",
    "中a中 文b",
    "a_b 1.5 'tis rock'n'roll'",
]
LETTERS = list(
    "abAB 12'_-.,é Üßд ЖωΩ 東京は雨가나 हिी ชี่ לוֹ\u200d👍🏽❤🔥🇩🇪\u2019\u00ad\ufe0f\uff21\u3000"
)
IMAGES = np.random.default_rng(0).integers(0, 256, (6, 24, 32, 3), dtype=np.uint8)
IMAGES[0] = 0
IMAGES[1] //= 64  # many equal colors and gradients


def token_hashes(text):
    """The two hashes of every token found by `hash_tokens`."""
    codes = ops.convert_to_tensor(np.append(code_points([text])[0], np.int32(0)))
    first, second, valid, _ = hash_tokens(codes, values_of(roles(), codes))
    first, second, valid = map(ops.convert_to_numpy, (first, second, valid))
    return list(zip(first[valid].tolist(), second[valid].tolist()))


def convert(extractor, samples):
    """The samples' features from the layers that replace the extractor."""
    return ops.convert_to_numpy(
        CONVERTERS[type(extractor)](extractor, ops.convert_to_tensor(samples))
    )


def test_a_hash_by_hand():
    # b = 98, a = 97; the bases are the first powers
    for result, base in zip(hash_word("ba"), (-1640531527, 741103597)):
        assert result % 2**32 == (98 + 97 * base) % 2**32


@pytest.mark.parametrize("text", TEXTS)
def test_the_words_are_those_of_tokenize(text):
    assert token_hashes(text) == [hash_word(word) for word in tokenize(text)]


def test_the_words_of_random_characters_are_those_of_tokenize():
    draw = random.Random(0)
    for _ in range(60):
        text = "".join(draw.choices(LETTERS, k=30))
        assert token_hashes(text) == [hash_word(word) for word in tokenize(text)], text


def test_the_order_of_the_characters_of_a_long_word_matters():
    words = ["z" * length + ends for length in (254, 300, 70_000) for ends in ("ab", "ba")]
    assert len({hash_word(word) for word in words}) == len(words)
    for word in words:
        assert token_hashes(word) == [hash_word(word)]


def test_a_vocabulary_in_buckets(monkeypatch):
    table = hash_vocabulary({"sun": 1, "wind": 2})
    assert table.shape[0] == 5
    assert sorted(table[table[:, :, 1] > 0][:, 1].tolist()) == [1, 2]
    monkeypatch.setattr("mm_keras.serving.word_hashes.hash_word", lambda word: (1, 2))
    with pytest.raises(ValueError, match="same hash as another one"):
        hash_vocabulary({"sun": 1, "wind": 2})


@pytest.mark.parametrize(
    "extractor",
    [
        BagOfWords(),
        BagOfWords(binary=True, lowercase=False),
        BagOfWords(stop_words="english", max_features=9),
        TFIDF(),
        TFIDF(sublinear_tf=True, norm="l1"),
        TFIDF(norm="max", use_idf=False),
        TFIDF(norm=None, binary=True, smooth_idf=False),
        TextPlane((4, 16)),
        TextPlane((3, 5), values="count"),
        TextPlane((4, 16), values="binary"),
        TextPlane((3, 4), encoding="topics"),
        TextPlane((2, 5), encoding="topics", values="count"),
    ],
    ids=str,
)
def test_words_are_counted_and_weighted_as_by_the_extractor(extractor):
    extractor.fit([text or None for text in TEXTS])
    samples = TEXTS[::-1] + ["the the unknown storm", "nothing known"]
    rows = extractor.transform([text or None for text in samples])
    rows = rows.toarray() if hasattr(rows, "toarray") else rows
    np.testing.assert_allclose(
        convert(extractor, code_points(samples, extractor.lowercase)), rows, atol=1e-6
    )
    assert convert(extractor, np.zeros((2, 0), "int32")).shape == (2, *rows.shape[1:])


@pytest.mark.parametrize(
    "options",
    [{}, {"padding": "pre"}, {"truncating": "pre"}, {"stop_words": "english"}, {"max_features": 7}],
    ids=str,
)
def test_words_are_numbered_as_by_the_extractor(options):
    extractor = Sequence(length=4, **options).fit([text or None for text in TEXTS])
    samples = TEXTS[::-1] + ["the unknown storm hit the unknown coast"]
    np.testing.assert_array_equal(
        convert(extractor, code_points(samples)),
        extractor.transform([text or None for text in samples]),
    )


@pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="only TensorFlow supports strings"
)
def test_strings_become_the_code_points_of_the_normalized_text():
    texts = TEXTS + ["CO\u00adOP\u2019S", "ΟΔΟΣ"]
    np.testing.assert_array_equal(CodePoints()(ops.convert_to_tensor(texts)), code_points(texts))
    np.testing.assert_array_equal(
        CodePoints(lowercase=False)(ops.convert_to_tensor(texts)),
        code_points(texts, lowercase=False),
    )


def test_code_points_that_are_not_normalized_are_read_where_that_is_possible():
    texts = ["storm don't"]
    extractor = BagOfWords().fit(texts)
    codes = np.array([[ord(character) for character in "STORM \uff44on\u2019t"]], "int32")
    np.testing.assert_array_equal(convert(extractor, codes), extractor.transform(texts).toarray())


def test_gray_is_rounded_as_in_pillow():
    images = np.random.default_rng(1).integers(0, 256, (1, 300, 300, 3), dtype=np.uint8)
    np.testing.assert_array_equal(ops.convert_to_numpy(Gray()(images))[0], read_image(images[0]))


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"cells_per_block": (2, 2), "block_norm": "L2"},
        {"cells_per_block": (1, 2), "block_norm": "L1", "feature_vector": False},
        {
            "orientations": 4,
            "pixels_per_cell": (5, 7),
            "block_norm": "L1-sqrt",
            "cells_per_block": (2, 1),
        },
        {"channel_axis": -1},
    ],
    ids=str,
)
def test_gradients_are_those_of_hog(options):
    extractor = HOG(**options).fit(IMAGES)
    np.testing.assert_allclose(convert(extractor, IMAGES), extractor.transform(IMAGES), atol=2e-6)


@pytest.mark.parametrize(
    "extractor",
    [Pixels(), Pixels(gray=False), ColorHistogram(), ColorHistogram(bins=(6, 3, 5))],
    ids=str,
)
def test_pixels_and_colors_are_those_of_the_extractor(extractor):
    if keras.backend.backend() == "jax" and isinstance(extractor, ColorHistogram):
        pytest.skip("single precision: a pixel on a border may fall into the neighboring bin")
    extractor.fit(IMAGES)
    np.testing.assert_allclose(convert(extractor, IMAGES), extractor.transform(IMAGES), atol=1e-6)


@pytest.mark.parametrize("method", ["block", "standardize", "normalize"])
def test_scaling_is_that_of_block_scaler(method):
    block = np.random.default_rng(0).normal(size=(5, 2, 3)).astype("float32")
    block[1] = 0
    scaler = BlockScaler(method).fit(block)
    layer = ScaleColumns(method == "normalize")
    layer.build(block.shape)
    layer.set_weights([np.broadcast_to(value, 3) for value in (scaler.mean_, scaler.scale_)])
    np.testing.assert_allclose(
        ops.convert_to_numpy(layer(block)), scaler.transform(block), atol=1e-6
    )


def test_layers_are_restored_from_their_config():
    for layer in (
        OrientedGradients(9, (8, 8), (2, 2), "L2"),
        HueSaturationValue((8, 4, 4)),
        ScaleColumns(True),
        CodePoints(False),
    ):
        restored = keras.saving.deserialize_keras_object(keras.saving.serialize_keras_object(layer))
        assert restored.get_config() == layer.get_config()
