"""Shapley values and interactions of the modalities, and an additive score for them."""

from collections.abc import Mapping
from itertools import combinations
from math import factorial

import numpy as np
from numpy.typing import ArrayLike

from mm_keras.evaluation._checks import check_probabilities


def shapley(values: Mapping[str, float]) -> dict[str, dict[str, float]]:
    """Exact Shapley values of a score over the modalities, and the interaction of every pair.

        phi_m = sum over S without m of |S|! (M - |S| - 1)! / M!  (v(S + m) - v(S))

    With two: `phi_T = (v(T) - v() + v(TV) - v(V)) / 2`, interaction `v(TV) - v(T) - v(V) + v()`.
    Use bits (`information_bits`) instead of accuracy if independent evidence should not appear as
    interaction: two modalities with one bit each have accuracies .25, .5, .5, 1 and so "interact"
    by .25, but bits 0, 1, 1, 2 and interact by 0.

    Args:
        values: dict, modality names joined by "+" -> score with only those, as returned by
            `subset_scores`. All 2^M subsets are needed, including the empty one ("").

    Returns:
        dict: "values" (modality -> float; they sum to v(all) - v(none)) and "interactions"
        ("text+image" -> float).

    Raises:
        ValueError: a subset of the modalities has no score.

    Example:
        >>> shapley({"": .5, "text": .5, "image": .5, "text+image": 1.})    # exclusive or
        {'values': {'text': 0.25, 'image': 0.25}, 'interactions': {'text+image': 0.5}}

    Reference: L. S. Shapley, A value for n-person games, 1953; M. Grabisch, M. Roubens, An
    axiomatic approach to the concept of interaction among players in cooperative games, 1999.
    """
    sets = {
        tuple(name for name in key.split("+") if name): float(value)
        for key, value in values.items()
    }
    players = max(sets, key=len, default=())
    score = {frozenset(names): value for names, value in sets.items()}
    required = [
        "+".join(names) for size in range(len(players) + 1) for names in combinations(players, size)
    ]
    missing = [key for key in required if frozenset(key.split("+")) - {""} not in score]
    if missing or not players:
        raise ValueError(
            "Shapley values need a score for every subset of the modalities. "
            f"Missing: {missing or 'all'}."
        )

    pairs = combinations(players, 2)
    return {
        "values": {name: _mean_gain(score, players, [name]) for name in players},
        "interactions": {"+".join(pair): _mean_gain(score, players, pair) for pair in pairs},
    }


def _mean_gain(score, players, joining):
    """Mean gain from the joining players over all orders of arrival, where they arrive as one.

    For a pair it is the joint gain beyond the single gains:
    `v(S + ab) - v(S + a) - v(S + b) + v(S)`.
    """
    others = [name for name in players if name not in joining]
    n, total = len(others), 0.0
    for size in range(n + 1):
        weight = factorial(size) * factorial(n - size) / factorial(n + 1)
        for present in combinations(others, size):
            for num_in in range(len(joining) + 1):
                sign = (-1) ** (len(joining) - num_in)
                total += (
                    weight
                    * sign
                    * sum(
                        score[frozenset(present + some)] for some in combinations(joining, num_in)
                    )
                )
    return total


def information_bits(
    labels: ArrayLike, probabilities: ArrayLike, prior: ArrayLike | None = None, clip: float = 1e-7
) -> float:
    """Information of the predictions about the label in bits, `mean log2 p(label) / prior(label)`.

    For true posteriors this is the mutual information of inputs and label; for any other model it
    is lower on average, and negative for a confidently wrong one. It also increases when a second
    modality only confirms correct predictions. Bits of independent evidence add up (see `shapley`).

    Args:
        labels: int array (n,).
        probabilities: float array (n, K).
        prior: float array (K,); by default the class frequencies among these labels.
        clip: float, as in `log_loss`.

    Returns:
        float, in bits; at most the entropy of the prior.

    Example:
        >>> round(information_bits([0, 1], [[1., 0.], [0., 1.]]), 4)    # the full entropy of 1 bit
        1.0
        >>> information_bits([0, 1], [[.5, .5], [.5, .5]])
        0.0

    Reference: Y. Xu, S. Zhao, J. Song, R. Stewart, S. Ermon, A theory of usable information under
    computational constraints, 2020.
    """
    labels, probabilities = check_probabilities(labels, probabilities)
    if labels.ndim == 2:
        raise ValueError(
            "information_bits needs one class per sample. Received multi-label targets."
        )
    num_classes = probabilities.shape[1]
    if prior is None:
        prior = np.bincount(labels, minlength=num_classes) / len(labels)
    p = np.clip(probabilities[np.arange(len(labels)), labels], clip, 1 - clip)
    return float(np.mean(np.log2(p) - np.log2(np.asarray(prior)[labels])))
