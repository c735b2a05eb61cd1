"""Sequence: the words of a text as numbers, in their order."""

from collections import Counter
from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from mm_keras.text._counting import MAX_CHUNK, MIN_CHUNK, Lookup, check_limits
from mm_keras.text.tokens import EMPTY_TEXT, checked_texts, empty_rows, word_rule
from mm_keras.utils.messages import report_bad
from mm_keras.utils.parallel import concat_chunks, map_chunks


class Sequence(TransformerMixin, BaseEstimator):
    """Token ids: position k holds the number of the text's k-th word, ready for an Embedding layer and an RNN.

    Unlike a bag of words it keeps the order. Words are numbered by their frequency in the texts given to `fit`: 2 is
    the most frequent one. 0 fills up short texts, 1 stands for every unknown word. On ASCII text without apostrophes
    this equals `keras.layers.TextVectorization(max_tokens=max_features + 2, output_sequence_length=length)` after
    `adapt`, but it needs no TensorFlow.

    Args:
        length: int, number of positions. Longer texts are cut. Default 100.
        max_features: int, number of different words to keep, or None for all. Default 20000. Equally frequent words
            are taken in reverse alphabetical order, as Keras does.
        padding: "post" or "pre", where zeros fill up a short text. Default "post".
        truncating: "post" or "pre", which end of a long text is cut off. Default "post".
        lowercase, stem, stop_words, token_pattern: what a word is, see `mm_keras.text.tokenize`.
        strict: bool, raise ValueError for an empty text instead of one DataWarning.

    Attributes:
        vocabulary_: dict, word -> id (2, 3, ...), most frequent first.
        num_ids_: int, number of different ids with 0 and 1: the `input_dim` of an Embedding.
        output_shape_: tuple (length,).

    Shapes:
        n texts (str, or None where missing) -> int32 array (n, length), values in [0, num_ids_). Missing and empty
        texts are zero rows.

    Raises:
        TypeError: not a list of str or None.
        ValueError: no words at all, an invalid parameter, or (strict) an empty text.

    Example:
        "wind" occurs three times and gets 2; "sun" and "and" once each: reverse alphabetical, 3 and 4.

        >>> sequence = Sequence(length=4).fit(["wind and wind", "sun wind"])
        >>> sequence.vocabulary_
        {'wind': 2, 'sun': 3, 'and': 4}
        >>> sequence.transform(["sun and wind", "rain"]).tolist()
        [[3, 4, 2, 0], [1, 0, 0, 0]]
    """

    def __init__(
        self,
        length=100,
        max_features=20000,
        padding="post",
        truncating="post",
        lowercase=True,
        stem=None,
        stop_words=None,
        token_pattern=None,
        strict=False,
    ):
        self.length = length
        self.max_features = max_features
        self.padding = padding
        self.truncating = truncating
        self.lowercase = lowercase
        self.stem = stem
        self.stop_words = stop_words
        self.token_pattern = token_pattern
        self.strict = strict

    def fit(self, samples, y=None):
        """Number the words of a list of texts; returns self."""
        self._check_parameters()
        counts = Counter()
        for _, part in map_chunks(self._count, checked_texts(samples), MAX_CHUNK, MIN_CHUNK):
            counts.update(part)
        counts.pop(None, None)  # the stop words
        if not counts:
            raise ValueError(
                "The vocabulary is empty: the texts hold no words. Give more texts or fewer stop words."
            )
        ranked = sorted(counts, key=lambda word: (counts[word], word), reverse=True)[
            : self.max_features
        ]
        self.vocabulary_ = {word: number for number, word in enumerate(ranked, start=2)}
        self.num_ids_ = len(self.vocabulary_) + 2
        self.output_shape_ = (self.length,)
        return self

    def transform(self, samples):
        """Texts -> int32 array (n, length)."""
        check_is_fitted(self, "vocabulary_")
        texts = checked_texts(samples)
        report_bad(empty_rows(texts), *EMPTY_TEXT, strict=self.strict)
        parts = map_chunks(self._ids, texts, max(len(texts), 1), MIN_CHUNK)
        return concat_chunks(parts, len(texts), (self.length,), np.int32)

    def _count(self, texts):
        """How often each word occurs; stop words are counted as None."""
        split, name = word_rule(self.lowercase, self.stem, self.stop_words, self.token_pattern)
        words, counts = Lookup(name), Counter()
        for text in checked_texts(texts):
            if text is not None:
                counts.update(map(words.__getitem__, split(text)))
        return counts

    def _ids(self, texts):
        split, name = word_rule(self.lowercase, self.stem, self.stop_words, self.token_pattern)

        def number(token):
            word = name(token)
            return None if word is None else self.vocabulary_.get(word, 1)

        ids_of = Lookup(number)
        rows = np.zeros((len(texts), self.length), dtype=np.int32)
        for row, text in zip(rows, texts):
            ids = (
                []
                if text is None
                else [i for i in map(ids_of.__getitem__, split(text)) if i is not None]
            )
            ids = ids[: self.length] if self.truncating == "post" else ids[-self.length :]
            start = 0 if self.padding == "post" else self.length - len(ids)
            row[start : start + len(ids)] = ids
        return rows

    def _check_parameters(self):
        if not (isinstance(self.length, Integral) and self.length >= 1):
            raise ValueError(f"length must be an int >= 1. Received: {self.length!r}.")
        check_limits(1, 1.0, self.max_features)
        for key in ("padding", "truncating"):
            if getattr(self, key) not in ("pre", "post"):
                raise ValueError(
                    f"{key} must be 'post' or 'pre'. Received: {getattr(self, key)!r}."
                )
