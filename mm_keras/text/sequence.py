"""Sequence: the words of a text as a sequence of token ids."""

from collections import Counter, abc
from numbers import Integral
from typing import Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from mm_keras.text._counting import MAX_CHUNK, MIN_CHUNK, Lookup, check_limits
from mm_keras.text.base import TextExtractor
from mm_keras.text.tokens import EMPTY_TEXT, checked_texts, empty_rows, word_rule
from mm_keras.utils.messages import report_bad
from mm_keras.utils.parallel import concat_chunks, map_chunks


class Sequence(TextExtractor):
    """Token ids in text order, ready for an Embedding layer and an RNN.

    Unlike a bag of words, a sequence keeps the word order: position k holds the id of the k-th word
    of the text. Ids are assigned by frequency in the texts given to `fit`: 2 is the most frequent
    word, 0 pads short texts, and 1 stands for every unknown word. On ASCII text without apostrophes
    the result equals
    `keras.layers.TextVectorization(max_tokens=max_features + 2, output_sequence_length=length)`
    after `adapt`, without needing TensorFlow.

    Args:
        length: int, number of positions. Longer texts are truncated. Default 100.
        max_features: int, number of distinct words to keep, or None for all. Default 20000. Among
            equally frequent words the order is reverse alphabetical, as in Keras.
        padding: "post" or "pre", the end at which zeros pad a short text. Default "post".
        truncating: "post" or "pre", the end at which a long text is cut. Default "post".
        lowercase, stem, stop_words, token_pattern: what a word is, see `mm_keras.text.tokenize`.
        strict: bool, raise ValueError for empty texts instead of issuing a DataWarning.

    Attributes:
        vocabulary_: dict, word -> id (2, 3, ...), most frequent first.
        num_ids_: int, number of distinct ids including 0 and 1: the `input_dim` of an Embedding.
        output_shape_: tuple (length,).

    Shapes:
        n texts (str, or None where missing) -> int32 array (n, length), values in [0, num_ids_).
        Missing and empty texts are zero rows.

    Raises:
        TypeError: not a list of str or None.
        ValueError: no words at all, an invalid parameter, or (strict) an empty text.

    Example:
        "wind" occurs three times and gets id 2; "sun" and "and" occur once each and get 3 and 4, in
        reverse alphabetical order.

        >>> sequence = Sequence(length=4).fit(["wind and wind", "sun wind"])
        >>> sequence.vocabulary_
        {'wind': 2, 'sun': 3, 'and': 4}
        >>> sequence.transform(["sun and wind", "rain"]).tolist()
        [[3, 4, 2, 0], [1, 0, 0, 0]]
    """

    def __init__(
        self,
        length: int = 100,
        max_features: int | None = 20000,
        padding: str = "post",
        truncating: str = "post",
        lowercase: bool = True,
        stem: str | None = None,
        stop_words: str | abc.Sequence[str] | None = None,
        token_pattern: str | None = None,
        strict: bool = False,
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

    def fit(self, samples: abc.Sequence[str | None], y: object = None) -> Self:
        """Learn the vocabulary from a list of texts; returns self."""
        self._check_parameters()
        counts = Counter()
        for _, chunk in map_chunks(self._count, checked_texts(samples), MAX_CHUNK, MIN_CHUNK):
            counts.update(chunk)
        counts.pop(None, None)  # the stop words
        if not counts:
            raise ValueError(
                "The vocabulary is empty: the texts contain no words. Pass more texts, or fewer "
                "stop words."
            )
        ranked = sorted(counts, key=lambda word: (counts[word], word), reverse=True)[
            : self.max_features
        ]
        self.vocabulary_ = {word: token_id for token_id, word in enumerate(ranked, start=2)}
        self.num_ids_ = len(self.vocabulary_) + 2
        self.output_shape_ = (self.length,)
        return self

    def transform(self, samples: abc.Sequence[str | None]) -> np.ndarray:
        """Texts -> int32 array (n, length)."""
        check_is_fitted(self, "vocabulary_")
        texts = checked_texts(samples)
        report_bad(empty_rows(texts), *EMPTY_TEXT, strict=self.strict)
        chunks = map_chunks(self._ids, texts, max(len(texts), 1), MIN_CHUNK)
        return concat_chunks(chunks, len(texts), (self.length,), np.int32)

    def _count(self, texts):
        """The number of occurrences of each word; stop words are counted as None."""
        split, to_word = word_rule(self.lowercase, self.stem, self.stop_words, self.token_pattern)
        words, counts = Lookup(to_word), Counter()
        for text in checked_texts(texts):
            if text is not None:
                counts.update(map(words.__getitem__, split(text)))
        return counts

    def _ids(self, texts):
        split, to_word = word_rule(self.lowercase, self.stem, self.stop_words, self.token_pattern)

        def token_id(token):
            word = to_word(token)
            return None if word is None else self.vocabulary_.get(word, 1)

        id_of = Lookup(token_id)
        rows = np.zeros((len(texts), self.length), dtype=np.int32)
        for row, text in zip(rows, texts):
            tokens = [] if text is None else split(text)
            ids = [i for i in map(id_of.__getitem__, tokens) if i is not None]
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
