"""Tokenization: by hand in many languages, and against NLTK and scikit-learn."""

import subprocess
import sys

import numpy as np
import pytest

from mm_keras.text import BagOfWords
from mm_keras.text.tokens import _stemmer, checked_texts, empty_rows, normalize, tokenize
from mm_keras.utils.parallel import use_workers

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


@pytest.mark.parametrize("samples", ["one text", b"bytes", 3, ["a", 1.5], ["a", b"b"]])
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


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("LEGO™ and Coke℠", ["lego", "and", "coke"]),
        ("5½ cups, ¾ l", ["5", "1⁄2", "cups", "3⁄4", "l"]),
        ("10² m²", ["10", "2", "m", "2"]),
        ("H₂O CO₂", ["h2o", "co2"]),
        ("№5 5㎏ 20℃", ["no", "5", "5", "kg", "20", "c"]),
        ("①start Ⅳ", ["1", "start", "iv"]),
        ("ﬁne ＡＢＣ", ["fine", "abc"]),
    ],
)
def test_symbols_that_stand_for_letters_do_not_run_into_their_neighbors(text, words):
    assert tokenize(text) == words


LANGUAGES = {
    "arabic": "نقولين ولعبتم علمتم حسنوا فقولتم بكتبتم والمدرسة يكتبون المعلمات كتابها",
    "danish": "kursus opgaverne bilerne pludselig venlighed",
    "dutch": "lichamelijk opglimmende huizen",
    "english": "storms running happiness generously nationality",
    "finnish": "taloissa edeltäjistään",
    "french": "continuellement majestueuses chantaient",
    "german": "aufeinanderfolgenden Häusern kategorisch",
    "hungarian": "babakocsijáért házakban megyünk",
    "italian": "abbandonata pronunciamento velocemente",
    "norwegian": "havnedistriktene opning",
    "porter": "caresses flies relational conditional",
    "portuguese": "quilométricas boataria felicidade",
    "romanian": "abruptului copiilor frumoase",
    "russian": "авантненькая важный бегущими",
    "spanish": "cheguevara torneadas rápidamente",
    "swedish": "jaktkarlarne klostergården",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_stem_is_a_function_of_the_word(language):
    from nltk.stem import SnowballStemmer

    stem = language if language == "porter" else f"snowball-{language}"
    assert set(LANGUAGES) == {*SnowballStemmer.languages}
    words = LANGUAGES[language].lower().split() * 3
    _stemmer.cache_clear()
    alone = {word: _fresh_stem(word, stem) for word in set(words)}
    for seed in range(5):
        _stemmer.cache_clear()
        order = np.random.default_rng(seed).permutation(words).tolist()
        assert tokenize(" ".join(order), stem=stem) == [alone[word] for word in order]


def _fresh_stem(word, stem):
    from nltk.stem import PorterStemmer, SnowballStemmer

    if stem == "porter":
        return PorterStemmer().stem(word)
    return SnowballStemmer(stem.removeprefix("snowball-")).stem(word)


def test_arabic_stems_are_the_same_after_saving_and_over_processes():
    rng = np.random.default_rng(0)
    words = LANGUAGES["arabic"].split()
    texts = [" ".join(rng.choice(words, 4)) for _ in range(1100)]
    bag = BagOfWords(stem="snowball-arabic")
    counts = bag.fit_transform(texts)
    with use_workers(2):
        again = BagOfWords(stem="snowball-arabic").fit(texts)
        assert again.vocabulary_ == bag.vocabulary_
        assert (again.transform(texts[::-1])[::-1] != counts).nnz == 0
