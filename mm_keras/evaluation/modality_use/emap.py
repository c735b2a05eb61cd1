"""EMAP: what is left of a model when its modalities may only add up, and not interact."""

import numpy as np

from mm_keras.evaluation._checks import checked_arrays


def take_rows(arrays, rows):
    """The given rows of every modality: `{modality: array or list}` -> the same with those samples."""
    return {
        name: values[rows] if isinstance(values, np.ndarray) else [values[i] for i in rows]
        for name, values in arrays.items()
    }


def to_logits(probabilities, multi_label=False):
    """Probabilities -> logits, up to what a softmax cannot tell: `log p_k - mean_k log p_k`, or `log p/(1-p)`.

    If the probabilities are a softmax of additive logits, the result is additive too: the softmax takes the same number
    from every class, and the mean over the classes gives it back.

    Args:
        probabilities: float array (..., K). A zero becomes the smallest float32, about 1e-38.
        multi_label: bool, the probabilities are sigmoids, one per label.

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


def additive_projection(grid):
    """The best sum `f_T(t) + f_V(v)` in place of each logit `F[i, j] = f(t_i, v_j)`, in the least-squares sense.

    `F_add[i, j] = mean_j F[i, :] + mean_i F[:, j] - mean F`: row effect plus column effect.

    Args:
        grid: float array (N, N) or (N, N, K): every first part with every second part.

    Returns:
        float array like grid.

    Example:
        >>> additive_projection([[1., 2.], [3., 4.]])    # already additive: nothing changes
        array([[1., 2.],
               [3., 4.]])
        >>> additive_projection([[1., -1.], [-1., 1.]])    # exclusive or: nothing is left
        array([[0., 0.],
               [0., 0.]])

    Reference: J. Hessel, L. Lee, Does my multimodal model learn cross-modal interactions? It's harder to tell than you
    might think!, 2020.
    """
    grid = np.asarray(grid, dtype=np.float64)
    return (
        grid.mean(axis=1, keepdims=True)
        + grid.mean(axis=0, keepdims=True)
        - grid.mean(axis=(0, 1), keepdims=True)
    )


def interaction_share(grid):
    """Share of the variation of the logits over all pairs that no additive model can follow, from 0 to 1.

    `sum (F - F_add)^2 / sum (F - mean F)^2`, the interaction's part in the analysis of variance of the grid.

    Args:
        grid: float array (N, N) or (N, N, K).

    Returns:
        float: 0 for additive (and constant) logits, 1 for exclusive or.

    Example:
        >>> interaction_share([[1., -1.], [-1., 1.]]), interaction_share([[1., 2.], [3., 4.]])
        (1.0, 0.0)

    Reference: I. M. Sobol, Sensitivity estimates for nonlinear mathematical models, 1993; G. Hooker, Discovering
    additive structure in black box functions, 2004.
    """
    grid = np.asarray(grid, dtype=np.float64)
    total = ((grid - grid.mean(axis=(0, 1), keepdims=True)) ** 2).sum()
    noise = 1e-24 * grid.size * max(1.0, np.abs(grid).max()) ** 2
    return float(((grid - additive_projection(grid)) ** 2).sum() / total) if total > noise else 0.0


def pair_grid(predict, arrays, modality, multi_label=False, batch_size=4096):
    """Logits of every pair: the given modality of sample i with all other modalities of sample j.

    Args:
        predict: callable, `{modality: n rows}` -> probabilities (n, K).
        arrays: dict, modality -> array or list of N samples.
        modality: str, the modality that is swapped against the rest.
        multi_label: bool, as in `to_logits`.
        batch_size: int, at most about this many pairs are predicted at once.

    Returns:
        float64 array (N, N, K); the diagonal holds the real samples.

    Example:
        >>> add = lambda a: 1 / (1 + np.exp(-np.stack([a["text"] + a["image"], -a["text"] - a["image"]], axis=1)))
        >>> grid = pair_grid(add, {"text": np.array([0., 1.]), "image": np.array([0., 2.])}, "text")
        >>> grid[:, :, 0].round(3)    # text + image
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


def _accuracy_with_ties(labels, logits):
    """Share of right answers; classes that are equal up to rounding share the answer between them."""
    close = 1e-6 * max(1.0, np.abs(logits).max())
    if labels.ndim == 2:  # a label with a logit of zero is a coin
        chance = np.where(np.abs(logits) <= close, 0.5, (logits > 0) == labels)
        return float(chance.prod(axis=1).mean())
    tied = logits >= logits.max(axis=1, keepdims=True) - close
    return float((tied[np.arange(len(labels)), labels] / tied.sum(axis=1)).mean())


def emap(predict, arrays, labels, modality=None, max_samples=500, seed=0, batch_size=4096):
    """Does the model use the modalities together, or does it only add up what each says on its own?

    The model is asked about every pair of one sample's text with another's image. Its logits are replaced by their
    best additive approximation (`additive_projection`), and the accuracy of that is compared with the model's own. No
    drop: a sum of two unimodal models would do as well, whatever the operator of the fused one.

    With more than two modalities the question is asked of one modality against all others together.

    Args:
        predict: callable, `{modality: n rows}` -> probabilities (n, K); most quickly a Keras model on extracted
            features.
        arrays: dict, modality -> array (or list) of n samples.
        labels: int array (n,), or 0/1 array (n, K).
        modality: str, which modality stands against the rest; may be left out when there are two.
        max_samples: int, N: this many samples are drawn, and N^2 pairs predicted.
        seed: int; the same seed draws the same samples.
        batch_size: int, about how many pairs are predicted at once.

    Returns:
        dict: "accuracy" and "emap_accuracy" on the drawn samples (ties are shared), "drop" (the first minus the
        second), "interaction_share", "num_samples" and "modality".

    Raises:
        ValueError: fewer than two modalities; more than two and none named.

    Example:
        >>> bits = {"text": np.array([0, 0, 1, 1]), "image": np.array([0, 1, 0, 1])}
        >>> xor = lambda a: np.eye(2)[a["text"] ^ a["image"]] * 0.8 + 0.1
        >>> emap(xor, bits, [0, 1, 1, 0])["emap_accuracy"]    # the sum knows nothing: chance
        0.5

    Reference: J. Hessel, L. Lee, 2020, as in `additive_projection`.
    """
    labels = checked_arrays(arrays, labels)
    if (
        len(arrays) < 2
        or (modality is None and len(arrays) > 2)
        or (modality is not None and modality not in arrays)
    ):
        raise ValueError(
            "EMAP needs two modalities, or one of several named by `modality`. "
            f"Received: {', '.join(arrays)}; modality={modality!r}."
        )
    modality = next(iter(arrays)) if modality is None else modality
    rows = np.arange(len(labels))
    if len(rows) > max_samples:
        rows = np.sort(np.random.default_rng(seed).choice(len(rows), max_samples, replace=False))
    grid = pair_grid(predict, take_rows(arrays, rows), modality, labels.ndim == 2, batch_size)
    diagonal = np.arange(len(rows))
    own = _accuracy_with_ties(labels[rows], grid[diagonal, diagonal])
    added = _accuracy_with_ties(labels[rows], additive_projection(grid)[diagonal, diagonal])
    return {
        "modality": modality,
        "num_samples": len(rows),
        "accuracy": own,
        "emap_accuracy": added,
        "drop": own - added,
        "interaction_share": interaction_share(grid),
    }
