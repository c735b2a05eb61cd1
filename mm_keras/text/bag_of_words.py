"""BagOfWords: how often each word of a vocabulary occurs in a text."""

from collections.abc import Sequence
from numbers import Integral
from typing import Self

import numpy as np
from scipy.sparse import csr_matrix
from sklearn.utils.validation import check_is_fitted

from mm_keras.text._counting import (
    check_limits,
    collect_statistics,
    count_known,
    count_new,
    count_parallel,
    kept_words,
    statistics,
)
from mm_keras.text.base import TextExtractor
from mm_keras.text.tokens import EMPTY_TEXT, checked_texts, empty_rows, normalize, word_rule
from mm_keras.utils.messages import report_bad


class BagOfWords(TextExtractor):
    """Word counts: entry (i, j) is the number of times word j occurs in text i.

    Word order is lost: "A beats B" equals "B beats A", unless `ngram_range=(1, 2)` also counts
    pairs of words. Words are those of `mm_keras.text.tokenize`; the counts equal scikit-learn's
    `CountVectorizer` on the same words. The vocabulary is learned from the texts given to `fit`;
    other words in later texts are ignored.

    Args:
        lowercase, stem, stop_words, token_pattern: what a word is, see `mm_keras.text.tokenize`.
        analyzer: "word"; or "char" or "char_wb" (within words) to count character n-grams, which
            helps with short texts and misspellings. Use a longer `ngram_range` then, e.g. (2, 4).
        ngram_range: (lowest, highest) number of adjacent words or characters that form one term.
            Default (1, 1).
        max_df: leave out terms that occur in more texts than this: int, or float as a fraction of
            the texts. Default 1.0.
        min_df: leave out terms that occur in fewer texts than this: int, or float as a fraction of
            the texts. Default 1.
        max_features: None or int, keep only the most frequent terms; ties are broken
            alphabetically.
        binary: bool, 1 for every term that occurs instead of its count.
        strict: bool, raise ValueError for empty texts instead of issuing a DataWarning.

    Attributes:
        vocabulary_: dict, term -> column, in alphabetical order.
        output_shape_: tuple (d,), d = number of terms.

    Shapes:
        n texts (str, or None where missing) -> scipy CSR matrix (n, d), float32, values >= 0.
        Missing texts, empty texts and texts without any known term are zero rows.

    Raises:
        TypeError: not a list of str or None.
        ValueError: no term is left, an invalid parameter, or (strict) an empty text.

    Example:
        >>> texts = ["Rain and wind", "wind, wind and sun", "Goal!"]
        >>> bag = BagOfWords().fit(texts)
        >>> bag.get_feature_names_out().tolist()
        ['and', 'goal', 'rain', 'sun', 'wind']
        >>> bag.transform(texts).toarray().astype(int).tolist()
        [[1, 0, 1, 0, 1], [1, 0, 0, 1, 2], [0, 1, 0, 0, 0]]

    Reference:
        G. Salton, A. Wong, C. S. Yang: A vector space model for automatic indexing, 1975.
    """

    one_pass = True  # `fit_transform` equals `fit` followed by `transform`, but is faster

    def __init__(
        self,
        lowercase: bool = True,
        stem: str | None = None,
        stop_words: str | Sequence[str] | None = None,
        token_pattern: str | None = None,
        analyzer: str = "word",
        ngram_range: tuple[int, int] = (1, 1),
        max_df: int | float = 1.0,
        min_df: int | float = 1,
        max_features: int | None = None,
        binary: bool = False,
        strict: bool = False,
    ):
        self.lowercase = lowercase
        self.stem = stem
        self.stop_words = stop_words
        self.token_pattern = token_pattern
        self.analyzer = analyzer
        self.ngram_range = ngram_range
        self.max_df = max_df
        self.min_df = min_df
        self.max_features = max_features
        self.binary = binary
        self.strict = strict

    def fit(self, samples: Sequence[str | None], y: object = None) -> Self:
        """Learn the vocabulary from a list of texts; returns self."""
        texts = checked_texts(samples)
        self._check_parameters()
        self._learn(collect_statistics(self._statistics, texts))
        return self

    def fit_transform(self, samples: Sequence[str | None], y: object = None) -> csr_matrix:
        """The same as `fit(samples).transform(samples)`, in one pass over the texts."""
        texts = checked_texts(samples)
        self._check_parameters()
        report_bad(empty_rows(texts), *EMPTY_TEXT, strict=self.strict)
        counts, names = count_parallel(self._count_new, texts)
        keep = self._learn(statistics(counts, names, texts))
        return self._weigh(counts if keep.all() else counts[:, np.flatnonzero(keep)])

    def transform(self, samples: Sequence[str | None]) -> csr_matrix:
        """Texts -> CSR matrix (n, d) float32."""
        check_is_fitted(self, "vocabulary_")
        texts = checked_texts(samples)
        report_bad(empty_rows(texts), *EMPTY_TEXT, strict=self.strict)
        return self._weigh(count_parallel(self._count_known, texts))

    def get_feature_names_out(self, input_features: object = None) -> np.ndarray:
        """The terms in the order of the columns: array (d,) of str objects."""
        check_is_fitted(self, "vocabulary_")
        return np.array(sorted(self.vocabulary_, key=self.vocabulary_.get), dtype=object)

    def _learn(self, stats):
        """Learn from the WordStatistics of the texts; returns a boolean mask of the words kept."""
        keep = kept_words(stats, self.min_df, self.max_df, self.max_features)
        if not keep.any():
            raise ValueError(
                f"The vocabulary is empty: none of the {len(stats.names)} terms of "
                f"{stats.num_texts} texts is left. Pass more texts, lower min_df, raise max_df, or "
                "use fewer stop words."
            )
        kept = np.array(stats.names, dtype=object)[keep]
        self.vocabulary_ = {word: column for column, word in enumerate(kept)}
        self.output_shape_ = (len(self.vocabulary_),)
        return keep

    def _count_new(self, texts):
        counts, words = count_new(texts, *self._term_rule())
        return self._binarize(counts), words

    def _count_known(self, texts):
        return self._binarize(count_known(texts, *self._term_rule(), self.vocabulary_))

    def _statistics(self, texts):
        texts = checked_texts(texts)
        return statistics(*self._count_new(texts), texts)

    def _binarize(self, counts):
        if self.binary:
            counts.data.fill(1)
        return counts

    def _weigh(self, counts):
        return counts

    def _term_rule(self):
        """(split, to_term) like `word_rule`, for words, word n-grams or character n-grams."""
        ngram_range = tuple(self.ngram_range)
        if self.analyzer == "word":
            split, to_word = word_rule(
                self.lowercase, self.stem, self.stop_words, self.token_pattern
            )
            if ngram_range == (1, 1):
                return split, to_word
        from sklearn.feature_extraction.text import CountVectorizer

        if self.analyzer == "word":
            vectorizer = CountVectorizer(
                preprocessor=split,
                ngram_range=ngram_range,
                token_pattern=None,
                tokenizer=lambda tokens: [w for w in map(to_word, tokens) if w is not None],
            )
        else:
            vectorizer = CountVectorizer(
                preprocessor=lambda text: normalize(text, self.lowercase),
                analyzer=self.analyzer,
                ngram_range=ngram_range,
            )
        return vectorizer.build_analyzer(), str

    def _check_parameters(self):
        if self.analyzer not in ("word", "char", "char_wb"):
            raise ValueError(
                f"analyzer must be 'word', 'char' or 'char_wb'. Received: {self.analyzer!r}."
            )
        if self.analyzer != "word" and (self.stem or self.stop_words or self.token_pattern):
            raise ValueError(
                "stem, stop_words and token_pattern apply to words only. Leave them out, or pass "
                f"analyzer='word'. Received: analyzer={self.analyzer!r}."
            )
        pair = tuple(self.ngram_range)
        if not (
            len(pair) == 2
            and all(isinstance(n, Integral) for n in pair)
            and 1 <= pair[0] <= pair[1]
        ):
            raise ValueError(
                "ngram_range must be two ints with 1 <= lowest <= highest. "
                f"Received: {self.ngram_range!r}."
            )
        check_limits(self.min_df, self.max_df, self.max_features)
