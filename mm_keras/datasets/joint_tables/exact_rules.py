"""Exact decisions on a joint table: rules applied to unimodal posteriors, and the additive model.

A decision is an array (num_classes, text symbols, image symbols): the probability that each class
is chosen, given these two symbols. Classes with equal scores are chosen with equal probability. The
accuracy is `sum(probabilities * decision)`. The arguments of a rule are the exact posteriors
p_T(y|t) and p_V(y|v) and the prior P(y), in broadcastable shapes (K, T, 1), (K, 1, V) and
(K, 1, 1).

Reference: J. Kittler, M. Hatef, R. P. W. Duin, J. Matas (1998), On combining classifiers.
"""

import numpy as np

TIE = 1e-9  # smaller differences of scores are due to rounding
VOTE_TIE = 0.01  # weight of the probabilities relative to a vote: they only break ties
ADDITIVE_TIE = 1e-4  # the probabilities of the additive model are from an iterative solver


def choose(scores, tie=TIE):
    """The decision for the largest score along axis 0; scores within `tie` of it are ties."""
    best = scores >= scores.max(axis=0, keepdims=True) - tie
    return best / best.sum(axis=0, keepdims=True)


def mean(text, image, prior):
    """Largest p_T + p_V - P(y): the sum rule with its prior term."""
    return choose(text + image - prior)


def product(text, image, prior):
    """Largest p_T p_V / P(y): exact when the modalities are independent given the class."""
    return choose(_divide(text * image, prior))


def maximum(text, image, prior):
    """Largest 2 max(p_T, p_V) - P(y)."""
    return choose(2 * np.maximum(text, image) - prior)


def minimum(text, image, prior):
    """Largest min(p_T, p_V) / P(y)."""
    return choose(_divide(np.minimum(text, image), prior))


def median(text, image, prior):
    """Largest median of p_T and p_V: for two modalities their mean, without a prior term."""
    return choose((text + image) / 2)


def vote(text, image, prior):
    """Most votes, one per modality for its best class; ties are broken by the larger p_T + p_V."""
    return choose(choose(text) + choose(image) + VOTE_TIE * (text + image))


RULES = {
    "mean": mean,
    "product": product,
    "max": maximum,
    "min": minimum,
    "median": median,
    "vote": vote,
}


def _divide(scores, prior):
    """scores / prior, or 0 for a class that never occurs."""
    return scores / np.where(prior > 0, prior, 1.0)


def additive(probabilities):
    """Decision of the most likely model with logits a[y, t] + b[y, v], fitted on the table itself.

    This is the limit of logistic regression on `concat(one-hot(t), one-hot(v))` for infinitely many
    samples. It minimizes -sum P[y,t,v] log softmax_y(a[y,t] + b[y,v]), which is convex, from zeros,
    with the exact gradient.

    Args:
        probabilities: float array (K, T, V), the joint table.
    """
    from scipy.optimize import minimize
    from scipy.special import log_softmax

    num_classes, num_text, num_image = probabilities.shape
    cells = probabilities.sum(axis=0)
    split = num_classes * num_text

    def logits_of(weights):
        return weights[:split].reshape(num_classes, num_text, 1) + weights[split:].reshape(
            num_classes, 1, num_image
        )

    def loss_and_gradient(weights):
        log_p = log_softmax(logits_of(weights), axis=0)
        residual = cells * np.exp(log_p) - probabilities  # (K, T, V), d loss / d logits
        gradient = np.concatenate([residual.sum(axis=2).ravel(), residual.sum(axis=1).ravel()])
        return -(probabilities * log_p).sum(), gradient

    result = minimize(
        loss_and_gradient,
        np.zeros(split + num_classes * num_image),
        jac=True,
        method="L-BFGS-B",
        options={"maxiter": 5000, "maxfun": 10_000, "ftol": 0.0, "gtol": 1e-9, "maxcor": 30},
    )
    return choose(np.exp(log_softmax(logits_of(result.x), axis=0)), tie=ADDITIVE_TIE)
