"""Copies and near-copies in the data of a comparison, and which of them lie in different folds."""

import numpy as np

from mm_keras.evaluation.leaks import find_leaks, pairs_across
from mm_keras.image import read_images

IMAGE_SIZE, NUM_EXAMPLES = 64, 20
KINDS = ("exact_texts", "near_texts", "exact_images", "near_images")


def find_duplicates(data):
    """All pairs of copies, as `leaks.find_leaks` finds them when every sample is a fold of its own; None without text and image."""
    texts = data["text"] if "text" in data.modalities else None
    images = _small_images(data["image"]) if "image" in data.modalities else None
    if texts is None and images is None:
        return None
    return find_leaks(texts, images, folds=np.arange(len(data)))


def _small_images(images):
    """Images of 64 x 64, None where there is none."""
    colored = not isinstance(images, np.ndarray) or images.ndim == 4
    small = read_images(images, size=IMAGE_SIZE, gray=not colored)
    return [None if given is None else image for given, image in zip(images, small)]


def duplicates_across_folds(found, data, splits, grouped):
    """What `compare` tells about copies: their numbers, examples across the folds of the first repeat, and a sentence."""
    if found is None:
        return None
    folds = np.full(len(data), -1)  # own split: the training samples
    for split in splits:
        if split.repeat == 0:
            folds[split.test] = split.fold
    kinds, leaking = {}, [np.empty(0, dtype=int)]
    for kind in KINDS:
        if kind in found:
            pairs = pairs_across(found[kind]["across"], folds)
            leaking.append(pairs.ravel())
            kinds[kind] = {
                "num_pairs": found[kind]["num_pairs"],
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
        "sentence": _sentence(num_leaking, share, grouped, (folds < 0).any()),
    }


def _sentence(num_leaking, share, grouped, own_split):
    there = "on the other side of the split" if own_split else "in another fold"
    if not num_leaking:
        return (
            "Copies and near-copies were kept in one fold."
            if grouped and not own_split
            else f"No text or image has a copy or near-copy {there}."
        )
    advice = (
        ""
        if own_split
        else ' --group-duplicates (in Python groups="duplicates") keeps copies together.'
    )
    return (
        f"{num_leaking} samples ({100 * share:.1f} %) have a copy or near-copy of their text or image {there}, and the "
        f"scores may be too good.{advice}"
    )
