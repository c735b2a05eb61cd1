"""Data leaks: duplicates and near-duplicates of texts and images that lie in different folds."""

from mm_keras.evaluation.leaks.groups import find_leaks, group_ids, pairs_across
from mm_keras.evaluation.leaks.images import (
    difference_hash,
    exact_duplicate_images,
    near_duplicate_images,
)
from mm_keras.evaluation.leaks.texts import exact_duplicate_texts, near_duplicate_texts

__all__ = [
    "difference_hash",
    "exact_duplicate_images",
    "exact_duplicate_texts",
    "find_leaks",
    "group_ids",
    "near_duplicate_images",
    "near_duplicate_texts",
    "pairs_across",
]
