"""Counting words into a sparse matrix, shared by BagOfWords, TFIDF and TextPlane."""

from array import array
from numbers import Integral, Real

import numpy as np
import scipy.sparse as sp


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
    new_column = np.empty(len(words), dtype=counts.indices.dtype)
    new_column[[columns[word] for word in words]] = np.arange(len(words))
    counts.indices = new_column[counts.indices]
    counts.has_sorted_indices = False
    counts.sort_indices()
    return counts, words


def count_known(texts, split, name, columns):
    """Count the words in `columns` (dict word -> column) and leave out all others: CSR float32 (n, d)."""
    return _count(texts, split, Lookup(lambda token: columns.get(name(token), -1)), columns)


def _count(texts, split, column_of, columns):
    found, ends = array("i"), [0]
    for text in texts:
        if text is not None and text.strip():   # for characters white space would count
            found.extend(map(column_of.__getitem__, split(text)))
        ends.append(len(found))
    found = np.array(found, dtype=np.int32)
    known = found >= 0
    starts = np.concatenate([[0], np.cumsum(known)])[ends]
    ones = np.ones(starts[-1], dtype=np.float32)
    counts = sp.csr_matrix((ones, found[known], starts), shape=(len(texts), len(columns)))
    counts.sum_duplicates()   # equal words of one text become one entry with their number
    return counts


def document_frequency(counts):
    """In how many texts each word occurs: int array (d,)."""
    return np.bincount(counts.indices, minlength=counts.shape[1])


def kept_words(counts, num_texts, min_df, max_df, max_features):
    """Boolean array (d,): words in at least `min_df` and at most `max_df` texts, of these the `max_features` most
    frequent ones; among equally frequent ones the first in the alphabet (scikit-learn leaves that to its sort)."""
    frequency = document_frequency(counts)
    low = min_df if isinstance(min_df, Integral) else min_df * num_texts
    high = max_df if isinstance(max_df, Integral) else max_df * num_texts
    keep = (frequency >= low) & (frequency <= high)
    if max_features is not None and keep.sum() > max_features:
        total = np.bincount(counts.indices, weights=counts.data, minlength=counts.shape[1])
        candidates = np.flatnonzero(keep)
        keep[candidates[np.argsort(-total[candidates], kind="stable")[max_features:]]] = False
    return keep


def check_limits(min_df, max_df, max_features=None):
    """ValueError unless the arguments of `kept_words` make sense."""
    for key, value in (("min_df", min_df), ("max_df", max_df)):
        if not (isinstance(value, Integral) and value >= 1 or isinstance(value, Real) and 0 <= value <= 1):
            raise ValueError(f"{key} must be an int >= 1 (texts) or a float in [0, 1] (share). Received: {value!r}.")
    if not (max_features is None or isinstance(max_features, Integral) and max_features >= 1):
        raise ValueError(f"max_features must be None or an int >= 1. Received: {max_features!r}.")
