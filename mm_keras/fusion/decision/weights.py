"""Temperatures and weights of decision-level rules, fitted on held-out samples."""

from itertools import product

import numpy as np
from numpy.typing import ArrayLike

from mm_keras.fusion.decision.combine import check_labels, combine, stack, weighted_rules
from mm_keras.utils.labels import log_losses, one_hot, predicted_labels

MIN_TEMPERATURE, MAX_TEMPERATURE = 0.05, 20.0
MAX_POINTS = 20_000  # of the grid of weights


def fit_temperature(probabilities: ArrayLike, labels: ArrayLike) -> float:
    """The temperature T for which p^(1/T), normalized, has the smallest log loss.

    T > 1 means that the model is overconfident. Fit it on samples that the model was not trained
    on. The order of the classes, and with it the accuracy of the model, does not change. Rules
    benefit: no modality gets more weight than it deserves.

    Args:
        probabilities: float (n, K), in [0, 1]; rows of nan (the modality is missing) are left out.
        labels: int (n,), or 0/1 (n, K): then each column is an independent label.

    Returns:
        float in [0.05, 20].

    Raises:
        ValueError: labels that do not fit.

    Example:
        A confidence of 90%, but correct in only 8 of 10: (9:1)^(1/T) = 8:2 for
        T = log 9 / log 4 = 1.58.

        >>> round(fit_temperature([[0.9, 0.1]] * 10, [0] * 8 + [1] * 2), 2)
        1.58

    Reference:
        C. Guo, G. Pleiss, Y. Sun, K. Q. Weinberger (2017), On calibration of modern neural
        networks.
    """
    from scipy.optimize import minimize_scalar
    from scipy.special import log_softmax

    _, (p,), (present,) = stack({"the model": probabilities})
    multi_label = np.ndim(labels) == 2
    targets = one_hot(check_labels(labels, p.shape, multi_label), p.shape[-1], float)[present]
    p = p[present]
    if multi_label:
        p, targets = np.stack([1 - p, p], axis=-1), np.stack([1 - targets, targets], axis=-1)
    log_p = np.log(np.maximum(p, 1e-30))

    def loss(log_temperature):
        return -(targets * log_softmax(log_p / np.exp(log_temperature), axis=-1)).mean()

    bounds = (np.log(MIN_TEMPERATURE), np.log(MAX_TEMPERATURE))
    return float(
        np.exp(minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-6}).x)
    )


def choose_weights(
    probabilities: dict[str, ArrayLike],
    labels: ArrayLike,
    rule: str = "log_linear",
    temperatures: dict[str, float] | None = None,
    num_steps: int = 20,
    score: str = "accuracy",
) -> dict[str, float]:
    """The weights of the modalities that are best on held-out samples, by grid search.

    The corners of the grid are single modalities: on these samples the result is never worse than
    the best of them. The two scores differ for a modality that is often uninformative: it increases
    the log loss of the mean, but changes no decision. So the smallest log loss gives it little
    weight, even where it is the only informative one.

    Args:
        probabilities: dict, modality -> (n, K), from held-out samples or
            `out_of_fold_probabilities`; a row of nan where the modality is missing.
        labels: int (n,), or 0/1 (n, K): then each column is an independent label.
        rule: str, "log_linear" (default) or "weighted_mean".
        temperatures: see `combine`.
        num_steps: int >= 1; the weights are multiples of 1 / num_steps. Default 20.
        score: "accuracy" (default; ties are broken by the smallest log loss), or "log_loss".

    Returns:
        dict, modality -> weight, with sum 1.

    Raises:
        ValueError: a rule without weights, labels that do not fit, a grid of more than 20,000
            points, another score.

    Example:
        >>> p = {"text": [[0.8, 0.2], [0.2, 0.8]], "image": [[0.5, 0.5], [0.5, 0.5]]}
        >>> choose_weights(p, [0, 1])  # the image is uninformative
        {'text': 1.0, 'image': 0.0}
    """
    if rule not in weighted_rules():
        raise ValueError(f"{rule!r} has no weights. Use {' or '.join(weighted_rules())}.")
    if score not in ("accuracy", "log_loss"):
        raise ValueError(f"score must be 'accuracy' or 'log_loss'. Received: {score!r}.")
    names, stacked, _ = stack(probabilities)
    multi_label = np.ndim(labels) == 2
    labels = check_labels(labels, stacked.shape[1:], multi_label)
    if (num_steps + 1) ** (len(names) - 1) > MAX_POINTS:
        raise ValueError(
            f"{len(names)} modalities in {num_steps} steps are too many combinations. "
            "Pass a smaller num_steps."
        )
    best_weights, best_cost = None, (np.inf, np.inf)
    for first in product(range(num_steps, -1, -1), repeat=len(names) - 1):
        if sum(first) > num_steps:
            continue
        weights = {
            name: count / num_steps for name, count in zip(names, (*first, num_steps - sum(first)))
        }
        p = combine(probabilities, rule, None, weights, temperatures, multi_label)
        cost = (
            _errors(p, labels) if score == "accuracy" else 0,
            log_losses(labels, p, clip=1e-12).mean(),
        )
        if cost < best_cost:
            best_weights, best_cost = weights, cost
    return best_weights


def _errors(p, labels):
    """The number of wrong decisions: of the most likely class, or of each label at 0.5."""
    return int((predicted_labels(p, labels.ndim == 2) != labels).sum())
