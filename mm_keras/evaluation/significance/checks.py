"""Arguments of significance tests: what is not a number, or out of range, is an error."""

import numpy as np


def check_finite(values, name, ndim=1):
    """The values as a float array (ndim axes, not empty) without NaN and infinity."""
    if np.ma.is_masked(values):
        raise ValueError(f"{name} must not have masked values. Leave them out.")
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"{name} must be numbers. {error}") from error
    if array.ndim != ndim or not array.size:
        raise ValueError(
            f"{name} must be an array with {ndim} {'axis' if ndim == 1 else 'axes'} and at least "
            f"one value. Received: shape {array.shape}."
        )
    bad = int((~np.isfinite(array)).sum())
    if bad:
        raise ValueError(
            f"{name} must be finite. Received: {bad} of {array.size} values are NaN or infinite. "
            "Leave out what has no result, for all models alike."
        )
    return array


def check_right(values, name):
    """The values, booleans or 0 and 1, as a bool array (n,)."""
    array = np.asarray(values)
    numbers = check_finite(array, name)
    if array.dtype != bool and not np.isin(numbers, (0, 1)).all():
        raise ValueError(
            f"{name} must say whether each prediction is right: booleans, or 0 and 1, such as "
            f"labels == predictions. Received: {np.unique(numbers)[:5].tolist()}."
        )
    return numbers.astype(bool)


def check_counts(values, name):
    """The values, an integer or array of integers >= 0, as an int array."""
    array = np.asarray(values)
    numbers = check_finite(array, name, array.ndim)
    is_count = (numbers >= 0) & (numbers == np.rint(numbers)) & (numbers < 2**53)
    if not is_count.all():
        raise ValueError(f"{name} must be numbers of samples, 0, 1, 2 ... Received: {values}.")
    return numbers.astype(np.int64)


def check_share(value, name):
    """A number between 0 and 1, such as a level."""
    if not 0 < value < 1:
        raise ValueError(f"{name} must be between 0 and 1. Received: {value}.")
    return value


def check_predictions(labels, **predictions):
    """Arrays of as many rows as there are labels, without NaN."""
    arrays = [np.asarray(values) for values in (labels, *predictions.values())]
    if any(np.ma.is_masked(values) for values in (labels, *predictions.values())):
        raise ValueError("labels and predictions must not have masked values. Leave them out.")
    for name, array in zip(("labels", *predictions), arrays):
        if not array.ndim or not len(array) or len(array) != len(arrays[0]):
            raise ValueError(
                f"labels, {' and '.join(predictions)} must have one row for each of the same test "
                f"samples. Received: {', '.join(str(array.shape) for array in arrays)}."
            )
        if (array != array).any():
            raise ValueError(f"{name} must not contain NaN. Received: {(array != array).sum()}.")
    return arrays
