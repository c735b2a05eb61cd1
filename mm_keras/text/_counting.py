"""Counting words into a sparse matrix, shared by BagOfWords, TFIDF and TextPlane."""

from array import array
from collections import Counter, namedtuple
from numbers import Integral, Real

import numpy as np
import scipy.sparse as sp

from mm_keras.utils.parallel import map_chunks

MAX_CHUNK = 8192  # texts counted at a time
MIN_CHUNK = 512  # with fewer texts, sending them to another process costs more than it saves

# Statistics of the words in some texts:
#     names: list of the d words in alphabetical order
#     frequency: int array (d,), the number of texts that contain each word
#     total: array (d,), the number of occurrences of each word
#     num_texts: number of texts that are not missing
WordStatistics = namedtuple("WordStatistics", "names frequency total num_texts")


class Lookup(dict):
    """A self-filling dict: `lookup[key]` is `function(key)`, computed once per distinct key."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def __missing__(self, key):
        value = self[key] = self.function(key)
        return value


def count_new(texts, split, to_word):
    """Count all words of the texts: (CSR float32 (n, d), list of the d words, alphabetical).

    `split(text)` gives tokens; `to_word(token)` gives the word of a token, or None to leave it out.
    """
    columns = {}

    def column(token):
        word = to_word(token)
        return -1 if word is None else columns.setdefault(word, len(columns))

    counts = _count(texts, split, Lookup(column), columns)
    words = sorted(columns)
    order = np.empty(len(words), dtype=counts.indices.dtype)
    order[[columns[word] for word in words]] = np.arange(len(words))
    return _reorder_columns(counts, order, len(words)), words


def count_parallel(count_chunk, texts):
    """The counts of all texts, computed chunk by chunk on joblib's workers.

    `count_chunk(texts)` returns a CSR matrix, or a pair (CSR matrix, words) like `count_new`; so
    does this function.
    """
    chunks = [chunk for _, chunk in map_chunks(count_chunk, texts, max(len(texts), 1), MIN_CHUNK)]
    chunks = chunks or [count_chunk([])]
    if len(chunks) == 1:
        return chunks[0]
    if not isinstance(chunks[0], tuple):
        return sp.vstack(chunks, format="csr")
    names = sorted(set().union(*(words for _, words in chunks)))
    columns = {word: column for column, word in enumerate(names)}
    counts = [
        _reorder_columns(counts, np.array([columns[word] for word in words], np.int32), len(names))
        for counts, words in chunks
    ]
    return sp.vstack(counts, format="csr"), names


def collect_statistics(chunk_statistics, texts):
    """The WordStatistics of all texts, using the memory of one chunk at a time.

    `chunk_statistics(texts)` gives the WordStatistics of one chunk.
    """
    frequency, total, num_texts = Counter(), Counter(), 0
    for _, chunk in map_chunks(chunk_statistics, texts, MAX_CHUNK, MIN_CHUNK):
        frequency.update(dict(zip(chunk.names, chunk.frequency.tolist())))
        total.update(dict(zip(chunk.names, chunk.total.tolist())))
        num_texts += chunk.num_texts
    names = sorted(frequency)
    return WordStatistics(
        names,
        np.array([frequency[name] for name in names], int),
        np.array([total[name] for name in names]),
        num_texts,
    )


def statistics(counts, names, texts):
    """The WordStatistics of texts, given their counts (n, d)."""
    return WordStatistics(
        names,
        np.bincount(counts.indices, minlength=counts.shape[1]),
        np.bincount(counts.indices, weights=counts.data, minlength=counts.shape[1]),
        sum(text is not None for text in texts),
    )


def _reorder_columns(counts, order, num_words):
    """The counts with column j moved to column order[j]."""
    moved = sp.csr_matrix(
        (counts.data, order[counts.indices], counts.indptr), shape=(counts.shape[0], num_words)
    )
    moved.sort_indices()
    return moved


def count_known(texts, split, to_word, columns):
    """Count only the words in `columns` (dict word -> column): CSR float32 (n, d)."""
    return _count(texts, split, Lookup(lambda token: columns.get(to_word(token), -1)), columns)


def _count(texts, split, column_of, columns):
    indices, ends = array("i"), [0]
    for text in texts:
        if text is not None and text.strip():  # character n-grams would count white space
            indices.extend(map(column_of.__getitem__, split(text)))
        ends.append(len(indices))
    indices = np.array(indices, dtype=np.int32)
    known = indices >= 0
    starts = np.concatenate([[0], np.cumsum(known)])[ends]
    ones = np.ones(starts[-1], dtype=np.float32)
    counts = sp.csr_matrix((ones, indices[known], starts), shape=(len(texts), len(columns)))
    counts.sum_duplicates()  # repeated words of a text become one entry with their count
    return counts


def kept_words(stats, min_df, max_df, max_features):
    """Boolean array (d,): the words in at least `min_df` and at most `max_df` texts.

    Of these only the `max_features` most frequent ones are kept. Ties are broken alphabetically
    (scikit-learn leaves them to its sort).
    """
    low = min_df if isinstance(min_df, Integral) else min_df * stats.num_texts
    high = max_df if isinstance(max_df, Integral) else max_df * stats.num_texts
    keep = (stats.frequency >= low) & (stats.frequency <= high)
    if max_features is not None and keep.sum() > max_features:
        candidates = np.flatnonzero(keep)
        keep[candidates[np.argsort(-stats.total[candidates], kind="stable")[max_features:]]] = False
    return keep


def check_limits(min_df, max_df, max_features=None):
    """Raise ValueError unless these are valid arguments of `kept_words`."""
    for key, value in (("min_df", min_df), ("max_df", max_df)):
        is_count = isinstance(value, Integral) and value >= 1
        if not (is_count or isinstance(value, Real) and 0 <= value <= 1):
            raise ValueError(
                f"{key} must be an int >= 1 (number of texts) or a float in [0, 1] "
                f"(fraction of the texts). Received: {value!r}."
            )
    if not (max_features is None or isinstance(max_features, Integral) and max_features >= 1):
        raise ValueError(f"max_features must be None or an int >= 1. Received: {max_features!r}.")
