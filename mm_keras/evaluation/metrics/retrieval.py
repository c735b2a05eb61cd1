"""Retrieval metrics: R@k, median rank, P@k and mAP of a matrix of similarities."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike


def retrieval_scores(
    similarities: ArrayLike, relevant: ArrayLike, ks: Sequence[int] = (1, 5, 10)
) -> dict[str, float]:
    """R@k, median rank, P@k and mAP of queries (rows) that search among items (columns).

        R@k           share of queries whose first relevant item has a rank of at most k
        median rank   median over the queries of the rank of the first relevant item, from 1
        P@k           mean over the queries of the share of relevant items among the first k
        mAP           mean over the queries of (1 / R) sum_i P@i rel_i, R the number of relevant
                      items and rel_i whether item i is relevant

    The two directions of a search differ: text to image has texts as rows; transpose the matrix
    for image to text. Items of equal similarity have no order: the rank is the mean one of a random
    order, which with one relevant item is 1 + better + ties / 2; P@k is its mean, too; in mAP they
    enter the ranking at once, as in scikit-learn. So in a constant matrix the median rank and P@k
    are those of chance, the mAP is the share of relevant items, and R@k is 0 for a small k.

    Args:
        similarities: float (queries, items), the larger the more similar.
        relevant: int (queries,), the item that is the partner of each query ("by item"); or bool
            (queries, items), e.g. `query_labels[:, None] == item_labels` ("by class").
        ks: the values of k.

    Returns:
        dict: "R@k" and "P@k" for each k, "median rank" and "mAP".

    Raises:
        ValueError: shapes that do not match, similarities that are not finite, a query without a
            relevant item, or a k that is not between 1 and the number of items.

    Example:
        The first query finds its partner at rank 2, the second at rank 1:

        >>> scores = retrieval_scores([[0.1, 0.9, 0.0], [0.2, 0.8, 0.0]], [0, 1], ks=[1, 2])
        >>> scores["R@1"], scores["R@2"], scores["median rank"], scores["mAP"]
        (0.5, 1.0, 1.5, 0.75)

    Reference: C. D. Manning, P. Raghavan, H. Schütze, Introduction to Information Retrieval, 2008,
    chapter 8.
    """
    similarities, relevant = _checked(similarities, relevant, ks)
    rows = [_scores_of(*row, ks) for row in zip(similarities, relevant)]
    ranks, precisions, average_precisions = (np.array(values) for values in zip(*rows))
    return {
        **{f"R@{k}": float((ranks <= k).mean()) for k in ks},
        "median rank": float(np.median(ranks)),
        **{f"P@{k}": float(value) for k, value in zip(ks, precisions.mean(axis=0))},
        "mAP": float(average_precisions.mean()),
    }


def _scores_of(similarities, relevant, ks):
    """Rank of the first relevant item, P@k for each k, and average precision of one query."""
    order = np.argsort(-similarities, kind="stable")
    ranked = similarities[order]
    starts = np.flatnonzero(np.append(True, ranked[1:] < ranked[:-1]))  # of groups of ties
    hits = np.add.reduceat(relevant[order].astype(float), starts)  # of each group
    sizes = np.diff(np.append(starts, len(ranked)))
    first = np.flatnonzero(hits)[0]
    rank = starts[first] + (sizes[first] + 1) / (hits[first] + 1)
    found = np.append(0, np.cumsum(hits))  # before and after each group
    places = np.append(starts, len(ranked))
    precisions = np.interp(ks, places, found) / np.asarray(ks)
    return rank, precisions, (hits * found[1:] / places[1:]).sum() / found[-1]


def _checked(similarities, relevant, ks):
    similarities, relevant = np.asarray(similarities, np.float64), np.asarray(relevant)
    if similarities.ndim != 2 or not similarities.size or not np.isfinite(similarities).all():
        raise ValueError(
            "Similarities are finite numbers, one row per query and one column per item. "
            f"Received: shape {similarities.shape}."
        )
    num_queries, num_items = similarities.shape
    if relevant.dtype.kind in "iu" and relevant.shape == (num_queries,):
        if not (0 <= relevant.min() and relevant.max() < num_items):
            raise ValueError(
                f"Partners are numbers of items, from 0 to {num_items - 1}. "
                f"Received: {relevant.min()} to {relevant.max()}."
            )
        relevant = relevant[:, np.newaxis] == np.arange(num_items)
    if relevant.dtype.kind != "b" or relevant.shape != similarities.shape:
        raise ValueError(
            "`relevant` is int (queries,), the partner of each query, or bool (queries, items). "
            f"Received: {relevant.dtype} {relevant.shape} for similarities {similarities.shape}."
        )
    num_lost = int((~relevant.any(axis=1)).sum())
    if num_lost:
        raise ValueError(
            f"Every query needs a relevant item. Received: {num_lost} queries without one. "
            "Leave them out."
        )
    if not all(1 <= k <= num_items for k in ks):
        raise ValueError(f"k must be between 1 and {num_items}, the number of items: {list(ks)}.")
    return similarities, relevant
