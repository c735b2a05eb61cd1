"""TFIDF: word counts that give more weight to rare words."""

from collections.abc import Sequence

import numpy as np
from sklearn.preprocessing import normalize

from mm_keras.text.bag_of_words import BagOfWords


class TFIDF(BagOfWords):
    """Word counts weighted by the rarity of each word; every row is scaled to length 1.

    A word that occurs in every text says little about any one of them; a rare word says a lot:

        tfidf[i, j] = tf[i, j] * idf[j],   idf[j] = ln((1 + n) / (1 + df[j])) + 1,

    where tf is the count of word j in text i, n the number of texts seen by `fit`, and df[j] the
    number of those that contain word j. Each row is then divided by its Euclidean norm. Textbooks
    define idf = ln(n / df), which gives weight 0 to words that occur in every text. Like
    scikit-learn's `TfidfVectorizer`, whose result this equals on the same words, we add 1 (and with
    `smooth_idf` one imaginary text that contains every word).

    Args:
        lowercase, stem, stop_words, token_pattern, analyzer, ngram_range, max_df, min_df,
            max_features, binary, strict: see `BagOfWords`.
        norm: "l2" (each row has length 1), "l1" (the absolute values of a row sum to 1), "max", or
            None. Default "l2".
        use_idf: bool, weight by rarity. Default True.
        smooth_idf: bool, add one to n and df. Default True; False gives ln(n / df) + 1.
        sublinear_tf: bool, replace tf by 1 + ln(tf), so that the tenth occurrence adds less than
            the first. Default False.

    Attributes:
        vocabulary_: dict, term -> column, in alphabetical order.
        idf_: float32 array (d,), the rarity of each term (with `use_idf`).
        output_shape_: tuple (d,).

    Shapes:
        n texts (str, or None where missing) -> scipy CSR matrix (n, d), float32, values in [0, 1]
        with a norm. Missing texts, empty texts and texts without any known term are zero rows.

    Raises:
        TypeError: not a list of str or None.
        ValueError: no term is left, an invalid parameter, or (strict) an empty text.

    Example:
        "wind" occurs in both texts: idf = ln(3/3) + 1 = 1. "sun" in one: idf = ln(3/2) + 1 = 1.405.
        Row 1 is (1.405, 1) / sqrt(1.405^2 + 1^2) = (0.815, 0.580).

        >>> tfidf = TFIDF().fit(["sun wind", "wind"])
        >>> tfidf.vocabulary_
        {'sun': 0, 'wind': 1}
        >>> tfidf.idf_.round(3)
        array([1.405, 1.   ], dtype=float32)
        >>> rows = tfidf.transform(["sun wind", "wind rain"]).toarray()
        >>> [[f"{value:.3f}" for value in row] for row in rows]
        [['0.815', '0.580'], ['0.000', '1.000']]

    Reference:
        K. Sparck Jones: A statistical interpretation of term specificity and its application in
        retrieval, 1972. G. Salton, C. Buckley: Term-weighting approaches in automatic text
        retrieval, 1988.
    """

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
        norm: str | None = "l2",
        use_idf: bool = True,
        smooth_idf: bool = True,
        sublinear_tf: bool = False,
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

    def _learn(self, stats):
        keep = super()._learn(stats)
        if self.use_idf:
            self.idf_ = inverse_document_frequency(
                stats.frequency[keep], stats.num_texts, self.smooth_idf
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
    """ln((s + n) / (s + df)) + 1 per word, with s = 1 if `smooth` else 0: float32 array (d,)."""
    frequency = frequency.astype(np.float32) + np.float32(smooth)
    return np.log(np.float32(num_texts + smooth) / frequency) + np.float32(1)


def scaled_rows(counts, norm):
    """Divide each row by its norm ("l1", "l2", "max", or None: unchanged); zero rows stay zero."""
    if norm is None or not counts.shape[0]:  # scikit-learn rejects a matrix without rows
        return counts
    return normalize(counts, norm, copy=False)
