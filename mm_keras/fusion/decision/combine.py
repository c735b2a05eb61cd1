"""Decision-level rules on named modalities, with checks, for single-label and multi-label data."""

import numpy as np
from keras import ops
from numpy.typing import ArrayLike

from mm_keras.fusion.decision.rules import apply_temperatures
from mm_keras.fusion.registry import RULES
from mm_keras.utils.messages import did_you_mean


def combine(
    probabilities: dict[str, ArrayLike],
    rule: str = "product",
    priors: ArrayLike | None = None,
    weights: dict[str, float] | None = None,
    temperatures: dict[str, float] | None = None,
    multi_label: bool = False,
) -> np.ndarray:
    """Class probabilities from those of several modalities, by a rule that needs no training.

    Args:
        probabilities: dict, modality -> float array (n, K), each entry in [0, 1]. A row of nan
            means that the sample lacks this modality, which is left out.
        rule: str, a key of `RULES`: "mean", "product", "max", "min", "median", "vote",
            "weighted_mean", "log_linear".
        priors: float (K,), the class frequencies in the training set, e.g.
            np.bincount(labels) / len(labels). None (default): all classes are equally frequent. For
            multi-label data the frequency of each label, labels.mean(axis=0).
        weights: dict, modality -> weight >= 0, for the two weighted rules; see `choose_weights`.
            None: equal weights.
        temperatures: dict, modality -> T > 0, see `fit_temperature`: the rule uses p^(1/T),
            normalized. None: 1.
        multi_label: bool, the columns are independent labels: the rule is applied to each one as
            the two classes [1 - p, p].

    Returns:
        float array (n, K): rows have sum 1, or with multi_label entries in [0, 1].

    Raises:
        ValueError: an unknown rule; different shapes; entries outside [0, 1]; priors, weights or
            temperatures that do not fit.

    Example:
        >>> p = {"text": [[0.6, 0.4]], "image": [[0.6, 0.4]]}
        >>> combine(p, "product")  # .36 : .16
        array([[0.69230769, 0.30769231]])
        >>> combine({**p, "image": [[np.nan, np.nan]]}, "product")
        array([[0.6, 0.4]])
    """
    names, stacked, present = stack(probabilities)
    options = check_options(
        rule, names, stacked.shape[-1], priors, weights, temperatures, multi_label
    )
    return ops.convert_to_numpy(fuse(stacked, present, rule, multi_label=multi_label, **options))


def fuse(
    probabilities, present, rule, priors=None, weights=None, temperatures=None, multi_label=False
):
    """The rule on stacked probabilities (R, n, K) and present (R, n), with checked options.

    Used by `combine` and by the layer `DecisionRule`.
    """
    p, present, priors = labels_to_classes(probabilities, present, priors, multi_label)
    if temperatures is not None:
        p = apply_temperatures(p, temperatures)
    options = {"weights": weights} if rule in weighted_rules() else {}
    fused = RULES[rule](p, present, priors, **options)
    return fused[..., 1] if multi_label else fused


def weighted_rules() -> list[str]:
    """The names of the rules that take a weight per modality."""
    return [name for name, rule in RULES.items() if getattr(rule, "takes_weights", False)]


def labels_to_classes(probabilities, present, priors, multi_label):
    """`(probabilities, present, priors)`, with each independent label turned into two classes.

    For multi-label data (R, n, K) -> (R, n, K, 2) and (R, n) -> (R, n, 1); otherwise unchanged.
    """
    if not multi_label:
        return probabilities, present, priors
    if priors is not None:
        priors = np.stack([1 - np.asarray(priors), np.asarray(priors)], axis=-1)  # (K, 2)
    return (
        ops.stack([1 - probabilities, probabilities], axis=-1),
        ops.expand_dims(present, -1),
        priors,
    )


