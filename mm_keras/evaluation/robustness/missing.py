"""Score of a model by the share of samples in which one modality is missing, and by mechanism."""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike

from mm_keras.evaluation._checks import check_arrays
from mm_keras.evaluation.metrics import accuracy
from mm_keras.evaluation.modality_use.ablation import missing_like
from mm_keras.evaluation.robustness.curves import check_increasing, mean_height

if TYPE_CHECKING:
    from mm_keras.datasets import MultimodalData

MECHANISMS = ("random", "class", "value")
RATES = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


def missing_curves(
    predict: Callable[[dict], np.ndarray],
    data: "MultimodalData | Mapping[str, Sequence]",
    labels: ArrayLike | None = None,
    modalities: Sequence[str] | None = None,
    mechanisms: Sequence[str] | Mapping[str, ArrayLike] = MECHANISMS,
    rates: Sequence[float] = RATES,
    num_draws: int = 20,
    seed: int = 0,
    score: Callable[..., float] = accuracy,
) -> list[dict]:
    """Scores as one modality is missing in more and more samples; one curve per mechanism.

    The mechanism says which samples lose the modality first:

    - "random": any, equally likely, missing completely at random (MCAR). The accuracy then falls on
      a straight line from that with all modalities to that without this one, up to chance.
    - "class": those of one class, then those of another, in random order: missing depends on the
      label (not at random, MNAR), as when one section of a newspaper buys no photos. How far the
      scores lie apart shows how much depends on which class it is.
    - "value": those of which this modality says most (with the others missing, the most likely
      class has the highest probability): missing depends on the missing value itself (MNAR).

    A sample that has lost the modality at a low rate has lost it at all higher rates. Nothing is
    trained again, and the model is applied only to the complete samples and to those without the
    modality: it must treat each sample by itself.

    Args:
        predict: callable, `{modality: n samples}` -> probabilities (n, K).
        data: MultimodalData (missing samples are None), or a dict modality -> array of features
            (missing rows are zero) or list of raw samples (None).
        labels: int array (n,) or 0/1 array (n, K); by default those of the data.
        modalities: sequence of str, those to leave out in turn; by default all.
        mechanisms: sequence of names as above; or a dict, name -> number (n,) per sample, where
            those with the highest numbers lose the modality first, e.g. {"dark": -brightness}.
        rates: sequence of float in [0, 1], strictly increasing.
        num_draws: int >= 1, how often the order of the samples (and classes) is drawn.
        seed: int; the same seed draws the same orders.
        score: callable, `score(labels, probabilities)` -> float, higher is better.

    Returns:
        list of dict: "modality", "mechanism", "rates", "scores" (means over the draws), "low" and
        "high" (the lowest and the highest of the draws, at each rate), "area" (mean height of the
        curve) and "retained" (area / first score; 0 if that is 0).

    Raises:
        ValueError: an unknown modality or mechanism, "class" with multi-label targets, rates that
            do not increase.

    Example:
        >>> arrays = {"text": np.array([[3., 0], [0, 3]] * 5), "image": np.zeros((10, 2))}
        >>> def predict(arrays):    # a softmax of the text alone
        ...     powers = np.exp(arrays["text"])
        ...     return powers / powers.sum(axis=1, keepdims=True)
        >>> curves = missing_curves(predict, arrays, [0, 1] * 5, ["text"], ["class"], [0, 0.5, 1])
        >>> curves[0]["low"], curves[0]["high"]    # class 0 is still guessed right without a text
        ([1.0, 0.5, 0.5], [1.0, 1.0, 0.5])

    Reference: R. J. A. Little, D. B. Rubin, Statistical analysis with missing data, 2002
    (mechanisms); N. Neverova, C. Wolf, G. Taylor, F. Nebout, ModDrop, 2016 (missing modalities).
    """
    samples = dict(getattr(data, "samples", data))
    labels = check_arrays(samples, getattr(data, "labels", None) if labels is None else labels)
    modalities = list(samples if modalities is None else modalities)
    mechanisms = _priorities(mechanisms, labels)
    unknown = [name for name in modalities if name not in samples]
    if unknown or num_draws < 1:
        raise ValueError(
            "modalities must be among those of the data, and num_draws at least 1. Received: "
            f"{', '.join(unknown or modalities)}; the data has: {', '.join(samples)}; "
            f"num_draws={num_draws}."
        )
    rates = check_increasing(rates, "rates")
    if not 0 <= rates[0] <= rates[-1] <= 1:
        raise ValueError(f"rates must lie between 0 and 1. Received: {rates}.")
    is_raw = hasattr(data, "samples")
    empty = {
        name: [None] * len(labels) if is_raw else missing_like(values)
        for name, values in samples.items()
    }
    complete, curves = np.asarray(predict(dict(samples))), []
    for modality in modalities:
        without = np.asarray(predict({**samples, modality: empty[modality]}))
        for mechanism, priorities in mechanisms.items():
            if mechanism == "value" and priorities is None:
                alone = np.asarray(predict({**empty, modality: samples[modality]}))
                priorities = alone.max(axis=1)
            scores = _scores(
                complete, without, labels, priorities, mechanism, rates, num_draws, seed, score
            )
            curves.append(_curve(modality, mechanism, rates, scores))
    return curves


def _priorities(mechanisms, labels):
    """dict, mechanism -> float (n,), or None for those that are drawn or need predictions."""
    if isinstance(mechanisms, Mapping):
        by_name = {str(name): np.asarray(values, float) for name, values in mechanisms.items()}
        for name, values in by_name.items():
            if values.shape != (len(labels),) or not np.isfinite(values).all():
                raise ValueError(
                    f"The mechanism {name!r} needs one finite number for each of the "
                    f"{len(labels)} samples. Received: shape {values.shape}."
                )
        return by_name
    names = [mechanisms] if isinstance(mechanisms, str) else list(mechanisms)
    unknown = [name for name in names if name not in MECHANISMS]
    if unknown or not names:
        raise ValueError(
            f"mechanisms must be some of {', '.join(MECHANISMS)}, or a dict, name -> one number "
            f"per sample. Received: {names}."
        )
    if "class" in names and labels.ndim == 2:
        raise ValueError(
            "The mechanism 'class' needs one class per sample. Received multi-label targets: "
            "choose other mechanisms."
        )
    return dict.fromkeys(names)


def _scores(complete, without, labels, priorities, mechanism, rates, num_draws, seed, score):
    """Scores (draws, rates): the samples in the order of their priorities have lost the modality.

    Equal priorities are in random order.
    """
    rng, scores = np.random.default_rng(seed), []
    for _ in range(num_draws):
        keys = np.zeros(len(labels)) if priorities is None else priorities
        if mechanism == "class" and priorities is None:
            keys = rng.permutation(labels.max() + 1)[labels]
        order = np.lexsort((rng.random(len(labels)), -keys))
        place = np.empty(len(labels), dtype=int)
        place[order] = np.arange(len(labels))
        lost = [place < round(rate * len(labels)) for rate in rates]
        scores.append([score(labels, np.where(one[:, None], without, complete)) for one in lost])
    return np.array(scores, dtype=float)


def _curve(modality, mechanism, rates, scores):
    mean = scores.mean(axis=0)
    area = mean_height(rates, mean)
    return {
        "modality": modality,
        "mechanism": mechanism,
        "rates": rates,
        "scores": mean.tolist(),
        "low": scores.min(axis=0).tolist(),
        "high": scores.max(axis=0).tolist(),
        "area": area,
        "retained": float(area / mean[0]) if mean[0] else 0.0,
    }
