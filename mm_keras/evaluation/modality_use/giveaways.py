"""Single words and single columns of numbers that reveal a class without exception."""

import warnings
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from mm_keras.evaluation._checks import check_arrays
from mm_keras.text import BagOfWords
from mm_keras.utils.messages import DataWarning

MIN_COUNT = 10  # in a smaller class, some word of many may do so by chance


def giveaway_words(
    texts: Sequence[str | None], labels: ArrayLike, min_count: int = MIN_COUNT
) -> list[dict]:
    """Words that occur in all texts of one class and in no text of another.

    Such a word is what the class is about, or it gives the label away, like a category at the end
    of each text that new texts will not have.

    Args:
        texts: sequence of n str, or None for a missing text, which is ignored.
        labels: int array (n,).
        min_count: int, the least number of texts of the class.

    Returns:
        list of dict: "class" (int), "name" (the word) and "num_samples" (the texts of the class);
        in the order of the classes and of the words.

    Example:
        >>> texts = ["storm at sea", "calm sea", "goal [sports]", "match [sports]"]
        >>> giveaway_words(texts, [0, 0, 1, 1], min_count=2)
        [{'class': 0, 'name': 'sea', 'num_samples': 2}, {'class': 1, 'name': 'sports', 'num_samples': 2}]
    """  # noqa: E501
    labels = _check_labels({"text": texts}, labels)
    given = np.array([bool(text and text.strip()) for text in texts])
    texts, labels = [text for text in texts if text and text.strip()], labels[given]
    if not texts:
        return []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # of texts without words
        bag = BagOfWords(binary=True)
        try:
            occurs = bag.fit_transform(texts)
        except ValueError:  # there are no words
            return []
    names, total = bag.get_feature_names_out(), np.asarray(occurs.sum(axis=0)).ravel()
    found = []
    for label, count in zip(*np.unique(labels, return_counts=True)):
        if min_count <= count < len(texts):
            inside = np.asarray(occurs[np.flatnonzero(labels == label)].sum(axis=0)).ravel()
            found += _rows(label, names[(inside == count) & (total == count)], count)
    return found


def giveaway_columns(
    rows: ArrayLike,
    labels: ArrayLike,
    names: Sequence[str] | None = None,
    min_count: int = MIN_COUNT,
) -> list[dict]:
    """Columns whose numbers are all larger, or all smaller, in one class than in all others.

    Args:
        rows: float array (n, d); a column with NaN is ignored.
        labels: int array (n,).
        names: sequence of d str; by default "0", "1", ...
        min_count: int, the least number of samples of the class.

    Returns:
        list of dict, as of `giveaway_words`; "name" is that of the column.

    Example:
        >>> giveaway_columns([[1, 7], [2, 5], [3, 6]], [0, 0, 1], min_count=1)
        [{'class': 0, 'name': '0', 'num_samples': 2}, {'class': 1, 'name': '0', 'num_samples': 1}]
    """
    rows = np.asarray(rows, dtype=np.float64)
    labels = _check_labels({"rows": rows}, labels)
    names = np.array([str(i) for i in range(rows.shape[1])] if names is None else list(names))
    found = []
    for label, count in zip(*np.unique(labels, return_counts=True)):
        if min_count <= count < len(labels):
            inside, outside = rows[labels == label], rows[labels != label]
            larger = inside.min(axis=0) > outside.max(axis=0)
            smaller = inside.max(axis=0) < outside.min(axis=0)
            found += _rows(label, names[larger | smaller], count)
    return found


def _check_labels(arrays, labels):
    labels = check_arrays(arrays, labels)
    if labels.ndim == 2:
        raise ValueError("Giveaways need one class per sample. Received multi-label targets.")
    return labels


def _rows(label, names, count):
    return [{"class": int(label), "name": str(name), "num_samples": int(count)} for name in names]
