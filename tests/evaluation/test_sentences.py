"""Metrics of sentences: computed by hand, by NLTK, and fixed values of pycocoevalcap 1.2."""

import math

import numpy as np
import pytest
from nltk.translate.bleu_score import corpus_bleu

from mm_keras.evaluation import metrics as mm
from mm_keras.evaluation.metrics.sentences import right_slots, sentence_tokens
from mm_keras.evaluation.metrics.wrong_words import mark_errors

SENTENCE = "der kleine rote bogen liegt links im laden".split()  # 8 tokens


def with_error(position):
    return " ".join([*SENTENCE[:position], "falsch", *SENTENCE[position + 1 :]])


@pytest.mark.parametrize("position, expected", [
    (0, 7 / 8 * 6 / 7 * 5 / 6 * 4 / 5),  # one 1-gram, 2-gram, 3-gram and 4-gram is lost
    (1, 7 / 8 * 5 / 7 * 4 / 6 * 3 / 5),
    (2, 7 / 8 * 5 / 7 * 3 / 6 * 2 / 5),
    (3, 7 / 8 * 5 / 7 * 3 / 6 * 1 / 5),  # = 1 / 16
])  # fmt: skip
def test_bleu_depends_on_where_a_wrong_word_is(position, expected):
    scores = mm.sentence_scores([with_error(position)], [" ".join(SENTENCE)])
    assert scores["BLEU-4"] == pytest.approx(100 * expected**0.25)
    assert scores["BLEU-1"] == pytest.approx(87.5) and scores["exact"] == 0


def test_bleu_pools_the_counts_of_all_sentences():
    """Half of the sentences wrong inside: of all n-grams 15/16, 12/14, 9/12 and 6/10 are right."""
    right = " ".join(SENTENCE)
    scores = mm.sentence_scores([right, with_error(3)], [right, right])
    assert scores["BLEU-4"] == pytest.approx(100 * (15 / 16 * 12 / 14 * 9 / 12 * 6 / 10) ** 0.25)
    assert scores["exact"] == 0.5 and scores["distinct"] == 2


@pytest.mark.filterwarnings("ignore:(?s).*hypothesis contains 0 counts")
def test_bleu_equals_nltk_for_sentences_of_four_or_more_words():
    rng = np.random.default_rng(0)
    draw = lambda: " ".join(rng.choice(list("abcde"), rng.integers(4, 9)))  # noqa: E731
    for _ in range(20):
        predictions = [draw() for _ in range(6)]
        references = [[draw() for _ in range(rng.integers(1, 4))] for _ in range(6)]
        split = [[reference.split() for reference in several] for several in references]
        expected = corpus_bleu(split, [prediction.split() for prediction in predictions])
        scores = mm.sentence_scores(predictions, references)
        assert scores["BLEU-4"] == pytest.approx(100 * expected, abs=1e-9)


def test_short_sentences_are_punished_and_nothing_is_smoothed():
    scores = mm.sentence_scores(["a red bat on the"], ["a red bat on the left side of it all"])
    assert scores["BLEU-4"] == pytest.approx(100 * math.exp(1 - 10 / 5))
    for prediction in ("", "other words", "a red bat"):  # no 4-gram is right
        assert mm.sentence_scores([prediction], ["a red bat on the left"])["BLEU-4"] == 0


def test_any_of_several_references_is_right():
    references = [["a small red bat", "the bat is small and red"], ["a bow"]]
    scores = mm.sentence_scores(["the bat is small and red", "A bow"], references)
    assert scores == {"BLEU-1": 100, "BLEU-4": 100, "exact": 1, "distinct": 2}
    wrong = mm.sentence_scores(["the bat is small and red", "a bat"], references)
    assert wrong["exact"] == 0.5 and wrong["BLEU-1"] == pytest.approx(100 * 7 / 8)


@pytest.mark.parametrize("sentence, tokens", [
    ("Der Schlüssel ist groß, nicht klein.", "der schlüssel ist groß , nicht klein ."),
    ("一张小小的红色的弓在左边", "一 张 小 小 的 红 色 的 弓 在 左 边"),
    ("A字母B，12 号", "a 字 母 b , 12 号"),  # NFKC makes the comma an ASCII one
    ("don't – l’eau", "don't – l'eau"),
    ("", ""),
])  # fmt: skip
def test_tokens_are_words_marks_and_chinese_characters(sentence, tokens):
    assert sentence_tokens(sentence) == tokens.split()


