"""Decision-level rules on named modalities, with checks; labels that do not exclude each other are handled."""

import numpy as np
from keras import ops

from mm_keras.fusion.decision.rules import apply_temperatures
from mm_keras.fusion.registry import RULES


def combine(
    probabilities, rule="product", priors=None, weights=None, temperatures=None, multi_label=False
):
    """Class probabilities from those of several modalities, by a rule that needs no training.

    Args:
        probabilities: dict, modality -> float array (n, K), each entry in [0, 1]. A row of nan: the sample lacks this
            modality, which is left out.
        rule: str, a key of `RULES`: "mean", "product", "max", "min", "median", "vote", "weighted_mean", "log_linear".
        priors: float (K,), the classes' shares in the training set, e.g. np.bincount(labels) / len(labels). None
            (default): all classes are equally frequent. For multi-label each label's share, labels.mean(axis=0).
        weights: dict, modality -> number >= 0, for the two weighted rules; see `choose_weights`. None: all the same.
        temperatures: dict, modality -> T > 0, see `fit_temperature`: p^(1/T), normalized, goes into the rule. None: 1.
        multi_label: bool, the columns are independent labels: the rule is applied to each one as the two classes
            [1 - p, p].

    Returns:
        float array (n, K): rows have sum 1, or with multi_label entries in [0, 1].

    Raises:
        ValueError: an unknown rule; shapes that differ; entries outside [0, 1]; priors, weights or temperatures that do
            not fit.

    Example:
        >>> p = {"text": [[0.6, 0.4]], "image": [[0.6, 0.4]]}
        >>> combine(p, "product")  # .36 : .16
        array([[0.69230769, 0.30769231]])
        >>> combine({**p, "image": [[np.nan, np.nan]]}, "product")
        array([[0.6, 0.4]])
    """
    names, stacked, here = stack(probabilities)
    options = check_options(
        rule, names, stacked.shape[-1], priors, weights, temperatures, multi_label
    )
    return ops.convert_to_numpy(fuse(stacked, here, rule, multi_label=multi_label, **options))


def fuse(
    probabilities, present, rule, priors=None, weights=None, temperatures=None, multi_label=False
):
    """The rule on a stack (R, n, K) with present (R, n), options already checked: the core of `combine` and layer."""
    p, present, priors = classes(probabilities, present, priors, multi_label)
    if temperatures is not None:
        p = apply_temperatures(p, temperatures)
    options = {"weights": weights} if rule in weighted_rules() else {}
    fused = RULES[rule](p, present, priors, **options)
    return fused[..., 1] if multi_label else fused


def weighted_rules():
    """The names of the rules that take a weight per modality."""
    return [name for name, rule in RULES.items() if getattr(rule, "takes_weights", False)]


def classes(probabilities, present, priors, multi_label):
    """The same three; independent labels become two classes each: (R, n, K) -> (R, n, K, 2), (R, n) -> (R, n, 1)."""
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
    """`(names, probabilities (R, n, K), present (R, n))` from a dict keyed by modality; a row of nan is not present."""
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
            f"All modalities need probabilities of one shape (samples, classes). Received: {shapes}."
        )
    stacked = np.stack(list(arrays.values()))
    present = ~np.isnan(stacked).all(axis=2)
    for name, rows in zip(arrays, stacked):
        wrong = ~np.isnan(rows).all(axis=1) & ~((rows >= 0) & (rows <= 1 + 1e-6)).all(axis=1)
        if wrong.any():
            raise ValueError(
                "Probabilities lie in [0, 1], or a row is all nan for an absent modality. "
                f"Received for {name}, row {wrong.argmax()}: {rows[wrong.argmax()].tolist()}."
            )
    return list(arrays), stacked, present


def check_labels(labels, shape, multi_label):
    """The labels as an array, once they have been found to fit probabilities of this shape (n, K)."""
    labels = np.asarray(labels)
    if multi_label:
        fits, needed = (
            labels.shape == shape and np.isin(labels, (0, 1)).all(),
            f"0/1 labels of shape {shape}",
        )
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
        raise ValueError(f"The rule is one of {', '.join(RULES)}. Received: {rule!r}.")
    if weights is not None and rule not in weighted_rules():
        raise ValueError(
            f"{rule!r} uses no weights. Leave them out, or choose {' or '.join(weighted_rules())}."
        )
    weights = per_modality("weights", weights, names)
    if weights is not None and (min(weights) < 0 or not sum(weights) > 0):
        raise ValueError(
            f"`weights` are non-negative and not all 0. Received: {dict(zip(names, weights))}."
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
    good = array.shape == (num_classes,) and np.all((array >= 0) & (array <= 1))
    if not good or not (multi_label or abs(array.sum() - 1) < 1e-3):
        needed = (
            "one share in [0, 1] per label"
            if multi_label
            else "one non-negative share per class, with sum 1"
        )
        raise ValueError(
            f"`priors` needs {needed}; there are {num_classes}. Received: {array.tolist()}. "
            "Shares in the training set: np.bincount(labels, minlength=num_classes) / len(labels), "
            "for multi-label labels.mean(axis=0)."
        )
    return array.tolist()


def check_temperatures(temperatures, names):
    """Temperatures as a list of R floats, or None."""
    temperatures = per_modality("temperatures", temperatures, names)
    if temperatures is not None and not min(temperatures) > 0:
        raise ValueError(
            f"`temperatures` are greater than 0. Received: {dict(zip(names, temperatures))}."
        )
    return temperatures


def per_modality(argument, values, names):
    """A dict, modality -> number, as a list of floats in the order of `names`; None stays None."""
    if values is None:
        return None
    if not isinstance(values, dict) or set(values) != set(names):
        received = sorted(values) if isinstance(values, dict) else repr(values)
        raise ValueError(
            f"`{argument}` is a dict with one number for each of {', '.join(names)}. "
            f"Received: {received}."
        )
    return [float(values[name]) for name in names]
