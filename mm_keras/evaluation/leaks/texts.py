"""Pairs of texts that are the same, or nearly: every pair above a similarity, without comparing every pair."""

import re
import unicodedata

import numpy as np

from mm_keras.utils.scripts import IDEOGRAPHS

# one ideograph or kana is a word of its own: Chinese and Japanese put no spaces between words
WORD = re.compile(rf"[{IDEOGRAPHS}]|[^\W{IDEOGRAPHS}]+")


def normalized(text):
    """The text without what copies often differ in: case, spaces, and ways to write the same character (NFKC)."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())


def pairs_of_equals(keys):
    """All pairs i < j with equal keys; a key of None equals nothing.

    Args:
        keys: sequence of n hashable values or None.

    Returns:
        int array (m, 2), sorted.

    Example:
        >>> pairs_of_equals(["a", None, "a", None]).tolist()
        [[0, 2]]
    """
    places = {}
    for i, key in enumerate(keys):
        if key is not None:
            places.setdefault(key, []).append(i)
    groups = [np.array(same) for same in places.values() if len(same) > 1]
    pairs = [same[np.stack(np.triu_indices(len(same), 1), axis=1)] for same in groups]
    return sorted_pairs(np.concatenate(pairs) if pairs else [])


def sorted_pairs(pairs):
    """The pairs as an int array (m, 2), in order."""
    pairs = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def exact_duplicate_texts(texts):
    """All pairs of texts that are equal but for case, spaces and ways to write the same character.

    Empty and missing texts are nobody's copy.

    Args:
        texts: sequence of n str or None.

    Returns:
        int array (m, 2) of positions i < j, sorted.

    Example:
        >>> exact_duplicate_texts(["Storm warning", "storm  WARNING", "", ""]).tolist()
        [[0, 1]]

    Reference: Unicode Standard Annex 15, Unicode normalization forms.
    """
    return pairs_of_equals([normalized(text or "") or None for text in texts])


def near_duplicate_texts(texts, threshold=0.7, shingle=3):
    """All pairs of texts that share most of their word sequences: Jaccard similarity of their sets of shingles.

        J(A, B) = |A and B| / |A or B|,  where A holds every `shingle` words in a row

    Exact, no sampling: two sets with J >= t share one of the |A| - ceil(t |A|) + 1 rarest shingles of A and of B, so
    that only texts which share a rare shingle are compared. Signs are no words; a text with fewer words than `shingle`
    is one shingle; a text without words is nobody's copy.

    Args:
        texts: sequence of n str or None.
        threshold: float in (0, 1], the least similarity.
        shingle: int >= 1, words per shingle. 1 compares bags of words.

    Returns:
        tuple: int array (m, 2) of positions i < j, sorted, and float array (m,) of their similarities.

    Example:
        >>> texts = ["a storm moves to the north coast", "a storm moves to the south coast", "the team won"]
        >>> pairs, similarity = near_duplicate_texts(texts, threshold=0.4)
        >>> pairs.tolist(), similarity.round(2).tolist()    # 3 shingles of 5 + 5 - 3 are shared
        ([[0, 1]], [0.43])

    Reference: A. Z. Broder, On the resemblance and containment of documents, 1997; R. J. Bayardo, Y. Ma, R. Srikant,
    Scaling up all pairs similarity search, 2007.
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
    """0/1 matrix (texts, shingles), rarest shingle first, and the number of different shingles of each text."""
    from scipy.sparse import csr_matrix

    word_ids, words, owner = {}, [], []
    for i, text in enumerate(texts):
        found = [
            word_ids.setdefault(word, len(word_ids) + 1)
            for word in WORD.findall(normalized(text or ""))
        ]
        found += [0] * (shingle - len(found)) if found else []
        words += found
        owner += [i] * len(found)
    words, owner = np.array(words, dtype=np.int64), np.array(owner, dtype=np.int64)
    codes = words
    for step in range(
        1, shingle
    ):  # number the sequences of step + 1 words; those across texts go below
        codes = np.unique(codes[:-1] * (len(word_ids) + 1) + words[step:], return_inverse=True)[1]
    inside = owner[: len(codes)] == owner[len(owner) - len(codes) :]
    num_codes = codes.max(initial=0) + 1
    once = np.unique(
        owner[: len(codes)][inside] * num_codes + codes[inside]
    )  # each shingle once per text
    row, code = np.divmod(once, num_codes)
    _, column, num_texts = np.unique(code, return_inverse=True, return_counts=True)
    rank = np.empty(len(num_texts), dtype=np.int64)
    rank[np.argsort(num_texts, kind="stable")] = np.arange(len(num_texts))
    shape = (len(texts), max(1, len(num_texts)))
    sets = csr_matrix((np.ones(len(row), dtype=np.int32), (row, rank[column])), shape=shape)
    sets.sort_indices()
    return sets, np.diff(sets.indptr)


def _rarest(sets, size, threshold):
    """Only the rarest shingles of each text, so many that similar texts must share one; those of one text left out."""
    from scipy.sparse import csr_matrix

    text = np.repeat(np.arange(len(size)), size)
    place = np.arange(len(text)) - sets.indptr[text]
    enough = size - np.ceil(threshold * size - 1e-9) + 1
    keep = (place < enough[text]) & (np.bincount(sets.indices, minlength=sets.shape[1]) > 1)[
        sets.indices
    ]
    return csr_matrix((sets.data[keep], (text[keep], sets.indices[keep])), shape=sets.shape)


def _num_common(sets, first, second, at_once=20_000):
    """Number of shingles that the texts of each pair share."""
    parts = [
        np.asarray(
            sets[first[i : i + at_once]].multiply(sets[second[i : i + at_once]]).sum(axis=1)
        ).ravel()
        for i in range(0, len(first), at_once)
    ]
    return np.concatenate(parts) if parts else np.empty(0)
