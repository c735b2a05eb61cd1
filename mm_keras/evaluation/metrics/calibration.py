"""Quality of probabilities: log loss, Brier score, calibration error and reliability curve."""

import numpy as np
from numpy.typing import ArrayLike

from mm_keras.evaluation._checks import check_probabilities
from mm_keras.utils.labels import log_losses


def log_loss(labels: ArrayLike, probabilities: ArrayLike, clip: float = 1e-7) -> float:
    """Mean negative log-likelihood in nats, `-1/n sum log p(label)`.

    A perfect model has 0, uniform guessing `log K`. Unlike accuracy, it improves when a second
    modality makes correct predictions more confident without correcting a wrong one. Multi-label:
    the binary cross-entropy, averaged over samples and labels.

    Args:
        labels: int array (n,), or 0/1 array (n, K).
        probabilities: float array (n, K).
        clip: float in (0, 0.5); probabilities are clipped to [clip, 1 - clip], so that a confident
            error costs at most `-log(clip)` (16.1 nats) rather than infinity. The default is Keras'
            `epsilon()`.

    Returns:
        float >= 0.

    Example:
        >>> round(log_loss([0, 1], [[0.5, 0.5], [0.5, 0.5]]), 4)    # log 2
        0.6931

    Reference: I. J. Good, Rational decisions, 1952.
    """
    return float(log_losses(*check_probabilities(labels, probabilities), clip).mean())


def brier(labels: ArrayLike, probabilities: ArrayLike) -> float:
    """Mean squared error of the probabilities, `1/n sum_i sum_k (p_ik - y_ik)^2`, from 0 to 2.

    This is Brier's original definition; for two classes, half of it is often reported. Multi-label:
    the mean over samples and labels.

    Args:
        labels: int array (n,), or 0/1 array (n, K).
        probabilities: float array (n, K).

    Returns:
        float in [0, 2] (multi-label: [0, 1]).

    Example:
        >>> round(brier([0], [[0.8, 0.2]]), 4)    # 0.2^2 + 0.2^2
        0.08

    Reference: G. W. Brier, Verification of forecasts expressed in terms of probability, 1950.
    """
    labels, probabilities = check_probabilities(labels, probabilities)
    if labels.ndim == 2:
        return float(((probabilities - labels) ** 2).mean())
    truth = labels[:, None] == np.arange(probabilities.shape[1])  # (n, K)
    return float(((probabilities - truth) ** 2).sum(axis=1).mean())


def _bins(confidence, num_bins, equal_mass):
    """Bin index of each confidence: right-closed bins of equal width, or of equal count."""
    if equal_mass:
        order = np.argsort(confidence, kind="stable")
        bins = np.empty(len(confidence), dtype=int)
        bins[order] = np.arange(len(confidence)) * num_bins // len(confidence)
        return bins
    return np.clip(np.ceil(confidence * num_bins).astype(int) - 1, 0, num_bins - 1)


def _confidence(labels, probabilities):
    """Confidence and correctness of the most likely class; multi-label: of every single label."""
    if labels.ndim == 2:
        return probabilities.ravel(), labels.ravel().astype(float)
    return probabilities.max(axis=1), (probabilities.argmax(axis=1) == labels).astype(float)


