"""Texts of any characters give the words, and the probabilities, that they give in Python."""

import random
import unicodedata

import keras
import numpy as np
import pytest

from mm_keras import Classifier, Features, fusion
from mm_keras.serving import code_points, raw_model
from mm_keras.serving.unicode_tables import NUM_CODES, compositions, roles
from mm_keras.serving.word_hashes import hash_tokens, hash_word, values_of
from mm_keras.text import TFIDF, BagOfWords, Sequence, TextPlane, tokenize
from mm_keras.utils.messages import collected

needs_strings = pytest.mark.skipif(
    keras.backend.backend() != "tensorflow", reason="only TensorFlow supports strings"
)
ASSIGNED = [
    chr(code)
    for code in (*range(0xD800), *range(0xE000, NUM_CODES))
    if unicodedata.category(chr(code)) not in ("Cn", "Co")
]
MARKS = [character for character in ASSIGNED if unicodedata.category(character)[0] == "M"]
CHANGED = [c for c in ASSIGNED if unicodedata.normalize("NFKD", c) != c and not "가" <= c <= "힣"]
PAIRS = [divmod(pair, NUM_CODES) for pair in compositions()[0].tolist()]
PAIRS = [(chr(a), chr(b)) for a, b in PAIRS if not "\uac00" <= chr(a) <= "\ud7a3"]
CASES = list("ΣσςΑα.'\u2019\u00ad\u0345İIi\u0307ßẞ\x00\x01\n\x85\u2028 ")
INVISIBLE = list("\u00ad\u034f\u061c\u200b\u200c\u200d\u2060\ufe0e\ufe0f\ufeff\U000e0100")
EMOJI = [
    *"👍🏽🏿☔❤❶❷#*1👩💻🔥↔",
    *"🇩🇪🇫🇷\u20e3\u200d\u200d\U000e0067\U000e007f",
    "👩‍💻",
    "🇩🇪🇫",
    "#⃣",
]
WORDS = list("ab'\u2019\u2044½5²™№㎏_1 .中東京가ᄒ\u1161\u11abก\u0e31\u0301éﬁＡｶﾞ")
POOLS = [
    ASSIGNED,
    MARKS,
    CHANGED,
    [character for pair in PAIRS for character in pair],
    CASES,
    INVISIBLE,
    EMOJI,
    EMOJI,
    WORDS,
    list("storm rain"),
]


def random_texts(count, seed):
    """Texts that mix the pools in random proportions."""
    draw = random.Random(seed)
    texts = []
    for _ in range(count):
        weights = [draw.random() ** 3 for _ in POOLS]
        pools = draw.choices(POOLS, weights, k=draw.randint(0, 30))
        texts.append("".join(map(draw.choice, pools)))
    return texts


TEXTS = [
    *random_texts(4000, seed=0),
    *("".join(ASSIGNED[start : start + 300]) for start in range(0, len(ASSIGNED), 300)),
]
REPORTED = [
    "cafe\u0301 caf\u00e9 re\u0301sume\u0301",
    "\uff33\uff34\uff2f\uff32\uff2d ｶﾞｷﾞ",
    "LEGO\u2122 \u21161 \ufb01n 5\u00bd",
    "storm\x00rain",
    "\x00rain",
    "\U0001d42c\U0001d42d\U0001d428\U0001d42b\U0001d426",
    "\U00020000\U00020001 \U0002f800",
    "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "\u1112\u1161\u11ab\u1100\u116e\u11a8",
    "q\u0307\u0323 q\u0323\u0307",
    "ΟΔΟΣ ΟΔΟΣ'Α \u0130stanbul",
]


def test_the_texts_cover_what_they_should():
    assert len(TEXTS) > 4400
    assert {unicodedata.category(c) for text in TEXTS for c in text} >= {"Mn", "Mc", "Cf", "Cc"}
    assert any(ord(character) > 0xFFFF for text in TEXTS for character in text)
    assert sum(map(len, map(tokenize, TEXTS))) > 20_000


@needs_strings
@pytest.mark.parametrize("lowercase", [True, False])
def test_strings_are_normalized_as_by_the_tokenizer(lowercase):
    from mm_keras.serving.text_layers import CodePoints

    texts = TEXTS + REPORTED
    codes = keras.ops.convert_to_numpy(CodePoints(lowercase)(keras.ops.convert_to_tensor(texts)))
    expected = code_points(texts, lowercase)
    different = [
        ascii(text)
        for text, row, other in zip(texts, codes, expected)
        if row.tolist() != other.tolist()
    ]
    assert not different, different[:5]
    assert expected.shape == codes.shape


def test_the_words_of_any_characters_are_those_of_the_tokenizer():
    texts = TEXTS + REPORTED
    codes = np.pad(code_points(texts), ((0, 0), (0, 1)))
    flat = keras.ops.convert_to_tensor(codes.ravel())
    first, second, valid, start = map(
        keras.ops.convert_to_numpy, hash_tokens(flat, values_of(roles(), flat))
    )
    received = [[] for _ in texts]
    for row, *hashes in zip(start[valid] // codes.shape[1], first[valid], second[valid]):
        received[row].append(tuple(map(int, hashes)))
    different = [
        ascii(text)
        for text, hashes in zip(texts, received)
        if hashes != [hash_word(word) for word in tokenize(text)]
    ]
    assert not different, different[:5]


@needs_strings
@pytest.mark.parametrize(
    "extractor",
    [TFIDF(), BagOfWords(lowercase=False), Sequence(length=6, padding="pre"), TextPlane((8, 16))],
    ids=str,
)
def test_an_exported_model_answers_as_the_classifier_does_for_any_text(extractor):
    texts = TEXTS[:1000] + REPORTED
    keras.utils.set_random_seed(0)
    with collected():  # without the notes on empty texts
        features = Features(text=extractor).fit({"text": texts[::2] + REPORTED})
        model = fusion.unimodal_model(features.shapes, 3, head="linear")
        model.set_weights([weight * 5 for weight in model.get_weights()])
        classifier = Classifier(features, model, ["a", "b", "c"])
        expected = classifier.predict_proba(texts=texts)
    assert np.ptp(expected, axis=0).max() > 0.1
    received = raw_model(classifier)({"text": keras.ops.convert_to_tensor(texts)})
    np.testing.assert_allclose(keras.ops.convert_to_numpy(received), expected, atol=1e-5)
