"""BagOfWords: how often each word of a vocabulary occurs in a text."""

from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
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
from mm_keras.text.tokens import EMPTY_TEXT, checked_texts, empty_rows, normalize, word_rule
from mm_keras.utils.messages import report_bad


class BagOfWords(TransformerMixin, BaseEstimator):
    """Word counts: row i, column j holds how often word j occurs in text i.

    The order of the words is lost ("A beats B" equals "B beats A" unless `ngram_range=(1, 2)` counts word pairs too).
    Words are those of `mm_keras.text.tokenize`; the counts equal scikit-learn's `CountVectorizer` on the same words.
    The vocabulary is learned from the texts given to `fit`; later texts' other words are left out.

    Args:
        lowercase, stem, stop_words, token_pattern: what a word is, see `mm_keras.text.tokenize`.
        analyzer: "word"; or "char" or "char_wb" (within words) to count runs of characters, which helps on short texts
            and misspellings: choose a longer `ngram_range`, e.g. (2, 4).
        ngram_range: (lowest, highest) number of neighboring words or characters that make one term. Default (1, 1).
        max_df: leave out terms that occur in more texts than this: int, or float as a share of the texts. Default 1.0.
        min_df: leave out terms that occur in fewer texts than this: int, or float as a share. Default 1.
        max_features: None or int, keep only the most frequent terms; ties are broken by the alphabet.
        binary: bool, 1 for "occurs" instead of the count.
        strict: bool, raise ValueError for an empty text instead of one DataWarning.

    Attributes:
        vocabulary_: dict, term -> column, in alphabetical order.
        output_shape_: tuple (d,), d = number of terms.

    Shapes:
        n texts (str, or None where missing) -> scipy CSR matrix (n, d), float32, values >= 0. Missing and empty texts,
        and those without any known word, are zero rows.

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

    one_pass = (
        True  # `fit_transform` gives exactly what `fit` and then `transform` give, and sooner
    )

    def __init__(
        self,
        lowercase=True,
        stem=None,
        stop_words=None,
        token_pattern=None,
        analyzer="word",
        ngram_range=(1, 1),
        max_df=1.0,
        min_df=1,
        max_features=None,
        binary=False,
        strict=False,
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

    def fit(self, samples, y=None):
        """Learn the vocabulary from a list of texts; returns self."""
        texts = checked_texts(samples)
        self._check_parameters()
        self._learn(collect_statistics(self._statistics, texts))
        return self

    def fit_transform(self, samples, y=None):
        """The same as `fit(samples).transform(samples)`, in one pass over the texts."""
        texts = checked_texts(samples)
        self._check_parameters()
        report_bad(empty_rows(texts), *EMPTY_TEXT, strict=self.strict)
        counts, names = count_parallel(self._count_new, texts)
        keep = self._learn(statistics(counts, names, texts))
        return self._weigh(counts if keep.all() else counts[:, np.flatnonzero(keep)])

    def transform(self, samples):
        """Texts -> CSR matrix (n, d) float32."""
        check_is_fitted(self, "vocabulary_")
        texts = checked_texts(samples)
        report_bad(empty_rows(texts), *EMPTY_TEXT, strict=self.strict)
        return self._weigh(count_parallel(self._count_known, texts))

    def get_feature_names_out(self, input_features=None):
        """The terms in the order of the columns: array (d,) of str objects."""
        check_is_fitted(self, "vocabulary_")
        return np.array(sorted(self.vocabulary_, key=self.vocabulary_.get), dtype=object)

    def _learn(self, words):
        """Learn from the WordStatistics of the texts; returns which words are kept, a boolean array."""
        keep = kept_words(words, self.min_df, self.max_df, self.max_features)
        if not keep.any():
            raise ValueError(
                f"The vocabulary is empty: none of the {len(words.names)} terms of {words.num_texts} texts is left. "
                "Give more texts, lower min_df, raise max_df, or use fewer stop words."
            )
        self.vocabulary_ = {
            word: column for column, word in enumerate(np.array(words.names, dtype=object)[keep])
        }
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
        """(split, name) as in `word_rule`, but for terms: words, word n-grams or character n-grams."""
        ngram_range = tuple(self.ngram_range)
        if self.analyzer == "word":
            split, name = word_rule(self.lowercase, self.stem, self.stop_words, self.token_pattern)
            if ngram_range == (1, 1):
                return split, name
        from sklearn.feature_extraction.text import CountVectorizer

        if self.analyzer == "word":
            vectorizer = CountVectorizer(
                preprocessor=split,
                ngram_range=ngram_range,
                token_pattern=None,
                tokenizer=lambda tokens: [w for w in map(name, tokens) if w is not None],
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
                "stem, stop_words, token_pattern are about words: leave them out or pass analyzer='word'. "
                f"Received: analyzer={self.analyzer!r}."
            )
        pair = tuple(self.ngram_range)
        if not (
            len(pair) == 2
            and all(isinstance(n, Integral) for n in pair)
            and 1 <= pair[0] <= pair[1]
        ):
            raise ValueError(
                f"ngram_range must be two ints, 1 <= lowest <= highest. Received: {self.ngram_range!r}."
            )
        check_limits(self.min_df, self.max_df, self.max_features)
