"""Whose merit is the score: a fair split over the modalities, and what they only reach together."""

from itertools import combinations
from math import factorial

import numpy as np

from mm_keras.evaluation._checks import checked_probabilities


def shapley(values):
    """Exact Shapley values of a score over the modalities, and the Shapley interaction of every pair.

        phi_m = sum over S without m of |S|! (M - |S| - 1)! / M!  (v(S + m) - v(S))

    With two: `phi_T = (v(T) - v() + v(TV) - v(V)) / 2`, interaction `v(TV) - v(T) - v(V) + v()`. Feed it bits
    (`information_bits`) and not accuracy where independent facts should not look like interaction: two modalities with
    one bit each have accuracies .25, .5, .5, 1 and so "interact" by .25, but bits 0, 1, 1, 2 and interact by 0.

    Args:
        values: dict, modality names joined by "+" -> score with only those, as `subset_scores` returns it. All 2^M sets
            are needed, the empty one ("") too.

    Returns:
        dict: "values" (modality -> float; they sum to v(all) - v(none)) and "interactions" ("text+image" -> float).

    Raises:
        ValueError: a set of modalities has no score.

    Example:
        >>> shapley({"": .5, "text": .5, "image": .5, "text+image": 1.})    # exclusive or
        {'values': {'text': 0.25, 'image': 0.25}, 'interactions': {'text+image': 0.5}}

    Reference: L. S. Shapley, A value for n-person games, 1953; M. Grabisch, M. Roubens, An axiomatic approach to the
    concept of interaction among players in cooperative games, 1999.
    """
    sets = {
        tuple(name for name in key.split("+") if name): float(value)
        for key, value in values.items()
    }
    players = max(sets, key=len, default=())
    score = {frozenset(names): value for names, value in sets.items()}
    wanted = [
        "+".join(names) for size in range(len(players) + 1) for names in combinations(players, size)
    ]
    missing = [key for key in wanted if frozenset(key.split("+")) - {""} not in score]
    if missing or not players:
        raise ValueError(
            f"Shapley values need a score for every set of modalities. Missing: {missing or 'all'}."
        )

    pairs = combinations(players, 2)
    return {
        "values": {name: _mean_gain(score, players, [name]) for name in players},
        "interactions": {"+".join(pair): _mean_gain(score, players, pair) for pair in pairs},
    }


def _mean_gain(score, players, joining):
    """What the joining players add to the others: the mean over all orders of arrival, the joining ones as one player.

    For a pair it is what they add together beyond what each adds: `v(S + ab) - v(S + a) - v(S + b) + v(S)`.
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


def information_bits(labels, probabilities, prior=None, clip=1e-7):
    """Bits that the predictions tell about the label, `mean log2 p(label) / prior(label)`: the additive score.

    For true posteriors this is the mutual information of inputs and label; for any model it is at most that, on
    average, and it is negative for one that is surely wrong. It grows where a second modality only confirms what was
    right already.

    Args:
        labels: int array (n,).
        probabilities: float array (n, K).
        prior: float array (K,); the classes' shares among these labels by default.
        clip: float, as in `log_loss`.

    Returns:
        float, in bits; at most the entropy of the prior.

    Example:
        >>> round(information_bits([0, 1], [[1., 0.], [0., 1.]]), 4)    # all of the one bit there is
        1.0
        >>> information_bits([0, 1], [[.5, .5], [.5, .5]])
        0.0

    Reference: Y. Xu, S. Zhao, J. Song, R. Stewart, S. Ermon, A theory of usable information under computational
    constraints, 2020.
    """
    labels, probabilities = checked_probabilities(labels, probabilities)
    if labels.ndim == 2:
        raise ValueError(
            "information_bits needs one class per sample. Received multi-label targets."
        )
    num_classes = probabilities.shape[1]
    if prior is None:
        prior = np.bincount(labels, minlength=num_classes) / len(labels)
    told = np.clip(probabilities[np.arange(len(labels)), labels], clip, 1 - clip)
    return float(np.mean(np.log2(told) - np.log2(np.asarray(prior)[labels])))
