"""One cell of the table level x operator x head, with the default choices: from arrays to a network, from data to a classifier."""

from dataclasses import dataclass

import keras

from mm_keras.classifier import Classifier
from mm_keras.fusion.registry import LEVELS
from mm_keras.training.decision import UnimodalModels
from mm_keras.training.defaults import default_features
from mm_keras.training.networks import train_network


@dataclass
class TrainedNetwork:
    """A cell that was trained on arrays.

    Attributes:
        model: keras.Model; its inputs are a dict with the modalities that it uses.
        history: dict, name of a network -> its history (dict of lists, one value per epoch).
        unimodal: the `UnimodalModels` of which it is made: of a modality alone and at the decision level, else None.
    """

    model: keras.Model
    history: dict
    unimodal: UnimodalModels | None = None


@dataclass
class Trained:
    """A trained cell: the classifier, and per trained network its history (dict of lists, one value per epoch)."""

    classifier: Classifier
    history: dict


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
    """Train one cell on extracted arrays: the one way in which commands, comparisons and `train_cell` do it.

    Args:
        shapes: dict, modality -> shape of one sample.
        arrays: dict, modality -> array (n, *shape).
        data: what has `labels`, `num_classes` and `is_multi_label`.
        level, operator, head, seed: see `train_cell`.
        calibrated: bool, see `train_cell`.
        cache, own_options: see `UnimodalModels`.
        built: function, called with a network before it is trained: at the data and the feature level.
        trained: function, called with the `UnimodalModels` before they are fused: at the decision level.
        **options: of `fit`.

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
    data,
    level="feature",
    operator="concat",
    head="cnn",
    features=None,
    epochs=None,
    seed=0,
    progress=None,
    balanced=False,
    calibrated=True,
):
    """Extract, fuse and train on `data`; returns a `Trained` cell. The caller's random state stays as it is.

    Args:
        data: MultimodalData, the training samples.
        level: "data", "feature" or "decision"; or one modality's name ("text", "image") for that modality alone.
        operator: str, a fusion operator, or at the decision level a rule; not used for one modality.
        head: "linear", "dense", "cnn" or "rnn", or a function of the same form. For one modality alone, and so at the
            decision level, a vector (TF-IDF) gets the linear head where a cnn or rnn was asked for: a vocabulary has no
            order that they could read.
        features: unfitted Features; default `default_features(...)`.
        epochs: int, the maximum number of epochs; None for the head's default.
        seed: int, sets the weights, the order of batches and the held-out samples.
        progress: function (name, epoch, epochs, logs), called after each epoch.
        balanced: bool, weigh each class by 1 / its frequency, so that rare ones count as much as frequent ones.
        calibrated: bool, at the decision level: the networks' probabilities are brought to their temperatures before the
            rule, see `UnimodalModels`. Default True.

    Raises:
        ValueError: a choice that does not exist or does not fit, `balanced` for labels that do not exclude each other.
    """
    alone = level in data.modalities
    if not alone and level not in LEVELS:
        raise ValueError(
            f"level must be one of {', '.join(LEVELS)}, or a modality: {', '.join(data.modalities)}. Received: {level!r}."
        )
    features = features or default_features(
        data, level, head, (level,) if alone else data.modalities, operator
    )
    arrays = features.fit_transform(data)
    found = train_on_arrays(
        features.shapes,
        arrays,
        data,
        level,
        operator,
        head,
        seed,
        calibrated,
        epochs=epochs,
        progress=progress,
        balanced=balanced,
    )
    return Trained(
        Classifier(
            features, found.model, data.class_names, threshold=0.5 if data.is_multi_label else None
        ),
        found.history,
    )
