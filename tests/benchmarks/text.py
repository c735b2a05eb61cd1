"""TFIDF against TfidfVectorizer, with Porter's stemmer and without: one core, the same matrix."""

import time
from functools import cache

import numpy as np
from nltk.stem import PorterStemmer
from nltk.tokenize import RegexpTokenizer
from sklearn.feature_extraction.text import TfidfVectorizer

from mm_keras.text import TFIDF, tokens
from tests.benchmarks._measure import Row, in_turns
from tests.benchmarks._samples import reports


def rows(full):
    texts = list(reports(20_000 if full else 2_000))
    what = f"TFIDF, {len(texts):,} reports of 200 words"
    tokenizer, stemmer = RegexpTokenizer(r"\w+(?:'\w+)*"), PorterStemmer()

    def stemmed():
        tokens._stemmer.cache_clear()  # no word is cached from an earlier round
        return TFIDF(stem="porter").fit_transform(texts)

    def stemmed_per_token():
        return TfidfVectorizer(
            tokenizer=lambda text: [stemmer.stem(token) for token in tokenizer.tokenize(text)],
            token_pattern=None,
            dtype=np.float32,
        ).fit_transform(texts)

    def stemmed_per_word():
        stems = cache(stemmer.stem)
        return TfidfVectorizer(
            tokenizer=lambda text: [stems(token) for token in tokenizer.tokenize(text)],
            token_pattern=None,
            dtype=np.float32,
        ).fit_transform(texts)

    start = time.process_time()
    expected = stemmed_per_token()
    slow = time.process_time() - start
    for work in (stemmed, stemmed_per_word):
        np.testing.assert_allclose(work().toarray(), expected.toarray(), atol=1e-6)
    best = in_turns({"ours": stemmed, "per word": stemmed_per_word}, 5)
    for other, seconds, required in (
        ("TfidfVectorizer, NLTK tokens, Porter per token", slow, 20),
        ("the same with a dictionary before the stemmer", best["per word"], 1),
    ):
        yield Row(f"{what}, stemmed", best["ours"], other, seconds, required)

    pattern = r"(?u)\b\w\w+\b"
    works = {
        "ours": lambda: TFIDF(token_pattern=pattern).fit_transform(texts),
        "its own": lambda: TFIDF().fit_transform(texts),
        "sklearn": lambda: TfidfVectorizer(dtype=np.float32).fit_transform(texts),
    }
    np.testing.assert_allclose(works["ours"]().toarray(), works["sklearn"]().toarray(), atol=1e-6)
    best = in_turns(works, 5)
    yield Row(
        f"{what}, scikit-learn's pattern", best["ours"], "TfidfVectorizer()", best["sklearn"], 1
    )
    yield Row(f"{what}, our words", best["its own"], "TfidfVectorizer()", best["sklearn"], 1)
