"""Tokenization: by hand in many languages, and against NLTK and scikit-learn."""

import subprocess
import sys

import pytest

from mm_keras.text.tokens import checked_texts, empty_rows, normalize, tokenize

REPORTS = [
    "Storm warning: the coast's ferries don't sail at 9 p.m., says A. Young!",
    "snake_case, x-ray & 'quoted' words; 1,000 goals (3.14)...",
    "",
    "  \n\t",
    "__ ' '' a'b'c '",
]


@pytest.mark.parametrize(
    "text, words",
    [
        ("Die Straße über Köln: 3,5 Grad", "die straße über köln 3 5 grad"),
        ("L'été dernier", "l'été dernier"),
        # Chinese: pairs, split at punctuation
        ("天气预报：北京下雨", "天气 气预 预报 北京 京下 下雨"),
        ("雨。", "雨"),  # a run of one character
        ("東京2020年、カメラ", "東京 2020 年 カメ メラ"),  # Japanese with a number inside
        ("ｶﾒﾗ １２", "カメ メラ 12"),  # half and full width forms
        ("서울 날씨가 맑다", "서울 날씨 씨가 맑다"),  # Korean
        ("हिन्दी में मौसम", "हिन्दी में मौसम"),  # Hindi: vowel signs and virama
        ("السَّلامُ عَلَيْكُم", "السَّلامُ عَلَيْكُم"),  # Arabic with vowel points
        ("שָׁלוֹם עולם", "שָׁלוֹם עולם"),  # Hebrew with points
        ("ไทย", "ไท ทย"),  # Thai
        ("น้ำ", normalize("น้ำ")),  # marks stay with their letter
        ("iPhone手机", "iphone 手机"),
        ("👍👍🏽 👩\u200d🚀 ❤\ufe0f 🇩🇪🇫🇷 #\ufe0f\u20e3", "👍 👍🏽 👩\u200d🚀 ❤ 🇩🇪 🇫🇷 #\u20e3"),
        # curly quote, soft hyphen, ligature
        ("don\u2019t Donau\u00addampfer ﬁne", "don't donaudampfer fine"),
        ("می\u200cخواهم", "می\u200cخواهم"),  # Persian with a non-joiner
    ],
)
def test_words_of_many_languages(text, words):
    tokens = tokenize(text)
    assert tokens == words.split() if text != "น้ำ" else "".join(tokens) == words


def test_a_composed_and_a_decomposed_accent_are_the_same_word():
    assert (
        tokenize("Caf\u00e9") == tokenize("Cafe\u0301") == tokenize("CAFE\u0301") == ["caf\u00e9"]
    )


def test_a_decomposed_accent_without_a_composed_form_does_not_split_the_word():
    assert tokenize("x\u0301yz") == ["x\u0301yz"]


def test_ascii_and_unicode_text_follow_the_same_rule():
    for text in REPORTS:
        # the "ü" sends the whole text through the Unicode path
        assert tokenize(text + " ü") == [*tokenize(text), "ü"]


@pytest.mark.parametrize("text", REPORTS)
def test_equals_nltk_regexp_tokenizer_with_the_same_pattern(text):
    from nltk.tokenize import RegexpTokenizer

    assert tokenize(text) == RegexpTokenizer(r"\w+(?:'\w+)*").tokenize(text.lower())


@pytest.mark.parametrize("text", REPORTS)
def test_equals_scikit_learn_with_its_pattern(text):
    from sklearn.feature_extraction.text import CountVectorizer

    expected = CountVectorizer().build_analyzer()(text)
    assert tokenize(text, token_pattern=r"(?u)\b\w\w+\b") == expected


def test_nltk_word_tokenizer():
    assert tokenize("Don't go!", token_pattern="nltk") == ["do", "n't", "go", "!"]


@pytest.mark.parametrize(
    "stem, words, stems",
    [
        ("porter", "storms stormed storming", ["storm", "storm", "storm"]),
        ("snowball-english", "generously", ["generous"]),
        ("snowball-german", "Häuser", ["haus"]),
    ],
)
def test_stems(stem, words, stems):
    assert tokenize(words, stem=stem) == stems


def test_stop_words_are_normalized_and_compared_before_stemming():
    words = tokenize("The storms are over", stop_words="english", stem="porter")
    assert words == ["storm"]  # "over" is on the list
    assert tokenize("Don’t go", stop_words=["DON'T"]) == ["go"]


def test_case_can_be_kept():
    assert tokenize("The Storm", lowercase=False) == ["The", "Storm"]


@pytest.mark.parametrize(
    "options, message",
    [
        ({"stem": "snowball-klingon"}, "snowball-german"),
        ({"stop_words": "german"}, "list of words"),
        ({"token_pattern": "("}, "regular expression"),
        ({"token_pattern": "(a)(b)"}, "one group"),
    ],
)
def test_invalid_options(options, message):
    with pytest.raises(ValueError, match=message):
        tokenize("text", **options)


@pytest.mark.parametrize("samples", ["one text", b"bytes", 3, ["a", float("nan")], ["a", b"b"]])
def test_only_lists_of_str_or_none_are_texts(samples):
    with pytest.raises(TypeError, match="Received"):
        checked_texts(samples)


@pytest.mark.parametrize("text", [None, ["a list"], b"bytes", 1.5])
def test_tokenize_needs_a_str(text):
    with pytest.raises(TypeError, match="Received"):
        tokenize(text)


def test_empty_rows_are_those_with_nothing_but_white_space():
    assert empty_rows(["a", "", None, " \n", "!"]) == [1, 3]


def test_tokenizing_needs_no_heavy_import():
    code = (
        "import sys; from mm_keras.text import tokenize; tokenize('a ü'); "
        "print({'nltk', 'sklearn', 'scipy', 'numpy', 'keras', 'tensorflow'} & set(sys.modules))"
    )
    answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert answer.stdout.strip() == "set()"
