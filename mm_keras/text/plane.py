"""TextPlane: a text as a gray image, for data-level fusion."""

from collections.abc import Sequence
from numbers import Integral
from typing import Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from mm_keras.text._counting import (
    MIN_CHUNK,
    check_limits,
    collect_statistics,
    count_known,
    count_new,
    kept_words,
    statistics,
)
from mm_keras.text.base import TextExtractor
from mm_keras.text.tfidf import inverse_document_frequency, scaled_rows
from mm_keras.text.tokens import EMPTY_TEXT, checked_texts, empty_rows, word_rule
from mm_keras.utils.messages import report_bad
from mm_keras.utils.parallel import concat_chunks, map_chunks

MAX_TOPIC_TEXTS = 20_000  # topics are learned from at most so many texts
MAX_TOPIC_WORDS = 20_000  # and words
SPREAD = 6  # standard deviations of a topic from black to white


class TextPlane(TextExtractor):
    """A gray image of a text: a strip of pixels that can be stacked with a photograph in one array.

    `encoding="words"`: each word of the vocabulary has its own pixel, which is black where the text
    does not contain the word. Pixels are given to the rows * columns words that occur in the most
    training texts, row by row, starting with the most frequent word in the top left corner (ties
    are broken alphabetically). The gray level of word j is

        "tfidf": tf[j] * idf[j],  "count": tf[j],  "binary": 1 if tf[j] > 0,

    with tf = count in this text and idf[j] = ln((1 + n) / (1 + df[j])) + 1 as in `TFIDF`, divided
    by the largest value of the text. So the strongest word of every text is white (1.0), and short
    and long texts are equally bright. With few pixels, `stop_words` saves them for informative
    words.

    `encoding="topics"`: each topic has its own column of the strip, over all rows. Topics are the
    directions in which the training texts differ most (latent semantic analysis): as many leading
    singular vectors as there are columns, of the matrix of word values ("tfidf", ... as above, each
    row of Euclidean norm 1). The gray level of a topic is
    1/2 + (z - mean of z) / (6 * standard deviation of z), clipped to [0, 1], where z is the dot
    product of the row and the topic. A few pixels then represent the whole vocabulary, and every
    3 x 3 window of a convolution sees three topics in full. A text without a known word is black.
    The text is thus encoded before it is combined with the image, and no longer raw: the price of a
    strip that a network can learn from.

    `encoding="bytes"`: the UTF-8 bytes of the text divided by 255, row by row, truncated or padded
    with 0. Nothing is learned, not even what a word is: a word looks different at every position,
    and a small CNN learns next to nothing from it. It is kept as an instructive failure of fusing
    data that are raw in both modalities.

    Args:
        shape: (rows, columns), two ints >= 1. Use as many columns as the image has. Default
            (16, 64).
        encoding: "words", "topics" or "bytes". Default "words".
        values: "tfidf", "count" or "binary", the value of a word. Default "tfidf".
        lowercase, stem, stop_words, token_pattern: what a word is, see `mm_keras.text.tokenize`.
        min_df, max_df: leave out rare and common words, see `BagOfWords`.
        strict: bool, raise ValueError for empty texts instead of issuing a DataWarning.

    Attributes:
        words_: list of str. For "words" the word at pixel k, which is in row k // columns and
            column k % columns; at most rows * columns words, and any further pixels stay black. For
            "topics" all words (at most the 20,000 that occur in the most texts). Empty for "bytes".
        idf_: float32 array (number of words,), the rarity of each word. Empty for "bytes".
        topics_: float32 array (columns, number of words), the topic of each column. Topics beyond
            the number of texts or words are zero. Learned from at most 20,000 texts, evenly spaced.
            Empty unless "topics".
        center_, spread_: float32 arrays (columns,), the mean and 6 standard deviations of z. Empty
            unless "topics".
        output_shape_: tuple (rows, columns, 1).

    Shapes:
        n texts (str, or None where missing) -> float32 array (n, rows, columns, 1), values in
        [0, 1]. Missing and empty texts are black.

    Raises:
        TypeError: not a list of str or None.
        ValueError: no word is left, an invalid parameter, or (strict) an empty text.

    Example:
        "wind" occurs in three texts, "sun" in two and "rain" in one, which gives their order.

        >>> plane = TextPlane(shape=(2, 2), values="count")
        >>> plane.fit(["wind sun", "sun wind", "wind rain"]).words_
        ['wind', 'sun', 'rain']
        >>> plane.transform(["rain wind rain"])[0, :, :, 0].tolist()
        [[0.5, 0.0], [1.0, 0.0]]
        >>> bytes_plane = TextPlane(shape=(1, 3), encoding="bytes").fit([]).transform(["AB"])
        >>> (bytes_plane * 255).round().astype(int).ravel().tolist()  # "A" is byte 65
        [65, 66, 0]

    Reference:
        I. Gallo, A. Calefati, S. Nawaz, M. K. Janjua: Image and encoded text fusion for multi-modal
        classification, 2018. S. Deerwester, S. Dumais, G. Furnas, T. Landauer, R. Harshman:
        Indexing by latent semantic analysis, 1990. X. Zhang, J. Zhao, Y. LeCun: Character-level
        convolutional networks for text classification, 2015.
    """

    def __init__(
        self,
        shape: tuple[int, int] = (16, 64),
        encoding: str = "words",
        values: str = "tfidf",
        lowercase: bool = True,
        stem: str | None = None,
        stop_words: str | Sequence[str] | None = None,
        token_pattern: str | None = None,
        min_df: int | float = 1,
        max_df: int | float = 1.0,
        strict: bool = False,
    ):
        self.shape = shape
        self.encoding = encoding
        self.values = values
        self.lowercase = lowercase
        self.stem = stem
        self.stop_words = stop_words
        self.token_pattern = token_pattern
        self.min_df = min_df
        self.max_df = max_df
        self.strict = strict

    def fit(self, samples: Sequence[str | None], y: object = None) -> Self:
        """Choose the words or learn the topics (nothing for "bytes"); returns self."""
        self._check_parameters()
        texts = checked_texts(samples)
        self.words_, self.idf_ = [], np.zeros(0, dtype=np.float32)
        self.topics_, self.center_, self.spread_ = (np.zeros(0, dtype=np.float32) for _ in range(3))
        if self.encoding != "bytes":
            self._choose_words(texts)
        if self.encoding == "topics":
            self._learn_topics(texts[:: -(-len(texts) // MAX_TOPIC_TEXTS)])
        self.output_shape_ = (*map(int, self.shape), 1)
        return self

    def transform(self, samples: Sequence[str | None]) -> np.ndarray:
        """Texts -> float32 array (n, rows, columns, 1)."""
        check_is_fitted(self, "output_shape_")
        texts = checked_texts(samples)
        report_bad(empty_rows(texts), *EMPTY_TEXT, strict=self.strict)
        encode = {
            "words": self._encode_words,
            "topics": self._encode_topics,
            "bytes": self._encode_bytes,
        }[self.encoding]
        chunks = map_chunks(encode, texts, max(len(texts), 1), MIN_CHUNK)
        rows = concat_chunks(chunks, len(texts), (self.shape[0] * self.shape[1],))
        return rows.reshape(len(texts), *self.output_shape_)

    def _choose_words(self, texts):
        stats = collect_statistics(self._statistics, texts)
        allowed = np.flatnonzero(kept_words(stats, self.min_df, self.max_df, max_features=None))
        limit = MAX_TOPIC_WORDS if self.encoding == "topics" else self.shape[0] * self.shape[1]
        pixels = allowed[np.argsort(-stats.frequency[allowed], kind="stable")][:limit]
        if not pixels.size:
            raise ValueError(
                f"The vocabulary is empty: none of the {len(stats.names)} words of "
                f"{stats.num_texts} texts is left. Pass more texts, lower min_df, raise max_df, or "
                "use fewer stop words."
            )
        self.words_ = [stats.names[pixel] for pixel in pixels]
        self.idf_ = inverse_document_frequency(stats.frequency[pixels], stats.num_texts)

    def _statistics(self, texts):
        texts = checked_texts(texts)
        return statistics(*count_new(texts, *self._word_rule()), texts)

    def _learn_topics(self, texts):
        from sklearn.decomposition import TruncatedSVD

        rows = self._values(texts, "l2")
        rows = rows[np.diff(rows.indptr) > 0]
        svd = TruncatedSVD(min(self.shape[1], *rows.shape), random_state=0).fit(rows)
        topics = svd.components_.astype(np.float32)
        self.topics_ = np.pad(topics, ((0, self.shape[1] - len(topics)), (0, 0)))
        z = rows @ self.topics_.T
        self.center_ = z.mean(axis=0)
        self.spread_ = np.where(z.std(axis=0) > 1e-6, SPREAD * z.std(axis=0), 1).astype(np.float32)

    def _values(self, texts, norm):
        """The word values of each text, divided by the norm: CSR float32 (n, number of words)."""
        columns = {word: column for column, word in enumerate(self.words_)}
        counts = count_known(texts, *self._word_rule(), columns)
        if self.values == "tfidf":
            counts.data *= self.idf_[counts.indices]
        elif self.values == "binary":
            counts.data.fill(1)
        return scaled_rows(counts, norm)

    def _encode_words(self, texts):
        rows = np.zeros((len(texts), self.shape[0] * self.shape[1]), dtype=np.float32)
        rows[:, : len(self.words_)] = self._values(texts, "max").toarray()
        return rows

    def _encode_topics(self, texts):
        rows = self._values(texts, "l2")
        gray = np.clip(
            (rows @ self.topics_.T - self.center_) / self.spread_ + np.float32(0.5), 0, 1
        )
        gray[np.diff(rows.indptr) == 0] = 0
        return np.tile(gray, self.shape[0])

    def _encode_bytes(self, texts):
        size = self.shape[0] * self.shape[1]
        rows = np.zeros((len(texts), size), dtype=np.float32)
        for row, text in zip(rows, texts):
            if text is not None and text.strip():
                codes = np.frombuffer(text.encode("utf-8", "replace")[:size], dtype=np.uint8)
                row[: len(codes)] = codes / np.float32(255)
        return rows

    def _word_rule(self):
        return word_rule(self.lowercase, self.stem, self.stop_words, self.token_pattern)

    def _check_parameters(self):
        shape = tuple(self.shape) if isinstance(self.shape, (tuple, list)) else ()
        if not (
            len(shape) == 2 and all(isinstance(size, Integral) and size >= 1 for size in shape)
        ):
            raise ValueError(
                f"shape must be (rows, columns), two ints >= 1. Received: {self.shape!r}."
            )
        for key, choices in (
            ("encoding", ("words", "topics", "bytes")),
            ("values", ("tfidf", "count", "binary")),
        ):
            if getattr(self, key) not in choices:
                raise ValueError(
                    f"{key} must be one of {choices}. Received: {getattr(self, key)!r}."
                )
        check_limits(self.min_df, self.max_df)