def stack(probabilities):
    """`(names, probabilities (R, n, K), present (R, n))` from a dict, modality -> array (n, K).

    A modality is missing (not present) where its row is all nan.
    """
    if not isinstance(probabilities, dict) or not probabilities:
        raise TypeError(
            "`probabilities` is a dict, modality -> array (n, classes), e.g. {'text': p_text, "
            f"'image': p_image}}. Received: {type(probabilities).__name__}."
        )
    arrays = {name: np.asarray(values) for name, values in probabilities.items()}
    arrays = {
        name: array if array.dtype.kind == "f" else array.astype(float)
        for name, array in arrays.items()
    }
    shapes = {name: array.shape for name, array in arrays.items()}
    if len(set(shapes.values())) > 1 or len(next(iter(shapes.values()))) != 2:
        raise ValueError(
            "All modalities need probabilities of one shape (samples, classes). "
            f"Received: {shapes}."
        )
    stacked = np.stack(list(arrays.values()))
    present = ~np.isnan(stacked).all(axis=2)
    for name, rows in zip(arrays, stacked):
        invalid = ~np.isnan(rows).all(axis=1) & ~((rows >= 0) & (rows <= 1 + 1e-6)).all(axis=1)
        if invalid.any():
            raise ValueError(
                "Probabilities must be in [0, 1], or a row all nan for a missing modality. "
                f"Received for {name}, row {invalid.argmax()}: {rows[invalid.argmax()].tolist()}."
            )
    return list(arrays), stacked, present


def check_labels(labels, shape, multi_label):
    """The labels as an array, checked against probabilities of this shape (n, K)."""
    labels = np.asarray(labels)
    if multi_label:
        fits = labels.shape == shape and np.isin(labels, (0, 1)).all()
        needed = f"0/1 labels of shape {shape}"
    else:
        fits = (
            labels.shape == shape[:1]
            and labels.dtype.kind in "iu"
            and np.isin(labels, np.arange(shape[1])).all()
        )
        needed = f"{shape[0]} integer labels from 0 to {shape[1] - 1}"
    if not fits:
        raise ValueError(
            f"The probabilities {shape} need {needed}. "
            f"Received: {labels.dtype} labels of shape {labels.shape}."
        )
    return labels


def check_options(rule, names, num_classes, priors, weights, temperatures, multi_label):
    """The options of a rule as lists of floats in the order of the modalities, or None."""
    if rule not in RULES:
        raise ValueError(
            f"rule must be one of {', '.join(RULES)}. Received: {rule!r}."
            f"{did_you_mean(rule, RULES)}"
        )
    if weights is not None and rule not in weighted_rules():
        raise ValueError(
            f"{rule!r} uses no weights. Omit them, or use {' or '.join(weighted_rules())}."
        )
    weights = per_modality("weights", weights, names)
    if weights is not None and (min(weights) < 0 or not sum(weights) > 0):
        raise ValueError(
            f"`weights` must be non-negative and not all 0. Received: {dict(zip(names, weights))}."
        )
    return {
        "priors": check_priors(priors, num_classes, multi_label),
        "weights": weights,
        "temperatures": check_temperatures(temperatures, names),
    }


def check_priors(priors, num_classes, multi_label):
    """Priors as a list of K floats, or None."""
    if priors is None:
        return None
    array = np.asarray(priors, dtype=float)
    valid = array.shape == (num_classes,) and np.all((array >= 0) & (array <= 1))
    if not valid or not (multi_label or abs(array.sum() - 1) < 1e-3):
        needed = (
            "one frequency in [0, 1] per label"
            if multi_label
            else "one non-negative frequency per class, with sum 1"
        )
        raise ValueError(
            f"`priors` needs {needed}; there are {num_classes}. Received: {array.tolist()}. "
            "Class frequencies in the training set: "
            "np.bincount(labels, minlength=num_classes) / len(labels), "
            "for multi-label data labels.mean(axis=0)."
        )
    return array.tolist()


def check_temperatures(temperatures, names):
    """Temperatures as a list of R floats, or None."""
    temperatures = per_modality("temperatures", temperatures, names)
    if temperatures is not None and not min(temperatures) > 0:
        raise ValueError(
            f"`temperatures` must be greater than 0. Received: {dict(zip(names, temperatures))}."
        )
    return temperatures


def per_modality(argument, values, names):
    """A dict, modality -> float, as a list in the order of `names`; None stays None."""
    if values is None:
        return None
    if not isinstance(values, dict) or set(values) != set(names):
        received = sorted(values) if isinstance(values, dict) else repr(values)
        raise ValueError(
            f"`{argument}` must be a dict with one number for each of {', '.join(names)}. "
            f"Received: {received}."
        )
    return [float(values[name]) for name in names]
