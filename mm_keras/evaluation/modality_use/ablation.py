"""Scores of a model when a modality is shuffled or missing."""

from collections.abc import Callable, Mapping
from itertools import combinations

import numpy as np
from numpy.typing import ArrayLike

from mm_keras.evaluation._checks import check_arrays
from mm_keras.evaluation.metrics import accuracy
from mm_keras.evaluation.modality_use.emap import take_rows
from mm_keras.utils.labels import predicted_labels


def permutation_scores(
    predict: Callable[[dict], np.ndarray],
    arrays: Mapping[str, np.ndarray | list],
    labels: ArrayLike,
    num_permutations: int = 10,
    seed: int = 0,
    score: Callable[..., float] = accuracy,
) -> dict[str, dict[str, float]]:
    """Drop of the score when one modality is shuffled among the test samples.

    This is the permutation importance of a modality. Nothing is trained again. Two redundant
    modalities may both show no drop, because each stands in for the other: also compute
    `missing_scores`.

    Args:
        predict: callable, `{modality: n rows}` -> probabilities (n, K).
        arrays: dict, modality -> array or list of n test samples.
        labels: int array (n,), or 0/1 array (n, K).
        num_permutations: int >= 1, number of permutations per modality.
        seed: int; the same seed gives the same permutations.
        score: callable, `score(labels, probabilities)` -> float.

    Returns:
        dict: modality -> dict of "score" (unshuffled), "shuffled" (mean over the permutations),
        "drop" (the difference), "std" (of the drop over the permutations), "relative"
        (drop / score; 0 if the score is 0) and "changed" (share of samples whose predicted class
        changes).

    Example:
        >>> arrays = {"text": np.array([0, 1] * 50), "image": np.zeros(100)}
        >>> result = permutation_scores(lambda a: np.eye(2)[a["text"]], arrays, [0, 1] * 50)
        >>> result["image"]["drop"], 0.4 < result["text"]["drop"] < 0.6
        (0.0, True)

    Reference: L. Breiman, Random forests, 2001; I. Gat, I. Schwartz, A. Schwing, Perceptual score:
    what data modalities does your model perceive?, 2021.
    """
    if num_permutations < 1:
        raise ValueError(f"num_permutations must be at least 1. Received: {num_permutations}.")
    labels, rng = check_arrays(arrays, labels), np.random.default_rng(seed)
    probabilities = np.asarray(predict(dict(arrays)))
    full, result = score(labels, probabilities), {}
    for name in arrays:
        drops, changed = [], []
        for _ in range(num_permutations):
            order = rng.permutation(len(labels))
            shuffled = np.asarray(predict({**arrays, **take_rows({name: arrays[name]}, order)}))
            drops.append(full - score(labels, shuffled))
            changed.append(_changed_share(probabilities, shuffled, labels.ndim == 2))
        drop = float(np.mean(drops))
        result[name] = {
            "score": float(full),
            "shuffled": float(full) - drop,
            "drop": drop,
            "std": float(np.std(drops)),
            "relative": drop / float(full) if full else 0.0,
            "changed": float(np.mean(changed)),
        }
    return result


def _changed_share(before, after, multi_label):
    changed = predicted_labels(before, multi_label) != predicted_labels(after, multi_label)
    return np.mean(changed.any(axis=1) if multi_label else changed)


def missing_like(values):
    """As many missing samples in place of these: zero rows for features, None for raw samples."""
    return (
        np.zeros_like(values)
        if isinstance(values, np.ndarray) and values.dtype != object
        else [None] * len(values)
    )


