"""The text vectorizers of scikit-learn in saved files: their settings and their learned values."""

import re

import numpy as np

from mm_keras.saving.rules import (
    Known,
    array,
    either,
    exactly,
    flag,
    integer,
    node,
    number,
    pattern,
    series,
    size,
    vocabulary,
    words,
)

MAX_NGRAM = 100
NONE = exactly(None)
POSITIVE = integer(1)
RATE = number(0)
ADDRESS = integer(0, 2**64)


def _dtype(value, sizes):
    """A type of numbers: a class, its name or a dtype."""
    is_name = isinstance(value, str) and re.fullmatch("[<>=|]?[a-z]{1,10}[0-9]{0,3}", value)
    if not (is_name or isinstance(value, (type, np.dtype))):
        return False
    try:
        return np.dtype(value).kind in "biuf"
    except TypeError:
        return False


TERMS = {
    "lowercase": flag,
    "strip_accents": exactly(None, "ascii", "unicode"),
    "stop_words": either(exactly(None, "english"), words),
    "token_pattern": pattern,
    "ngram_range": series(integer(1, MAX_NGRAM), integer(1, MAX_NGRAM)),
    "analyzer": exactly("word", "char", "char_wb"),
    "binary": flag,
    "dtype": _dtype,
}
COUNTS = {
    **TERMS,
    "max_df": RATE,
    "min_df": RATE,
    "max_features": either(NONE, POSITIVE),
    "vocabulary": either(NONE, words, vocabulary("k")),
}
LEARNED = {"vocabulary_": vocabulary("k"), "fixed_vocabulary_": flag, "_stop_words_id": ADDRESS}
UNUSED = ("_stop_words_id", "stop_words_", "fixed_vocabulary_")
WEIGHTS = {
    "norm": exactly("l1", "l2", "max", None),
    "use_idf": flag,
    "smooth_idf": flag,
    "sublinear_tf": flag,
}


def _idf_fits(saved):
    return not saved.parameters["use_idf"] or "idf_" in saved.attributes


VECTORIZERS = {
    "CountVectorizer": Known(COUNTS, {**LEARNED, "stop_words_": words}, frozenset(UNUSED)),
    "TfidfVectorizer": Known(
        {**COUNTS, **WEIGHTS},
        {
            **LEARNED,
            "stop_words_": words,
            "_tfidf": node("sklearn.feature_extraction.text:TfidfTransformer", d="k"),
        },
        frozenset(UNUSED),
    ),
    "TfidfTransformer": Known(
        WEIGHTS,
        {"n_features_in_": size("d"), "idf_": array("d")},
        frozenset({"idf_"}),
        fits=_idf_fits,
    ),
    "HashingVectorizer": Known(
        {
            **TERMS,
            "n_features": size("k"),
            "norm": exactly("l1", "l2", None),
            "alternate_sign": flag,
        },
        {"_stop_words_id": ADDRESS},
        frozenset(UNUSED),
    ),
}