def reliability_curve(
    labels: ArrayLike, probabilities: ArrayLike, num_bins: int = 15, equal_mass: bool = False
) -> dict[str, np.ndarray]:
    """Mean confidence and accuracy in each bin of confidence, equal for a calibrated model.

    A sample's confidence is its largest probability. Multi-label: every (sample, label) is one
    event of probability p.

    Args:
        labels: int array (n,), or 0/1 array (n, K).
        probabilities: float array (n, K).
        num_bins: int >= 1, number of bins of equal width `(b/B, (b+1)/B]` on [0, 1].
        equal_mass: bool, use bins with equally many samples instead.

    Returns:
        dict of arrays over the non-empty bins: "confidence", "accuracy", "count".

    Example:
        >>> curve = reliability_curve([0, 1], [[0.8, 0.2], [0.7, 0.3]], num_bins=2)
        >>> curve["confidence"], curve["accuracy"], curve["count"]
        (array([0.75]), array([0.5]), array([2]))

    Reference: A. Niculescu-Mizil, R. Caruana, Predicting good probabilities with supervised
    learning, 2005.
    """
    if num_bins < 1:
        raise ValueError(f"num_bins must be at least 1. Received: {num_bins}.")
    confidence, right = _confidence(*check_probabilities(labels, probabilities))
    bins = _bins(confidence, num_bins, equal_mass)
    count = np.bincount(bins, minlength=num_bins)
    used = count > 0

    def mean(values):
        return np.bincount(bins, weights=values, minlength=num_bins)[used] / count[used]

    return {"confidence": mean(confidence), "accuracy": mean(right), "count": count[used]}


def ece(
    labels: ArrayLike, probabilities: ArrayLike, num_bins: int = 15, equal_mass: bool = False
) -> float:
    """Expected calibration error, `sum_b n_b/n |acc_b - conf_b|` over bins b of confidence.

    It is biased upward: in small bins even a perfectly calibrated model deviates by chance. Always
    compare it with `ece_null`.

    Args:
        labels, probabilities, num_bins, equal_mass: as in `reliability_curve`.

    Returns:
        float in [0, 1].

    Example:
        >>> round(ece([0, 0, 0, 1], [[0.9, 0.1]] * 4), 4)    # confidence 0.9, correct in 3 of 4
        0.15

    Reference: M. P. Naeini, G. F. Cooper, M. Hauskrecht, Obtaining well calibrated probabilities
    using Bayesian binning, 2015; C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger, On calibration of
    modern neural networks, 2017.
    """
    curve = reliability_curve(labels, probabilities, num_bins, equal_mass)
    gap = np.abs(curve["accuracy"] - curve["confidence"])
    return float((curve["count"] * gap).sum() / curve["count"].sum())


def ece_null(
    probabilities: ArrayLike,
    num_bins: int = 15,
    equal_mass: bool = False,
    num_draws: int = 200,
    seed: int = 0,
    multi_label: bool = False,
) -> dict[str, float]:
    """The `ece` expected of a perfectly calibrated model with the same confidences.

    Each draw makes every sample correct with exactly the probability of its confidence and measures
    the ECE of the result. With confidences spread evenly over [0.5, 1] the mean is about 0.065 for
    200 samples, 0.028 for 1,000 and 0.009 for 10,000.

    Args:
        probabilities: float array (n, K).
        num_bins, equal_mass: as in `ece`.
        num_draws: int, number of draws.
        seed: int; the same seed gives the same result.
        multi_label: bool, whether the columns are independent labels.

    Returns:
        dict: "mean" and "upper", the 95% quantile of the draws: an ECE above it indicates
        miscalibration rather than chance.

    Example:
        >>> null = ece_null([[0.5, 0.5]] * 100)    # |acc - 0.5| of 100 coins: 0.04 on average
        >>> 0.03 < null["mean"] < 0.05 < null["upper"]
        True

    Reference: J. Bröcker, L. A. Smith, Increasing the reliability of reliability diagrams, 2007.
    """
    probabilities = np.asarray(probabilities, dtype=np.float64)
    confidence = probabilities.ravel() if multi_label else probabilities.max(axis=1)
    bins, rng = _bins(confidence, num_bins, equal_mass), np.random.default_rng(seed)
    draws = []
    for _ in range(num_draws):
        surplus = (rng.random(len(confidence)) < confidence) - confidence
        draws.append(np.abs(np.bincount(bins, weights=surplus)).sum() / len(confidence))
    return {"mean": float(np.mean(draws)), "upper": float(np.quantile(draws, 0.95))}
