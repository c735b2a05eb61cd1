"""The weight of each modality where features are concatenated, chosen on held-out samples."""

from collections.abc import Sequence

import numpy as np

from mm_keras.training.fit import hold_out, targets_of, training_defaults
from mm_keras.training.networks import train_network

LOW_WEIGHT = 0.3  # of one modality beside the others
HELD_OUT = 0.15  # of the samples, for heads that are trained without a validation split


def weightings(modalities: Sequence[str]) -> list[dict[str, float]]:
    """Equal weights, then a low weight for the last modality, for the one before, and so on.

    Example:
        >>> weightings(["text", "image"])[:2]
        [{'text': 1.0, 'image': 1.0}, {'text': 1.0, 'image': 0.3}]
    """
    return [
        {name: LOW_WEIGHT if name == weak else 1.0 for name in modalities}
        for weak in [None, *reversed(modalities)]
    ]


def candidates(features, level, operator, weights):
    """The weightings to try in a cell, as a list of dicts; see `train_cell`.

    Raises:
        ValueError: weights of an unknown modality, of one whose features are not scaled, or where
            nothing is concatenated.
    """
    names = list(features.shapes)
    scaled = [name for name in names if features.scalers[name].method in ("block", "standardize")]
    side_by_side = level == "feature" and operator == "concat" and len(names) > 1
    if weights == "auto":
        equal = dict.fromkeys(names, 1.0)
        return weightings(names) if side_by_side and scaled == names else [equal]
    weights = dict(weights or {})
    if weights and not side_by_side:
        raise ValueError(
            "modality_weights apply to several modalities at level='feature' with "
            f"operator='concat'. Received: level={level!r}, operator={operator!r}."
        )
    for name, weight in weights.items():
        if name not in scaled:
            raise ValueError(
                f"modality_weights can have the keys {', '.join(scaled) or '(none)'}, the "
                f"modalities whose features are scaled by block or column. Received: {name!r}."
            )
        if not weight > 0:
            raise ValueError(f"modality_weights must be greater than 0. Received: {weight!r}.")
    return [{name: float(weights.get(name, 1.0)) for name in names}]


def train_weighted(features, arrays, data, operator, head, seed, tried, **options):
    """The feature-level network with the weighting whose validation loss is lowest.

    All weightings are judged on the same held-out samples. A head that is trained without a
    validation split is trained once more, on all samples. With too few samples to hold out any, the
    first weighting is used. The chosen weights become part of the scalers of the features.

    Args:
        features: fitted Features; arrays: their arrays of the training samples.
        data, operator, head, seed: see `train_cell`.
        tried: list of dicts, see `candidates`.
        **options: further options of `fit`.

    Returns:
        (model, history, weights).
    """

    def train(rows, data, weights):
        rows = weighted(rows, weights)
        return train_network(
            features.shapes, rows, data, "feature", operator, head, seed, **options
        )

    kept, held_out = hold_out(targets_of(data), HELD_OUT, seed)
    if len(tried) == 1 or not len(held_out):
        (best,), network = tried[:1], None
    elif training_defaults(head).validation_split:
        networks = [train(arrays, data, weights) for weights in tried]
        number = int(np.argmin([min(history["val_loss"]) for _, history in networks]))
        best, network = tried[number], networks[number]
    else:
        part, rest = data[kept], {name: array[kept] for name, array in arrays.items()}
        unseen = {name: array[held_out] for name, array in arrays.items()}
        losses = []
        for weights in tried:
            model, _ = train(rest, part, weights)
            loss = model.evaluate(
                weighted(unseen, weights), targets_of(data)[held_out], verbose=0, return_dict=True
            )
            losses.append(loss["loss"])
        best, network = tried[int(np.argmin(losses))], None
    model, history = network or train(arrays, data, best)
    for name, weight in best.items():
        if weight != 1:
            scaler = features.scalers[name]
            scaler.scale_ = np.asarray(scaler.scale_ / np.float32(weight), dtype=np.float32)
    return model, history, best


def weighted(arrays, weights):
    """The arrays times the weights of their modalities."""
    return {
        name: array if weights[name] == 1 else array * array.dtype.type(weights[name])
        for name, array in arrays.items()
    }
