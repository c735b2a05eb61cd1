"""Training of one cell of level x operator x head with the default settings."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import keras

from mm_keras.classifier import Classifier
from mm_keras.fusion.registry import LEVELS
from mm_keras.training.decision import UnimodalModels
from mm_keras.training.feature_kinds import default_features
from mm_keras.training.modality_weights import candidates, train_weighted
from mm_keras.training.networks import train_network

if TYPE_CHECKING:
    from mm_keras.datasets import MultimodalData
    from mm_keras.features.features import Features


@dataclass
class TrainedNetwork:
    """A cell trained on arrays.

    Attributes:
        model: keras.Model; its inputs are a dict with the modalities that it uses.
        history: dict, name of a network -> its history (dict of lists, one value per epoch).
        unimodal: its `UnimodalModels`, for one modality alone and at the decision level; else None.
    """

    model: keras.Model
    history: dict[str, dict[str, list[float]]]
    unimodal: UnimodalModels | None = None


@dataclass
class Trained:
    """A trained cell.

    Attributes:
        classifier: Classifier.
        history: dict, name of a network -> its history (dict of lists, one value per epoch).
        modality_weights: dict, modality -> the number by which its scaled features are multiplied.
    """

    classifier: Classifier
    history: dict[str, dict[str, list[float]]]
    modality_weights: dict[str, float] = field(default_factory=dict)


def train_on_arrays(
    shapes,
    arrays,
    data,
    level,
    operator,
    head,
    seed=0,
    calibrated=True,
    cache=None,
    own_options=None,
    built=None,
    trained=None,
    **options,
):
    """Train one cell on extracted arrays; used by commands, comparisons and `train_cell`.

    Args:
        shapes: dict, modality -> shape of one sample.
        arrays: dict, modality -> array (n, *shape).
        data: object with `labels`, `num_classes` and `is_multi_label`.
        level, operator, head, seed: see `train_cell`.
        calibrated: bool, see `train_cell`.
        cache, own_options: see `UnimodalModels`.
        built: function, called with the network before it is trained, at the data and feature
            levels.
        trained: function, called with the `UnimodalModels` before they are fused, at the decision
            level.
        **options: further options of `fit`.

    Returns:
        TrainedNetwork.
    """
    if level in shapes or level == "decision":
        names = [level] if level in shapes else list(shapes)
        unimodal = UnimodalModels(
            {name: shapes[name] for name in names},
            arrays,
            data,
            head,
            seed,
            own_options,
            cache,
            **options,
        )
        if level in shapes:
            return TrainedNetwork(unimodal.models[level], unimodal.history, unimodal)
        if trained:
            trained(unimodal)
        return TrainedNetwork(unimodal.fuse(operator, calibrated), unimodal.history, unimodal)
    model, history = train_network(
        shapes, arrays, data, level, operator, head, seed, built, **options
    )
    return TrainedNetwork(model, {f"{level} level": history})


def train_cell(
    data: "MultimodalData",
    level: str = "feature",
    operator: str | Callable | None = "concat",
    head: str | Callable = "cnn",
    features: "Features | None" = None,
    epochs: int | None = None,
    seed: int = 0,
    progress: Callable[[str, int, int, dict[str, Any]], Any] | None = None,
    balanced: bool = False,
    calibrated: bool = True,
    modality_weights: str | dict[str, float] | None = "auto",
) -> Trained:
    """Extract features from `data`, then build and train the model of one cell.

    The caller's random state does not change.

    Args:
        data: MultimodalData, the training samples.
        level: "data", "feature" or "decision"; or the name of a modality ("text", "image") for that
            modality alone.
        operator: str, a fusion operator, or at the decision level a rule; not used for one
            modality.
        head: "linear", "dense", "cnn" or "rnn", or a function with the same signature. For one
            modality alone, and so at the decision level, a vector (TF-IDF) gets the linear head
            instead of a cnn or rnn: a vocabulary has no order that they could use.
        features: unfitted Features; default `default_features(...)`.
        epochs: int, the maximum number of epochs; None for the head's default.
        seed: int, sets the weights, the order of batches and the held-out samples.
        progress: function (name, epoch, epochs, logs), called after each epoch.
        balanced: bool, weigh classes by inverse frequency, so that rare ones count as much as
            frequent ones.
        calibrated: bool, at the decision level: apply its temperature to the probabilities of each
            network before the rule, see `UnimodalModels`. Default True.
        modality_weights: where features are concatenated (level "feature", operator "concat"), the
            numbers by which the scaled features of each modality are multiplied. "auto" (default):
            equal weights, and 0.3 for each modality in turn, whichever has the lowest loss on
            held-out samples, so that a weak modality does not drown a strong one; this trains one
            network per choice. A dict, e.g. {"image": 0.5}, sets them. None: equal weights.

    Raises:
        ValueError: an unknown or unsuitable choice, or `balanced` for multi-label data.
    """
    single_modality = level in data.modalities
    if not single_modality and level not in LEVELS:
        raise ValueError(
            f"level must be one of {', '.join(LEVELS)}, or a modality: "
            f"{', '.join(data.modalities)}. Received: {level!r}."
        )
    features = features or default_features(
        data, level, head, (level,) if single_modality else data.modalities, operator
    )
    arrays = features.fit_transform(data)
    options = {"epochs": epochs, "progress": progress, "balanced": balanced}
    tried = candidates(features, level, operator, modality_weights)
    weights = tried[0]
    if len(tried) > 1 or set(weights.values()) != {1.0}:
        model, history, weights = train_weighted(
            features, arrays, data, operator, head, seed, tried, **options
        )
        network = TrainedNetwork(model, {f"{level} level": history})
    else:
        network = train_on_arrays(
            features.shapes, arrays, data, level, operator, head, seed, calibrated, **options
        )
    threshold = 0.5 if data.is_multi_label else None
    classifier = Classifier(features, network.model, data.class_names, threshold=threshold)
    return Trained(classifier, network.history, weights)
