"""Decision-level rules: combine the class probabilities of several modalities.

All rules take the same arguments and work on plain arrays and inside a Keras model.

Args (of every rule):
    probabilities: float (R, n, K), p_i(k): for each of R modalities, n samples and K classes, a
        probability in [0, 1].
    present: bool (R, n), which modalities each sample has; None (default): all. A missing one is
        left out, so R below is the number of modalities that the sample has. A sample that has none
        gets the prior.
    priors: float (K,), P_k >= 0 with sum 1, the class frequencies in the training set; None
        (default): all equal, and the terms with P_k are left out. Product and min never choose a
        class with P_k = 0.
    weights: float (R,), w_i >= 0, of the two weighted rules only; None (default): all equal.

Shapes: the result is (n, K) with sum 1 over the classes. Axes between the first and the last may be
added.

Scores are divided by their sum to give probabilities. The terms with priors can make a score of the
mean and the max negative: it is set to 0 first. If no class has a positive score, the prior is
returned. Rules in which one zero vetoes a class (product, min, log_linear) clip probabilities and
priors to at least 1e-6 and compute with logarithms.

Reference: J. Kittler, M. Hatef, R. P. W. Duin, J. Matas (1998), On combining classifiers.
"""

from keras import ops

CLIP = 1e-6  # smallest probability in rules where a zero is a veto
LOG_ZERO = -80.0  # the logarithm of a score that is practically zero, also in float32
TIE_TOLERANCE = 1e-6  # probabilities that differ by less are equally likely
TIE_WEIGHT = 0.01  # weight of a probability relative to a whole vote


def mean(probabilities, present=None, priors=None):
    """Sum rule: the mean of p_i(k), or with priors (1 - R) P_k + sum_i p_i(k).

    It is the rule most robust to errors of a single modality.

    Example:
        >>> import numpy as np
        >>> p = np.array([[[0.5, 0.3, 0.2]], [[0.1, 0.6, 0.3]], [[0.4, 0.35, 0.25]]])  # (3, 1, 3)
        >>> np.round(np.asarray(mean(p)), 3)  # (.5 + .1 + .4) / 3, ...
        array([[0.333, 0.417, 0.25 ]])
    """
    p, mask, prior = _prepare(probabilities, present, priors)
    scores = ops.sum(mask * p, axis=0)
    if priors is not None:
        scores = scores + (1 - ops.sum(mask, axis=0)) * prior
    return _normalize(scores, prior)


def product(probabilities, present=None, priors=None):
    """Product rule: P_k^(1 - R) prod_i p_i(k).

    Exact when the modalities are independent given the class. Each p_i already contains the prior,
    so their product contains it R times; R - 1 of them are divided out.

    Example:
        >>> import numpy as np
        >>> p = np.array([[[0.7, 0.3]], [[0.7, 0.3]]])  # both prefer the more frequent class
        >>> priors = np.array([0.9, 0.1])
        >>> np.round(np.asarray(product(p, priors=priors)), 3)  # .49 / .9 = .544 and .09 / .1 = .9
        array([[0.377, 0.623]])
    """
    p, mask, prior = _prepare(probabilities, present, priors)
    return ops.softmax(ops.sum(mask * clipped_log(p), axis=0) + _log_prior_term(mask, prior))


def max(probabilities, present=None, priors=None):
    """Max rule: max_i p_i(k), or with priors (1 - R) P_k + R max_i p_i(k).

    The most confident modality decides.

    Example:
        >>> import numpy as np
        >>> p = np.array([[[0.5, 0.3, 0.2]], [[0.1, 0.6, 0.3]], [[0.4, 0.35, 0.25]]])
        >>> np.round(np.asarray(max(p)), 3)  # (.5, .6, .3) / 1.4
        array([[0.357, 0.429, 0.214]])
    """
    p, mask, prior = _prepare(probabilities, present, priors)
    scores = ops.max(mask * p, axis=0)
    if priors is not None:
        count = ops.sum(mask, axis=0)
        scores = (1 - count) * prior + count * scores
    return _normalize(scores, prior)


def min(probabilities, present=None, priors=None):
    """Min rule: P_k^(1 - R) min_i p_i(k). The modality that favors a class least decides.

    Example:
        >>> import numpy as np
        >>> p = np.array([[[0.5, 0.3, 0.2]], [[0.1, 0.6, 0.3]], [[0.4, 0.35, 0.25]]])
        >>> np.round(np.asarray(min(p)), 3)  # (.1, .3, .2) / .6
        array([[0.167, 0.5  , 0.333]])
    """
    p, mask, prior = _prepare(probabilities, present, priors)
    lowest = ops.min(mask * clipped_log(p), axis=0)  # log 1 = 0 where missing
    return ops.softmax(lowest + _log_prior_term(mask, prior))


def median(probabilities, present=None, priors=None):
    """Median rule: median_i p_i(k). Robust to one outlying modality; for two it is the mean.

    Example:
        >>> import numpy as np
        >>> p = np.array([[[0.5, 0.3, 0.2]], [[0.1, 0.6, 0.3]], [[0.4, 0.35, 0.25]]])
        >>> np.round(np.asarray(median(p)), 3)
        array([[0.4 , 0.35, 0.25]])
    """
    p, mask, prior = _prepare(probabilities, present, priors)
    ordered = ops.sort(ops.where(mask > 0, p, 2.0), axis=0)  # missing ones come last
    count = ops.sum(mask, axis=0)
    scores = 0.0
    for rank in range(p.shape[0]):
        is_lower = ops.cast(ops.equal(rank, ops.floor((count - 1) / 2)), p.dtype)
        is_upper = ops.cast(ops.equal(rank, ops.floor(count / 2)), p.dtype)
        scores = scores + ordered[rank] * (is_lower + is_upper) / 2
    return _normalize(ops.where(count > 0, scores, 0.0), prior)


