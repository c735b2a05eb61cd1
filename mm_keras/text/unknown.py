"""The words of texts that a fitted text extractor does not know."""

from mm_keras.text._counting import Lookup
from mm_keras.text.tokens import word_rule


def unknown_words(extractor, texts):
    """The unknown words of each text: list of n lists of str.

    All lists are empty for an extractor whose terms are not single words: character n-grams,
    several extractors at once, or one without a `vocabulary_`.

    Args:
        extractor: fitted Sequence, BagOfWords, TFIDF, or anything else.
        texts: list of n str or None.
    """
    names = ("lowercase", "stem", "stop_words", "token_pattern", "vocabulary_")
    if (
        not all(hasattr(extractor, name) for name in names)
        or getattr(extractor, "analyzer", "word") != "word"
        or tuple(getattr(extractor, "ngram_range", (1, 1)))[0] != 1
    ):
        return [[] for _ in texts]
    split, to_word = word_rule(*(getattr(extractor, name) for name in names[:4]))
    words = Lookup(to_word)
    found = [[] if text is None else map(words.__getitem__, split(text)) for text in texts]
    return [
        [word for word in row if word is not None and word not in extractor.vocabulary_]
        for row in found
    ]
