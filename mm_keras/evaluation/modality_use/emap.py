"""Empirical multimodally-additive projection (EMAP): a model without interactions of modalities."""

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import ArrayLike

from mm_keras.evaluation._checks import check_arrays
from mm_keras.evaluation.significance import bootstrap_means


def take_rows(arrays, rows):
    """The given rows of every modality: a dict modality -> array or list, with those samples."""
    return {
        name: values[rows] if isinstance(values, np.ndarray) else [values[i] for i in rows]
        for name, values in arrays.items()
    }


def to_logits(probabilities: ArrayLike, multi_label: bool = False) -> np.ndarray:
    """Logits of probabilities: `log p_k - mean_k log p_k`, or `log p/(1-p)` for multi-label.

    The softmax ignores a constant added to all classes, so the logits are returned with mean
    zero. If the probabilities are a softmax of additive logits, the result is additive too.

    Args:
        probabilities: float array (..., K). A zero becomes the smallest float32, about 1e-38.
        multi_label: bool, whether the probabilities are sigmoids, one per label.

    Returns:
        float64 array (..., K).

    Example:
        >>> to_logits([[0.8, 0.2]]).round(3)    # +- log(0.8 / 0.2) / 2
        array([[ 0.693, -0.693]])

    Reference: J. Aitchison, The statistical analysis of compositional data, 1982.
    """
    top = 1 - 2.0**-24 if multi_label else 1  # the largest float32 below 1
    p = np.clip(np.asarray(probabilities, dtype=np.float64), np.finfo(np.float32).tiny, top)
    log = np.log(p)
    return log - np.log1p(-p) if multi_label else log - log.mean(axis=-1, keepdims=True)


def additive_projection(grid: ArrayLike) -> np.ndarray:
    """Least-squares approximation of logits `F[i, j] = f(t_i, v_j)` by sums `f_T(t) + f_V(v)`.

    `F_add[i, j] = mean_j F[i, :] + mean_i F[:, j] - mean F`: row effect plus column effect.

    Args:
        grid: float array (N, N) or (N, N, K): every first input combined with every second one.

    Returns:
        float array like grid.

    Example:
        >>> additive_projection([[1., 2.], [3., 4.]])    # already additive: nothing changes
        array([[1., 2.],
               [3., 4.]])
        >>> additive_projection([[1., -1.], [-1., 1.]])    # exclusive or: nothing is left
        array([[0., 0.],
               [0., 0.]])

    Reference: J. Hessel, L. Lee, Does my multimodal model learn cross-modal interactions? It's
    harder to tell than you might think!, 2020.
    """
    grid = np.asarray(grid, dtype=np.float64)
    return (
        grid.mean(axis=1, keepdims=True)
        + grid.mean(axis=0, keepdims=True)
        - grid.mean(axis=(0, 1), keepdims=True)
    )


def interaction_share(grid: ArrayLike) -> float:
    """Share of the variance of the logits over all pairs that no additive model explains, 0 to 1.

    `sum (F - F_add)^2 / sum (F - mean F)^2`, the share of the interaction in the analysis of
    variance of the grid.

    Args:
        grid: float array (N, N) or (N, N, K).

    Returns:
        float: 0 for additive (and constant) logits, 1 for exclusive or.

    Example:
        >>> interaction_share([[1., -1.], [-1., 1.]]), interaction_share([[1., 2.], [3., 4.]])
        (1.0, 0.0)

    Reference: I. M. Sobol, Sensitivity estimates for nonlinear mathematical models, 1993;
    G. Hooker, Discovering additive structure in black box functions, 2004.
    """
    grid = np.asarray(grid, dtype=np.float64)
    total = ((grid - grid.mean(axis=(0, 1), keepdims=True)) ** 2).sum()
    noise = 1e-24 * grid.size * max(1.0, np.abs(grid).max()) ** 2
    return float(((grid - additive_projection(grid)) ** 2).sum() / total) if total > noise else 0.0


