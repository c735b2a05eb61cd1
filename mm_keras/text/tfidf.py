"""TFIDF: word counts in which rare words weigh more."""

import numpy as np
from sklearn.preprocessing import normalize

from mm_keras.text.bag_of_words import BagOfWords


class TFIDF(BagOfWords):
    """Word counts, each times the rarity of its word, and each row scaled to length 1.

    A word that stands in every text tells little about one of them, a rare one much:

        tfidf[i, j] = tf[i, j] * idf[j],   idf[j] = ln((1 + n) / (1 + df[j])) + 1,

    tf = count of word j in text i, n = number of texts seen by `fit`, df[j] = how many of them hold word j. Then each
    row is divided by its Euclidean length. Textbooks write idf = ln(n / df), which erases words that stand in every
    text; like scikit-learn's `TfidfVectorizer`, whose result this equals on the same words, we add 1 (and one imagined
    text that holds every word: `smooth_idf`).

    Args:
        lowercase, stem, stop_words, token_pattern, analyzer, ngram_range, max_df, min_df, max_features, binary, strict:
            see `BagOfWords`.
        norm: "l2" (each row has length 1), "l1" (its absolute values sum to 1), "max", or None. Default "l2".
        use_idf: bool, weigh by rarity. Default True.
        smooth_idf: bool, add one to n and df. Default True; False gives ln(n / df) + 1.
        sublinear_tf: bool, use 1 + ln(tf) instead of tf: the tenth mention adds less than the first. Default False.

    Attributes:
        vocabulary_: dict, term -> column, in alphabetical order.
        idf_: float32 array (d,), the rarity of each term (with `use_idf`).
        output_shape_: tuple (d,).

    Shapes:
        n texts (str, or None where missing) -> scipy CSR matrix (n, d), float32, values in [0, 1] with a norm. Missing
        and empty texts, and those without any known word, are zero rows.

    Raises:
        TypeError: not a list of str or None.
        ValueError: no term is left, an invalid parameter, or (strict) an empty text.

    Example:
        "wind" stands in both texts: idf = ln(3/3) + 1 = 1. "sun" in one: idf = ln(3/2) + 1 = 1.405.
        Row 1 is (1.405, 1) / sqrt(1.405^2 + 1^2) = (0.815, 0.580).

        >>> tfidf = TFIDF().fit(["sun wind", "wind"])
        >>> tfidf.vocabulary_
        {'sun': 0, 'wind': 1}
        >>> tfidf.idf_.round(3)
        array([1.405, 1.   ], dtype=float32)
        >>> [[f"{value:.3f}" for value in row] for row in tfidf.transform(["sun wind", "wind rain"]).toarray()]
        [['0.815', '0.580'], ['0.000', '1.000']]

    Reference:
        K. Sparck Jones: A statistical interpretation of term specificity and its application in retrieval, 1972.
        G. Salton, C. Buckley: Term-weighting approaches in automatic text retrieval, 1988.
    """

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
        norm="l2",
        use_idf=True,
        smooth_idf=True,
        sublinear_tf=False,
    ):
        super().__init__(
            lowercase,
            stem,
            stop_words,
            token_pattern,
            analyzer,
            ngram_range,
            max_df,
            min_df,
            max_features,
            binary,
            strict,
        )
        self.norm = norm
        self.use_idf = use_idf
        self.smooth_idf = smooth_idf
        self.sublinear_tf = sublinear_tf

    def _learn(self, words):
        keep = super()._learn(words)
        if self.use_idf:
            self.idf_ = inverse_document_frequency(
                words.frequency[keep], words.num_texts, self.smooth_idf
            )
        return keep

    def _weigh(self, counts):
        if self.sublinear_tf:
            counts.data = 1 + np.log(counts.data)
        if self.use_idf:
            counts.data *= self.idf_[counts.indices]
        return scaled_rows(counts, self.norm)

    def _check_parameters(self):
        super()._check_parameters()
        if self.norm not in ("l1", "l2", "max", None):
            raise ValueError(f"norm must be 'l1', 'l2', 'max' or None. Received: {self.norm!r}.")


def inverse_document_frequency(frequency, num_texts, smooth=True):
    """ln((s + n) / (s + df)) + 1 per word, s = 1 when smooth: float32 array (d,)."""
    frequency = frequency.astype(np.float32) + np.float32(smooth)
    return np.log(np.float32(num_texts + smooth) / frequency) + np.float32(1)


def scaled_rows(counts, norm):
    """Divide each row by its norm ("l1", "l2" or "max"); zero rows stay zero, and `norm=None` changes nothing."""
    if norm is None or not counts.shape[0]:  # scikit-learn refuses a matrix without rows
        return counts
    return normalize(counts, norm, copy=False)