CAPTIONS = [
    "a small red bat on the left",
    "the key is large and blue",
    "a bow",
    "a yellow lamp on the right",
]
REFERENCES = [
    ["a small red bat on the left", "the bat on the left is small and red"],
    ["the key on the right is large and blue"],
    ["a large green bow on the left", "a bow"],
    ["on the right there is a small yellow lamp"],
]


def test_cider_d_equals_a_reference_implementation():
    expected = [6.953359070, 5.086362127, 3.065705184, 2.538871834]  # pycocoevalcap 1.2
    scores = mm.cider_d(CAPTIONS, REFERENCES, average=False)
    np.testing.assert_allclose(scores, expected, rtol=1e-8)
    assert mm.cider_d(CAPTIONS, REFERENCES) == pytest.approx(4.41107455406288, rel=1e-12)


def test_cider_d_by_hand():
    """All idf are ln 2. Cosine of 1-grams 2 / (√2 √3), of 2-grams 1 / √2; one pair fewer."""
    scores = mm.cider_d(["red bat", "blue"], ["red bat here", "blue"], average=False)
    cosines = 2 / math.sqrt(6) + 1 / math.sqrt(2)
    np.testing.assert_allclose(scores, [10 / 4 * cosines * math.exp(-1 / 72), 10 / 4])
    clipped = mm.cider_d(["bat bat bat", "blue"], ["bat", "blue"], average=False)
    assert clipped[0] == pytest.approx(10 / 4 / 3 * math.exp(-4 / 72))  # min(3, 1) * 1 / (3 * 1)


def test_cider_d_is_10_for_the_reference_and_0_for_words_that_all_samples_have():
    sentences = ["a small red bat", "one large blue bow", "the green key there"]
    assert mm.cider_d(sentences, sentences) == pytest.approx(10)
    assert mm.cider_d(["a bat on it"] * 2, ["a bat on it"] * 2) == 0  # idf ln(2/2)
    assert mm.cider_d(["", "a small red bat"], sentences[:2]) == 0


def test_a_slot_is_right_only_with_the_right_value_alone():
    captions = ["a RED bat", "a red and blue bat", "a bat", "a dark red bat", "a dark red bat"]
    colors = ["red", "red", "blue", "dark red", "red"]
    assert right_slots(captions, colors).tolist() == [True, False, False, True, False]
    assert mm.slot_accuracy(captions, {"color": colors, "word": ["bat"] * 5}) == {
        "color": 0.4,
        "word": 1,
    }
    chinese = ["左边的蝙蝠很小", "左边的球棒很小"]
    assert right_slots(chinese, ["蝙蝠", "蝙蝠"]).tolist() == [True, False]


def test_the_numbers_of_sentences_must_agree():
    for predictions, references, message in (
        ([], [], "0 predictions and 0 references"),
        (["a"], ["a", "b"], "1 predictions and 2 references"),
        (["a", "b"], ["a", []], "Received: none at row 1"),
    ):
        for score in (mm.sentence_scores, mm.cider_d):
            with pytest.raises(ValueError, match=message):
                score(predictions, references)
            with pytest.raises(TypeError, match="are lists. Received: a str"):
                score("a bat", "a bow")  # not five characters of five
    with pytest.raises(ValueError, match="2 predictions and 1 values"):
        mm.slot_accuracy(["a", "b"], {"color": ["red"]})


@pytest.mark.parametrize("prediction, references, text, marks", [
    ("Der Bogen ist rot", "der Bogen ist rot", "der bogen ist rot", "                 "),
    ("die taste ist rot", "der bogen ist rot", "die taste ist rot", "^^^^^^^^^        "),
    ("ein bogen", "ein kleiner bogen links", "ein … bogen …", "    ^       ^"),
    ("bogen rot rot", ["ist rot", "bogen rot"], "bogen rot rot", "          ^^^"),
    ("左边的球棒很小", ["左边的蝙蝠很小"], "左边的球棒很小", "   ^^  "),
    ("红色的", "一个红色的弓", "…红色的…", "^   ^"),
    ("", "ein bogen", " …", " ^"),
])  # fmt: skip
def test_wrong_and_omitted_words_are_marked(prediction, references, text, marks):
    marked, wrong = mark_errors(prediction, references)
    assert marked == text and "".join(" ^"[is_wrong] for is_wrong in wrong) == marks
