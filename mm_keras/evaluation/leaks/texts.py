"""Duplicate and near-duplicate texts, found without comparing every pair."""

import re
import unicodedata
from collections.abc import Sequence

import numpy as np

from mm_keras.utils.scripts import IDEOGRAPHS

# a single ideograph or kana counts as a word, because Chinese and Japanese use no spaces
WORD = re.compile(rf"[{IDEOGRAPHS}]|[^\W{IDEOGRAPHS}]+")


def normalize_text(text):
    """The text in Unicode's NFKC form, without differences in case and spaces."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def equal_pairs(keys):
    """All pairs i < j with equal keys; a key of None equals nothing.

    Args:
        keys: sequence of n hashable values or None.

    Returns:
        int array (m, 2), sorted.

    Example:
        >>> equal_pairs(["a", None, "a", None]).tolist()
        [[0, 2]]
    """
    indices = {}
    for i, key in enumerate(keys):
        if key is not None:
            indices.setdefault(key, []).append(i)
    groups = [np.array(same) for same in indices.values() if len(same) > 1]
    pairs = [same[np.stack(np.triu_indices(len(same), 1), axis=1)] for same in groups]
    return sort_pairs(np.concatenate(pairs) if pairs else [])


def sort_pairs(pairs):
    """The pairs as an int array (m, 2), sorted."""
    pairs = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def exact_duplicate_texts(texts: Sequence[str | None]) -> np.ndarray:
    """All pairs of texts that are equal up to case, spaces and Unicode normalization (NFKC).

    Empty and missing texts are never duplicates.

    Args:
        texts: sequence of n str or None.

    Returns:
        int array (m, 2) of indices i < j, sorted.

    Example:
        >>> exact_duplicate_texts(["Storm warning", "storm  WARNING", "", ""]).tolist()
        [[0, 1]]

    Reference: Unicode Standard Annex 15, Unicode normalization forms.
    """
    return equal_pairs([normalize_text(text or "") or None for text in texts])


def near_duplicate_texts(
    texts: Sequence[str | None], threshold: float = 0.7, shingle: int = 3
) -> tuple[np.ndarray, np.ndarray]:
    """All pairs of texts with a high Jaccard similarity of their sets of shingles.

        J(A, B) = |A and B| / |A or B|,  where A holds every `shingle` words in a row

    The search is exact, without sampling: two sets with J >= t share one of the
    |A| - ceil(t |A|) + 1 rarest shingles of A and of B, so that only texts that share a rare
    shingle are compared. Punctuation is not a word; a text with fewer words than `shingle` is one
    shingle; a text without words is never a duplicate.

    Args:
        texts: sequence of n str or None.
        threshold: float in (0, 1], minimum similarity.
        shingle: int >= 1, words per shingle. 1 compares sets of words.

    Returns:
        tuple: int array (m, 2) of indices i < j, sorted, and float array (m,) of their
        similarities.

    Example:
        >>> north, south = "a storm moves to the north coast", "a storm moves to the south coast"
        >>> pairs, similarity = near_duplicate_texts([north, south, "the team won"], threshold=0.4)
        >>> pairs.tolist(), similarity.round(2).tolist()    # 3 shingles of 5 + 5 - 3 are shared
        ([[0, 1]], [0.43])

    Reference: A. Z. Broder, On the resemblance and containment of documents, 1997; R. J. Bayardo,
    Y. Ma, R. Srikant, Scaling up all pairs similarity search, 2007.
    """
    if not 0 < threshold <= 1 or shingle < 1:
        raise ValueError(
            f"0 < threshold <= 1 and shingle >= 1 are needed. Received: {threshold} and {shingle}."
        )
    sets, size = _shingle_sets(texts, shingle)
    rare = _rarest(sets, size, threshold)
    pairs, similarities = [np.empty((0, 2), int)], [np.empty(0)]
    for start in range(0, len(texts), 500):
        shared = (rare[start : start + 500] @ rare.T).tocoo()
        first, second = shared.row + start, shared.col
        first, second = first[first < second], second[first < second]
        both = _num_common(sets, first, second)
        similarity = both / (size[first] + size[second] - both)
        close = similarity >= threshold - 1e-12
        pairs.append(np.stack([first, second], axis=1)[close])
        similarities.append(similarity[close])
    pairs, similarities = np.concatenate(pairs).astype(np.int64), np.concatenate(similarities)
    order = np.lexsort((pairs[:, 1], pairs[:, 0]))
    return pairs[order], similarities[order]


def _shingle_sets(texts, shingle):
    """0/1 matrix (texts, shingles), rarest shingle first, and the number of shingles per text."""
    from scipy.sparse import csr_matrix

    word_ids, words, text_ids = {}, [], []
    for i, text in enumerate(texts):
        ids = [
            word_ids.setdefault(word, len(word_ids) + 1)
            for word in WORD.findall(normalize_text(text or ""))
        ]
        ids += [0] * (shingle - len(ids)) if ids else []
        words += ids
        text_ids += [i] * len(ids)
    words, text_ids = np.array(words, dtype=np.int64), np.array(text_ids, dtype=np.int64)
    codes = words
    # number the sequences of step + 1 words; those that span two texts are removed below
    for step in range(1, shingle):
        codes = np.unique(codes[:-1] * (len(word_ids) + 1) + words[step:], return_inverse=True)[1]
    inside = text_ids[: len(codes)] == text_ids[len(text_ids) - len(codes) :]
    num_codes = codes.max(initial=0) + 1
    # each shingle once per text
    once = np.unique(text_ids[: len(codes)][inside] * num_codes + codes[inside])
    row, code = np.divmod(once, num_codes)
    _, column, num_texts = np.unique(code, return_inverse=True, return_counts=True)
    rank = np.empty(len(num_texts), dtype=np.int64)
    rank[np.argsort(num_texts, kind="stable")] = np.arange(len(num_texts))
    shape = (len(texts), max(1, len(num_texts)))
    sets = csr_matrix((np.ones(len(row), dtype=np.int32), (row, rank[column])), shape=shape)
    sets.sort_indices()
    return sets, np.diff(sets.indptr)


def _rarest(sets, size, threshold):
    """Only the rarest shingles of each text: so many that similar texts must share one of them.

    Shingles that occur in a single text are removed.
    """
    from scipy.sparse import csr_matrix

    text = np.repeat(np.arange(len(size)), size)
    rank = np.arange(len(text)) - sets.indptr[text]
    enough = size - np.ceil(threshold * size - 1e-9) + 1
    num_texts = np.bincount(sets.indices, minlength=sets.shape[1])
    keep = (rank < enough[text]) & (num_texts > 1)[sets.indices]
    return csr_matrix((sets.data[keep], (text[keep], sets.indices[keep])), shape=sets.shape)


def _num_common(sets, first, second, chunk_size=20_000):
    """Number of shingles that the texts of each pair share."""
    chunks = [
        np.asarray(
            sets[first[i : i + chunk_size]].multiply(sets[second[i : i + chunk_size]]).sum(axis=1)
        ).ravel()
        for i in range(0, len(first), chunk_size)
    ]
    return np.concatenate(chunks) if chunks else np.empty(0)
