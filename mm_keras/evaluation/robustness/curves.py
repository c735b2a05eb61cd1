"""Score over the severity of one corruption, and the area under that curve."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from mm_keras.evaluation._checks import check_arrays
from mm_keras.evaluation.metrics import accuracy
from mm_keras.evaluation.robustness.corruptions import CORRUPTIONS

if TYPE_CHECKING:
    from mm_keras.datasets import MultimodalData


def severity_curve(
    predict: Callable[[dict], np.ndarray],
    data: "MultimodalData | Mapping[str, Sequence]",
    corruption: str | Callable,
    severities: Sequence[float] = (0, 1, 2, 3, 4, 5),
    labels: ArrayLike | None = None,
    modality: str | None = None,
    seed: int = 0,
    score: Callable[..., float] = accuracy,
) -> dict:
    """Score at each severity of one corruption of one modality, and the mean height of that curve.

    The other modalities remain unchanged. The score of a fused model should fall no lower than that
    of the remaining modality.

    Args:
        predict: callable, `{modality: n raw samples}` -> probabilities (n, K).
        data: MultimodalData, or a dict modality -> samples. Images must be arrays, not paths.
        corruption: str, "word_drop", "typos", "blur", "noise", "occlusion" or "contrast"; or a
            callable `(samples, severity, seed)` -> samples, which requires `modality`.
        severities: sequence of float in [0, 5], strictly increasing.
        labels: int array (n,) or 0/1 array (n, K); by default those of the data.
        modality: str, the modality to corrupt; by default that of the named corruption, "text" or
            "image".
        seed: int; the same seed gives the same corruption.
        score: callable, `score(labels, probabilities)` -> float, higher is better.

    Returns:
        dict: "corruption", "modality", "severities", "scores", "area" (mean height of the curve, by
        the trapezoidal rule) and "retained" (area / first score, where 1 is no loss; 0 if the first
        score is 0).

    Raises:
        ValueError: an unknown corruption, a modality missing from the data, severities that do not
            increase.

    Example:
        >>> data = {"text": ["sun sun", "goal goal"]}
        >>> def predict(samples):    # class 1 if the text contains "goal"
        ...     return np.eye(2)[[int("goal" in text) for text in samples["text"]]]
        >>> curve = severity_curve(predict, data, "word_drop", labels=[0, 1])
        >>> curve["scores"]    # one word always remains
        [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]

    Reference: D. Hendrycks, T. Dietterich, Benchmarking neural network robustness to common
    corruptions and perturbations, 2019; P. P. Liang et al., MultiBench: multiscale benchmarks for
    multimodal representation learning, 2021.
    """
    samples = dict(getattr(data, "samples", data))
    labels = check_arrays(samples, getattr(data, "labels", None) if labels is None else labels)
    name, modality, corrupt = _resolve(corruption, modality, samples)
    severities = check_increasing(severities, "severities")
    scores = [
        float(
            score(
                labels, predict({**samples, modality: corrupt(samples[modality], severity, seed)})
            )
        )
        for severity in severities
    ]
    area = mean_height(severities, scores)
    return {
        "corruption": name,
        "modality": modality,
        "severities": severities,
        "scores": scores,
        "area": area,
        "retained": area / scores[0] if scores[0] else 0.0,
    }


def check_increasing(values, name):
    """The values as floats; ValueError unless they increase strictly."""
    values = [float(value) for value in values]
    if not values or sorted(set(values)) != values:
        raise ValueError(
            f"{name} must be strictly increasing, with at least one value. Received: {values}."
        )
    return values


def mean_height(positions, scores):
    """Mean height of a curve, by the trapezoidal rule."""
    if len(scores) == 1:
        return float(scores[0])
    heights, widths = (np.array(scores[1:]) + scores[:-1]) / 2, np.diff(positions)
    return float(heights @ widths / widths.sum())


def _resolve(corruption, modality, samples):
    """Name, modality and function of a corruption, given by its name or as a function."""
    known = {
        name: (group, function)
        for group, functions in CORRUPTIONS.items()
        for name, function in functions.items()
    }
    if callable(corruption):
        name, function = getattr(corruption, "__name__", "corruption"), corruption
        default = next(
            (group for group, known_one in known.values() if known_one is function), None
        )
    elif corruption in known:
        name = corruption
        default, function = known[corruption]
    else:
        raise ValueError(
            f"Unknown corruption {corruption!r}. Choose one of {', '.join(known)}, or pass a "
            "function."
        )
    modality = default if modality is None else modality
    if modality not in samples:
        raise ValueError(
            f"{name} needs a modality to corrupt. Received: modality={modality!r}; the data has: "
            f"{', '.join(samples)}."
        )
    return name, modality, function
