"""Counting words into a sparse matrix, shared by BagOfWords, TFIDF and TextPlane."""

from array import array
from collections import Counter, namedtuple
from numbers import Integral, Real

import numpy as np
import scipy.sparse as sp

from mm_keras.utils.parallel import map_chunks

MAX_CHUNK, MIN_CHUNK = (
    8192,
    512,
)  # texts that are counted at a time; fewer are not worth the way to another process

# What is known about the words of some texts: names (list of d words in alphabetical order), frequency (int array (d,): in
# how many texts each occurs), total (array (d,): how often in all), num_texts (texts that are not missing).
WordStatistics = namedtuple("WordStatistics", "names frequency total num_texts")


class Lookup(dict):
    """A dict that fills itself: `lookup[key]` is `function(key)`, computed once per different key."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def __missing__(self, key):
        value = self[key] = self.function(key)
        return value


def count_new(texts, split, name):
    """Count all words of the texts: (counts CSR float32 (n, d), list of the d words in alphabetical order).

    `split(text)` gives tokens; `name(token)` gives the word a token stands for, or None to leave it out.
    """
    columns = {}

    def column(token):
        word = name(token)
        return -1 if word is None else columns.setdefault(word, len(columns))

    counts = _count(texts, split, Lookup(column), columns)
    words = sorted(columns)
    order = np.empty(len(words), dtype=counts.indices.dtype)
    order[[columns[word] for word in words]] = np.arange(len(words))
    return _renumbered(counts, order, len(words)), words


def count_parallel(count_part, texts):
    """`count_part(texts)`, a CSR matrix or (like `count_new`) one with its words, counted by joblib's workers."""
    parts = [part for _, part in map_chunks(count_part, texts, max(len(texts), 1), MIN_CHUNK)] or [
        count_part([])
    ]
    if len(parts) == 1:
        return parts[0]
    if not isinstance(parts[0], tuple):
        return sp.vstack(parts, format="csr")
    names = sorted(set().union(*(words for _, words in parts)))
    columns = {word: column for column, word in enumerate(names)}
    counts = [
        _renumbered(counts, np.array([columns[word] for word in words], np.int32), len(names))
        for counts, words in parts
    ]
    return sp.vstack(counts, format="csr"), names


def collect_statistics(part_statistics, texts):
    """The WordStatistics of all texts; `part_statistics(part)` gives those of a part. Memory: for one part at a time."""
    frequency, total, num_texts = Counter(), Counter(), 0
    for _, part in map_chunks(part_statistics, texts, MAX_CHUNK, MIN_CHUNK):
        frequency.update(dict(zip(part.names, part.frequency.tolist())))
        total.update(dict(zip(part.names, part.total.tolist())))
        num_texts += part.num_texts
    names = sorted(frequency)
    return WordStatistics(
        names,
        np.array([frequency[name] for name in names], int),
        np.array([total[name] for name in names]),
        num_texts,
    )


def statistics(counts, names, texts):
    """The WordStatistics of texts whose counts (n, d) are known."""
    return WordStatistics(
        names,
        np.bincount(counts.indices, minlength=counts.shape[1]),
        np.bincount(counts.indices, weights=counts.data, minlength=counts.shape[1]),
        sum(text is not None for text in texts),
    )


def _renumbered(counts, order, num_words):
    """The counts with column j moved to column order[j]."""
    moved = sp.csr_matrix(
        (counts.data, order[counts.indices], counts.indptr), shape=(counts.shape[0], num_words)
    )
    moved.sort_indices()
    return moved


def count_known(texts, split, name, columns):
    """Count the words in `columns` (dict word -> column) and leave out all others: CSR float32 (n, d)."""
    return _count(texts, split, Lookup(lambda token: columns.get(name(token), -1)), columns)


def _count(texts, split, column_of, columns):
    found, ends = array("i"), [0]
    for text in texts:
        if text is not None and text.strip():  # for characters white space would count
            found.extend(map(column_of.__getitem__, split(text)))
        ends.append(len(found))
    found = np.array(found, dtype=np.int32)
    known = found >= 0
    starts = np.concatenate([[0], np.cumsum(known)])[ends]
    ones = np.ones(starts[-1], dtype=np.float32)
    counts = sp.csr_matrix((ones, found[known], starts), shape=(len(texts), len(columns)))
    counts.sum_duplicates()  # equal words of one text become one entry with their number
    return counts


def kept_words(words, min_df, max_df, max_features):
    """Boolean array (d,): words in at least `min_df` and at most `max_df` texts, of these the `max_features` most
    frequent ones; among equally frequent ones the first in the alphabet (scikit-learn leaves that to its sort)."""
    low = min_df if isinstance(min_df, Integral) else min_df * words.num_texts
    high = max_df if isinstance(max_df, Integral) else max_df * words.num_texts
    keep = (words.frequency >= low) & (words.frequency <= high)
    if max_features is not None and keep.sum() > max_features:
        candidates = np.flatnonzero(keep)
        keep[candidates[np.argsort(-words.total[candidates], kind="stable")[max_features:]]] = False
    return keep


def check_limits(min_df, max_df, max_features=None):
    """ValueError unless the arguments of `kept_words` make sense."""
    for key, value in (("min_df", min_df), ("max_df", max_df)):
        if not (
            isinstance(value, Integral)
            and value >= 1
            or isinstance(value, Real)
            and 0 <= value <= 1
        ):
            raise ValueError(
                f"{key} must be an int >= 1 (texts) or a float in [0, 1] (share). Received: {value!r}."
            )
    if not (max_features is None or isinstance(max_features, Integral) and max_features >= 1):
        raise ValueError(f"max_features must be None or an int >= 1. Received: {max_features!r}.")
