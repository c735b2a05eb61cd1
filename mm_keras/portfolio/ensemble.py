"""The greedy choice of weights for an ensemble, on out-of-fold probabilities."""

import numpy as np

from mm_keras.utils.labels import log_losses

NUM_ROUNDS = 25
MAX_MEMBERS = 6
MIN_GAIN = 1e-4  # of the log loss


def weighted_mean(probabilities, present, weights, prior):
    """The mean of the members' probabilities (R, n, K), of those present (R, n) in each sample.

    A sample that none of them knows gets the prior (K,).
    """
    shares = np.asarray(weights, float)[:, np.newaxis] * present
    total = shares.sum(axis=0)
    shares = shares / np.where(total > 0, total, 1)
    mean = np.einsum("rn,rnk->nk", shares, probabilities)
    mean[total == 0] = prior
    return mean


def greedy_weights(probabilities, present, labels, prior):
    """Weights (R,) of sum 1 with a low log loss of the weighted mean.

    Members are added one at a time, each time the one after which the mean is best; one may be
    added several times. Few rounds and members keep the choice from fitting these samples.

    Args:
        probabilities: float (R, n, K), out-of-fold.
        present: bool (R, n), whether each sample has what the member reads.
        labels: int (n,).
        prior: float (K,).

    Example:
        Two members, each of which knows one of two samples, are better together:

        >>> p = np.array([[[0.9, 0.1], [0.5, 0.5]], [[0.5, 0.5], [0.1, 0.9]]])
        >>> greedy_weights(p, np.ones((2, 2), bool), np.array([0, 1]), np.array([0.5, 0.5]))
        array([0.5, 0.5])

    Reference:
        R. Caruana, A. Niculescu-Mizil, G. Crew, A. Ksikes (2004), Ensemble selection from libraries
        of models.
    """
    counts = np.zeros(len(probabilities))
    best_loss, best_counts = np.inf, counts
    for _ in range(NUM_ROUNDS):
        losses = np.full(len(counts), np.inf)
        for member in range(len(counts)):
            trial = counts + (np.arange(len(counts)) == member)
            if np.count_nonzero(trial) <= MAX_MEMBERS:
                mean = weighted_mean(probabilities, present, trial, prior)
                losses[member] = log_losses(labels, mean).mean()
        counts = counts + (np.arange(len(counts)) == losses.argmin())
        if losses.min() < best_loss - MIN_GAIN:
            best_loss, best_counts = losses.min(), counts
    return best_counts / best_counts.sum()
