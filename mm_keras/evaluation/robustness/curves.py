"""How fast does the score fall when the inputs get worse? One curve per corruption, and the area under it."""

import numpy as np

from mm_keras.evaluation._checks import checked_arrays
from mm_keras.evaluation.metrics import accuracy
from mm_keras.evaluation.robustness.corruptions import CORRUPTIONS


def severity_curve(
    predict,
    data,
    corruption,
    severities=(0, 1, 2, 3, 4, 5),
    labels=None,
    modality=None,
    seed=0,
    score=accuracy,
):
    """Score at each severity of one corruption of one modality, and the mean height of that curve.

    The other modalities stay as they are. A fused model should fall to the score of the modality that is left, not
    below.

    Args:
        predict: callable, `{modality: n raw samples}` -> probabilities (n, K).
        data: MultimodalData, or a dict modality -> samples. Images must be arrays, not paths.
        corruption: str, "word_drop", "typos", "blur", "noise", "occlusion" or "contrast"; or a callable
            `(samples, severity, seed)` -> samples, which needs `modality`.
        severities: sequence of float in [0, 5], rising.
        labels: int array (n,) or 0/1 array (n, K); by default those of the data.
        modality: str, what is corrupted; by default "text" or "image", as the named corruption needs.
        seed: int; the same seed gives the same corruption.
        score: callable, `score(labels, probabilities)` -> float, higher is better.

    Returns:
        dict: "corruption", "modality", "severities", "scores", "area" (mean height of the curve, by trapezoids) and
        "retained" (area / first score: 1 is untouched; 0 where the first score is 0).

    Raises:
        ValueError: an unknown corruption, a modality that the data has not, severities that do not rise.

    Example:
        >>> data = {"text": ["sun sun", "goal goal"]}
        >>> def predict(samples):    # class 1 where there is a goal
        ...     return np.eye(2)[[int("goal" in text) for text in samples["text"]]]
        >>> severity_curve(predict, data, "word_drop", labels=[0, 1])["scores"]    # one word always stays
        [1.0, 1.0, 1.0, 1.0, 1.0, 1.0]

    Reference: D. Hendrycks, T. Dietterich, Benchmarking neural network robustness to common corruptions and
    perturbations, 2019; P. P. Liang et al., MultiBench: multiscale benchmarks for multimodal representation learning,
    2021.
    """
    samples = dict(getattr(data, "samples", data))
    labels = checked_arrays(samples, getattr(data, "labels", None) if labels is None else labels)
    name, modality, corrupt = _find(corruption, modality, samples)
    severities = [float(severity) for severity in severities]
    if not severities or sorted(set(severities)) != severities:
        raise ValueError(f"Severities must rise, at least one is needed. Received: {severities}.")
    scores = [
        float(
            score(
                labels, predict({**samples, modality: corrupt(samples[modality], severity, seed)})
            )
        )
        for severity in severities
    ]
    heights, widths = (np.array(scores[1:]) + scores[:-1]) / 2, np.diff(severities)
    area = heights @ widths / widths.sum() if len(scores) > 1 else scores[0]
    return {
        "corruption": name,
        "modality": modality,
        "severities": severities,
        "scores": scores,
        "area": float(area),
        "retained": float(area / scores[0]) if scores[0] else 0.0,
    }


def _find(corruption, modality, samples):
    """Name, modality and function of a corruption given by its name or as a function."""
    known = {
        name: (kind, function)
        for kind, group in CORRUPTIONS.items()
        for name, function in group.items()
    }
    if callable(corruption):
        name, function = getattr(corruption, "__name__", "corruption"), corruption
        kind = next(
            (kind for kind, known_function in known.values() if known_function is corruption), None
        )
    elif corruption in known:
        name, (kind, function) = corruption, known[corruption]
    else:
        raise ValueError(
            f"Unknown corruption {corruption!r}. Choose from: {', '.join(known)}, or pass a function."
        )
    modality = kind if modality is None else modality
    if modality not in samples:
        raise ValueError(
            f"{name} needs a modality to corrupt. Received: modality={modality!r}; the data has: "
            f"{', '.join(samples)}."
        )
    return name, modality, function