def subset_scores(
    predict: Callable[[dict], np.ndarray],
    arrays: Mapping[str, np.ndarray | list],
    labels: ArrayLike,
    score: Callable[..., float] = accuracy,
) -> dict[str, float]:
    """Score of the model on each of the 2^M subsets of modalities, with the others missing.

    An array of a missing modality becomes zeros ("missing" to every fusion model), a list of raw
    samples becomes a list of None. The model is not trained again: for a fair value of one modality
    alone, train a model on it and use that score instead.

    Args:
        predict, arrays, labels, score: as in `permutation_scores`.

    Returns:
        dict: names of the modalities present, joined by "+" ("" for none) -> float. It is the input
        of `shapley`.

    Example:
        >>> arrays = {"text": np.array([[1., 0.], [0., 1.]]), "image": np.zeros((2, 2))}
        >>> predict = lambda a: (a["text"] + 0.5) / (a["text"] + 0.5).sum(axis=1, keepdims=True)
        >>> subset_scores(predict, arrays, [0, 1])
        {'': 0.5, 'text': 1.0, 'image': 0.5, 'text+image': 1.0}

    Reference: S. M. Lundberg, S.-I. Lee, A unified approach to interpreting model predictions,
    2017.
    """
    labels, result = check_arrays(arrays, labels), {}
    for size in range(len(arrays) + 1):
        for present in combinations(arrays, size):
            given = {
                name: values if name in present else missing_like(values)
                for name, values in arrays.items()
            }
            result["+".join(present)] = float(score(labels, predict(given)))
    return result


def missing_scores(
    predict: Callable[[dict], np.ndarray],
    arrays: Mapping[str, np.ndarray | list],
    labels: ArrayLike,
    score: Callable[..., float] = accuracy,
) -> dict[str, float]:
    """Score with all modalities, and with each one missing, e.g. for users without an image.

    Compare the score without a modality with that of a model trained without it: a fused model that
    scores lower has not learned to cope with missing input.

    Args:
        predict, arrays, labels, score: as in `permutation_scores`; missing samples are as in
            `subset_scores`.

    Returns:
        dict: "none" (nothing is missing) and each modality's name (that one is missing) -> float.

    Example:
        >>> arrays = {"text": np.array([[1., 0.], [0., 1.]]), "image": np.zeros((2, 2))}
        >>> predict = lambda a: (a["text"] + 0.5) / (a["text"] + 0.5).sum(axis=1, keepdims=True)
        >>> missing_scores(predict, arrays, [0, 1])
        {'none': 1.0, 'text': 0.5, 'image': 1.0}

    Reference: N. Neverova, C. Wolf, G. Taylor, F. Nebout, ModDrop: adaptive multi-modal gesture
    recognition, 2016.
    """
    labels = check_arrays(arrays, labels)
    result = {"none": float(score(labels, predict(dict(arrays))))}
    for name, values in arrays.items():
        result[name] = float(score(labels, predict({**arrays, name: missing_like(values)})))
    return result


def conditional_utilization(both: float, alone: Mapping[str, float]) -> dict[str, float]:
    """Share of the accuracy that each of two modalities adds: `u(m | other) = (A - A_other) / A`.

    Args:
        both: float, accuracy A of the fused model.
        alone: dict with two entries, modality -> accuracy of the model that has only this one.

    Returns:
        dict: modality -> u(modality | the other one), and "difference", the first minus the second:
        near +1 or -1 the model relies on one modality only. 0 if `both` is 0.

    Example:
        >>> conditional_utilization(1.0, {"text": 0.75, "image": 0.5})
        {'text': 0.5, 'image': 0.25, 'difference': 0.25}

    Reference: N. Wu, S. Jastrzębski, K. Cho, K. J. Geras, Characterizing and overcoming the greedy
    nature of learning in multi-modal deep neural networks, 2022.
    """
    if len(alone) != 2:
        raise ValueError(
            f"Conditional utilization is defined for two modalities. Received: {list(alone)}."
        )
    (first, first_alone), (second, second_alone) = alone.items()

    def gain(other_alone):
        return (both - other_alone) / both if both else 0.0

    return {
        first: gain(second_alone),
        second: gain(first_alone),
        "difference": gain(second_alone) - gain(first_alone),
    }
