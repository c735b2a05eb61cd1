"""Duplicates and near-duplicates in the data, and which of them lie in different folds."""

import numpy as np

from mm_keras.evaluation.leaks import find_leaks, pairs_across
from mm_keras.image import read_images

IMAGE_SIZE, NUM_EXAMPLES = 64, 20
KINDS = ("exact_texts", "near_texts", "exact_images", "near_images")


def find_duplicates(data):
    """All pairs of duplicates and near-duplicates, or None without text and image.

    Returns the dict of `leaks.find_leaks` with every sample as a fold of its own.
    """
    texts = data["text"] if "text" in data.modalities else None
    images = _small_images(data["image"]) if "image" in data.modalities else None
    if texts is None and images is None:
        return None
    return find_leaks(texts, images, folds=np.arange(len(data)))


def _small_images(images):
    """Images of 64 x 64 pixels; missing ones stay None."""
    colored = not isinstance(images, np.ndarray) or images.ndim == 4
    small = read_images(images, size=IMAGE_SIZE, gray=not colored)
    return [None if given is None else image for given, image in zip(images, small)]


def duplicates_across_folds(duplicates, data, splits, grouped):
    """The part "leaks" of a result: counts, examples across the first repeat's folds, a sentence.

    Args:
        duplicates: what `find_duplicates` returns.
        grouped: bool, whether duplicates were kept together.
    """
    if duplicates is None:
        return None
    folds = np.full(len(data), -1)  # stays -1 for the training samples of the data's own split
    for split in splits:
        if split.repeat == 0:
            folds[split.test] = split.fold
    kinds, leaking = {}, [np.empty(0, dtype=int)]
    for kind in KINDS:
        if kind in duplicates:
            pairs = pairs_across(duplicates[kind]["across"], folds)
            leaking.append(pairs.ravel())
            kinds[kind] = {
                "num_pairs": duplicates[kind]["num_pairs"],
                "num_across": len(pairs),
                "examples": [
                    {
                        "indices": pair,
                        "ids": [data.ids[i] for i in pair],
                        "folds": folds[pair].tolist(),
                    }
                    for pair in pairs[:NUM_EXAMPLES].tolist()
                ],
            }
    num_leaking = len(np.unique(np.concatenate(leaking)))
    share = num_leaking / len(data)
    return {
        "kinds": kinds,
        "num_leaking": num_leaking,
        "share_leaking": share,
        "grouped": grouped,
        "sentence": _sentence(
            num_leaking,
            share,
            grouped,
            (folds < 0).any(),
            [name for name in ("text", "image") if name in data.modalities],
        ),
    }


def _sentence(num_leaking, share, grouped, own_split, modalities):
    either = " or ".join(modalities)
    where = "on the other side of the split" if own_split else "in another fold"
    if not num_leaking:
        if grouped and not own_split:
            return "Duplicates and near-duplicates were kept in one fold."
        return f"No {either} has a duplicate or near-duplicate {where}."
    sentence = (
        f"{num_leaking} samples ({100 * share:.1f}%) have a duplicate or near-duplicate of their "
        f"{either} {where}: the scores may be too optimistic."
    )
    if own_split:
        return sentence
    return (
        f'{sentence} --group-duplicates (in Python groups="duplicates") keeps duplicates in one '
        "fold."
    )