def vote(probabilities, present=None, priors=None):
    """Majority vote: the number of modalities whose most likely class is k.

    A modality whose best classes are equally likely divides its vote among them. Ties go to the
    larger mean probability: the scores are sum_i (vote_i(k) + 0.01 p_i(k)). Two modalities that
    disagree always tie.

    Example:
        >>> import numpy as np
        >>> p = np.array([[[0.5, 0.3, 0.2]], [[0.1, 0.6, 0.3]], [[0.4, 0.35, 0.25]]])
        >>> np.round(np.asarray(vote(p)), 2)  # two votes, one vote, none
        array([[0.66, 0.33, 0.  ]])
    """
    p, mask, prior = _prepare(probabilities, present, priors)
    best = ops.cast(p >= ops.max(p, axis=-1, keepdims=True) - TIE_TOLERANCE, p.dtype)
    votes = best / ops.sum(best, axis=-1, keepdims=True)
    return _normalize(ops.sum(mask * (votes + TIE_WEIGHT * p), axis=0), prior)


def weighted_mean(probabilities, present=None, priors=None, weights=None):
    """Linear pool: sum_i w_i p_i(k) / sum_i w_i. Weights (1, 0) give the first modality.

    Example:
        >>> import numpy as np
        >>> p = np.array([[[0.8, 0.2]], [[0.4, 0.6]]])
        >>> weights = np.array([0.75, 0.25])
        >>> np.round(np.asarray(weighted_mean(p, weights=weights)), 3)  # .75 * .8 + .25 * .4
        array([[0.7, 0.3]])
    """
    p, mask, prior = _prepare(probabilities, present, priors)
    return _normalize(ops.sum(_normalize_weights(mask, weights) * p, axis=0), prior)


def log_linear(probabilities, present=None, priors=None, weights=None):
    """Log-linear pool: prod_i p_i(k)^w_i with weights of sum 1, a weighted geometric mean.

    It is related to the product rule.

    Example:
        >>> import numpy as np
        >>> p = np.array([[[0.8, 0.2]], [[0.5, 0.5]]])
        >>> weights = np.array([0.5, 0.5])
        >>> np.round(np.asarray(log_linear(p, weights=weights)), 3)  # roots: .894 to .447 = 2 : 1
        array([[0.667, 0.333]])
    """
    p, mask, prior = _prepare(probabilities, present, priors)
    weights = _normalize_weights(mask, weights)
    # 1 where no modality with a positive weight is present, else 0.
    prior_weight = 1 - ops.sum(weights, axis=0)
    return ops.softmax(
        ops.sum(weights * clipped_log(p), axis=0) + prior_weight * clipped_log(prior)
    )


weighted_mean.takes_weights = log_linear.takes_weights = True


def apply_temperatures(probabilities, temperatures):
    """Softer (T > 1) or sharper (T < 1) probabilities: p_i^(1 / T_i), normalized.

    In terms of logits: softmax(z / T).

    Args:
        probabilities: float (R, n, K).
        temperatures: float (R,), all > 0; 1 changes nothing.

    Reference:
        C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger (2017), On calibration of modern neural
        networks.
    """
    p = ops.convert_to_tensor(probabilities)
    temperatures = _per_modality(temperatures, p)
    return ops.softmax(ops.log(ops.maximum(p, 1e-30)) / temperatures, axis=-1)


def _prepare(probabilities, present, priors):
    """`(p, mask, prior)` as tensors that broadcast.

    p (R, ..., K) is uniform where a modality is missing; mask (R, ..., 1) is 1 where it is present;
    the prior broadcasts to (..., K).
    """
    p = ops.convert_to_tensor(probabilities)
    prior = (
        ops.ones_like(p[0]) / p.shape[-1]
        if priors is None
        else ops.convert_to_tensor(priors, dtype=p.dtype)
    )
    if present is None:
        return p, ops.ones_like(p[..., :1]), prior
    mask = ops.expand_dims(ops.cast(present, p.dtype), -1)
    return ops.where(mask > 0, p, 1 / p.shape[-1]), mask, prior


def clipped_log(probabilities):
    """log p, with p clipped to at least 1e-6: a zero is a strong veto, but not an infinite one."""
    return ops.log(ops.maximum(probabilities, CLIP))


def _log_prior_term(mask, prior):
    """log P_k^(1 - R); a class that never occurs (P_k = 0) cannot be chosen."""
    return ops.where(prior > 0, (1 - ops.sum(mask, axis=0)) * clipped_log(prior), LOG_ZERO)


def _normalize(scores, prior):
    scores = ops.maximum(scores, 0.0)
    total = ops.sum(scores, axis=-1, keepdims=True)
    return ops.where(total > 0, scores / ops.where(total > 0, total, 1.0), prior)


def _per_modality(values, p):
    """One value per modality, reshaped to broadcast to p (R, ..., K)."""
    return ops.reshape(
        ops.convert_to_tensor(values, dtype=p.dtype), (-1,) + (1,) * (len(p.shape) - 1)
    )


def _normalize_weights(mask, weights):
    """The weights of the present modalities, divided by their sum: (R, ..., 1).

    Zero where that sum is zero.
    """
    present_weights = mask if weights is None else mask * _per_modality(weights, mask)
    total = ops.sum(present_weights, axis=0)
    return present_weights / ops.where(total > 0, total, 1.0)