def pair_grid(
    predict: Callable[[dict], np.ndarray],
    arrays: Mapping[str, np.ndarray | list],
    modality: str,
    multi_label: bool = False,
    batch_size: int = 4096,
) -> np.ndarray:
    """Logits of every pair: the given modality of sample i with the other modalities of sample j.

    Args:
        predict: callable, `{modality: n rows}` -> probabilities (n, K).
        arrays: dict, modality -> array or list of N samples.
        modality: str, the modality to combine with the others.
        multi_label: bool, as in `to_logits`.
        batch_size: int, maximum number of pairs predicted at once, approximately.

    Returns:
        float64 array (N, N, K); the diagonal holds the real samples.

    Example:
        >>> def predict(arrays):    # a softmax of +- (text + image) / 2
        ...     total = arrays["text"] + arrays["image"]
        ...     return 1 / (1 + np.exp(-np.stack([total, -total], axis=1)))
        >>> arrays = {"text": np.array([0., 1.]), "image": np.array([0., 2.])}
        >>> pair_grid(predict, arrays, "text")[:, :, 0].round(3)    # (text + image) / 2
        array([[0. , 1. ],
               [0.5, 1.5]])

    Reference: J. Hessel, L. Lee, 2020, as in `additive_projection`.
    """
    num = len(arrays[modality])
    rows_at_once, logits = max(1, batch_size // num), []
    for start in range(0, num, rows_at_once):
        first = np.arange(start, min(start + rows_at_once, num))
        pairs = take_rows(arrays, np.tile(np.arange(num), len(first)))
        pairs[modality] = take_rows({modality: arrays[modality]}, np.repeat(first, num))[modality]
        logits.append(to_logits(predict(pairs), multi_label))
    return np.concatenate(logits).reshape(num, num, -1)


def _right_with_ties(labels, logits):
    """Whether each prediction is right, where classes with equal logits, up to rounding, share it.

    Args:
        labels: int array (n,), or 0/1 array (n, K).
        logits: float array (n, K).

    Returns:
        float array (n,), in [0, 1].
    """
    close = 1e-6 * max(1.0, np.abs(logits).max())
    if labels.ndim == 2:  # a logit of zero is a tie
        return np.where(np.abs(logits) <= close, 0.5, (logits > 0) == labels).prod(axis=1)
    tied = logits >= logits.max(axis=1, keepdims=True) - close
    return tied[np.arange(len(labels)), labels] / tied.sum(axis=1)


def emap(
    predict: Callable[[dict], np.ndarray],
    arrays: Mapping[str, np.ndarray | list],
    labels: ArrayLike,
    modality: str | None = None,
    max_samples: int = 500,
    seed: int = 0,
    batch_size: int = 4096,
    num_resamples: int = 1000,
) -> dict:
    """Accuracy of a model and of its best additive approximation: does it use interactions?

    The model predicts every pair of one sample's text with another's image. Its logits are replaced
    by their best additive approximation (`additive_projection`), whose accuracy is compared with
    the model's own. Without a drop, a sum of two unimodal models would do as well, whatever
    operator the fused model uses.

    With more than two modalities, one modality is compared against all others together.

    Args:
        predict: callable, `{modality: n rows}` -> probabilities (n, K); fastest is a Keras model on
            extracted features.
        arrays: dict, modality -> array (or list) of n samples.
        labels: int array (n,), or 0/1 array (n, K).
        modality: str, the modality to combine with the others; optional if there are two.
        max_samples: int, N: this many samples are drawn, and N^2 pairs predicted.
        seed: int; the same seed draws the same samples.
        batch_size: int, approximate number of pairs predicted at once.
        num_resamples: int >= 1, how often the bootstrap draws the samples.

    Returns:
        dict: "accuracy" and "emap_accuracy" on the drawn samples (ties are shared), "drop" (the
        first minus the second), "interval" (of the drop, [low, high], with 95% confidence, by a
        paired bootstrap over the samples), "interaction_share", "num_samples" and "modality".
        The model uses interactions if the interval lies above zero.

    Raises:
        ValueError: fewer than two modalities; more than two and `modality` not given.

    Example:
        >>> bits = {"text": np.array([0, 0, 1, 1]), "image": np.array([0, 1, 0, 1])}
        >>> xor = lambda a: np.eye(2)[a["text"] ^ a["image"]] * 0.8 + 0.1
        >>> emap(xor, bits, [0, 1, 1, 0])["emap_accuracy"]    # the additive model is at chance
        0.5

    Reference: J. Hessel, L. Lee, 2020, as in `additive_projection`; B. Efron, R. J. Tibshirani, An
    introduction to the bootstrap, 1993.
    """
    labels = check_arrays(arrays, labels)
    if (
        len(arrays) < 2
        or (modality is None and len(arrays) > 2)
        or (modality is not None and modality not in arrays)
    ):
        raise ValueError(
            "EMAP needs two modalities, or `modality` to select one of several. "
            f"Received: {', '.join(arrays)}; modality={modality!r}."
        )
    modality = next(iter(arrays)) if modality is None else modality
    rows = np.arange(len(labels))
    if len(rows) > max_samples:
        rows = np.sort(np.random.default_rng(seed).choice(len(rows), max_samples, replace=False))
    grid = pair_grid(predict, take_rows(arrays, rows), modality, labels.ndim == 2, batch_size)
    diagonal = np.arange(len(rows))
    right = _right_with_ties(labels[rows], grid[diagonal, diagonal])
    additive = _right_with_ties(labels[rows], additive_projection(grid)[diagonal, diagonal])
    (test,) = bootstrap_means((right - additive)[:, None], num_resamples, seed=seed)
    accuracy, emap_accuracy = float(right.mean()), float(additive.mean())
    return {
        "modality": modality,
        "num_samples": len(rows),
        "accuracy": accuracy,
        "emap_accuracy": emap_accuracy,
        "drop": accuracy - emap_accuracy,
        "interval": list(test["interval"]),
        "interaction_share": interaction_share(grid),
    }
