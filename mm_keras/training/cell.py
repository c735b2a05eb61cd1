"""One cell of the table level x operator x head, from data to a trained classifier, with the default choices."""

from dataclasses import dataclass

import numpy as np

from mm_keras.classifier import Classifier
from mm_keras.features.features import Features
from mm_keras.training.fit import fit, head_for, head_options, one_hot, patience_at

LEVELS = ("data", "feature", "decision")

@dataclass
class Trained:
    """A trained cell: the classifier, and per trained network its history (dict of lists, one value per epoch)."""

    classifier: Classifier
    history: dict


def default_features(data, level="feature", head="cnn", modalities=None, operator=None):
    """Unfitted `Features` that suit a level and a head, for pictures given as arrays or as files.

    Data level: words in a strip of pixels beside 24 x 24 grey pixels. Feature and decision level: TF-IDF of the words,
    and HOG: one histogram per cell, on a grid, for cnn and rnn and the operator attention; blocks of 2 x 2 cells in one
    vector, beside a colour histogram when the pictures have colour, for linear and dense.
    """
    from mm_keras import image, text

    modalities = modalities or data.modalities
    size, cell = _picture_size(data)
    if level == "data":
        choices = {"text": text.TextPlane((8, 24)), "image": image.Pixels(size=24)}
    else:
        min_df = 2 if len(data) >= 500 else 1
        choices = {"text": text.TFIDF(sublinear_tf=True, min_df=min_df, max_features=20_000)}
        if head in ("cnn", "rnn") or operator == "attention":
            choices["image"] = image.HOG(pixels_per_cell=cell, cells_per_block=(1, 1), feature_vector=False, size=size)
        else:
            choices["image"] = image.HOG(pixels_per_cell=cell, cells_per_block=(2, 2), size=size)
            if _has_color(data):
                choices["image"] = [choices["image"], image.ColorHistogram(size=size)]
    unknown = [name for name in modalities if name not in choices]
    if unknown:
        raise ValueError(f"There is no default extractor for {', '.join(unknown)}. Pass features=Features({unknown[0]}=...).")
    return Features(**{name: choices[name] for name in modalities})


def train_cell(data, level="feature", operator="concat", head="cnn", features=None, epochs=None, seed=0, progress=None,
               balanced=False, calibrated=True):
    """Extract, fuse and train on `data`; returns a `Trained` cell.

    Args:
        data: MultimodalData, the training samples.
        level: "data", "feature" or "decision"; or one modality's name ("text", "image") for that modality alone.
        operator: str, a fusion operator, or at the decision level a rule; not used for one modality.
        head: "linear", "dense", "cnn" or "rnn". For one modality alone, and so at the decision level, a vector (TF-IDF) gets
            the linear head where a cnn or rnn was asked for: a vocabulary has no order that they could read.
        features: unfitted Features; default `default_features(...)`.
        epochs: int, at most so many; None for the head's default.
        seed: int, sets the weights, the order of batches and the held-out samples.
        progress: function (name, epoch, epochs, logs), called after each epoch.
        balanced: bool, weigh each class by 1 / its frequency, so that rare ones count as much as frequent ones.
        calibrated: bool, at the decision level: the networks' probabilities are brought to their temperatures before the
            rule, see `decisions.DecisionParts`. Default True.

    Raises:
        ValueError: a choice that does not exist or does not fit, `balanced` for labels that do not exclude each other.
    """
    alone = level in data.modalities
    if not alone and level not in LEVELS:
        raise ValueError(f"level must be one of {', '.join(LEVELS)}, or a modality: {', '.join(data.modalities)}. Received: {level!r}.")
    features = features or default_features(data, level, head, (level,) if alone else data.modalities, operator)
    arrays = features.fit_transform(data)
    options = {"epochs": epochs, "seed": seed, "progress": progress, "balanced": balanced}
    if level == "decision":
        from mm_keras.training.decision import DecisionParts

        parts = DecisionParts(features.shapes, arrays, data, head, **options)
        model, history = parts.model(operator, calibrated), parts.history
    else:
        model, record = train_network(features.shapes, arrays, data, level, operator, head, **options)
        history = {level if alone else f"{level} level": record}
    return Trained(Classifier(features, model, data.class_names, threshold=0.5 if data.is_multi_label else None), history)


def train_network(shapes, arrays, data, level, operator, head, seed=0, **options):
    """Build and train one network on extracted arrays: a modality alone, the data or the feature level.

    Returns:
        (model, history), see `train_cell` and `fit`.
    """
    import keras

    keras.utils.set_random_seed(seed)
    model = build_network(shapes, data, level, operator, head)
    head = head_for(shapes[level], head) if level in shapes else head
    return model, fit(model, {name: arrays[name] for name in model.input}, one_hot(data), head, data.is_multi_label, seed=seed,
                      name=level, patience=patience_at(level), **options)


def build_network(shapes, data, level, operator, head):
    """The uncompiled model of one network for this data: a modality alone, the data or the feature level."""
    from mm_keras import fusion

    options = {"multi_label": data.is_multi_label}
    if level in shapes:
        head = head_for(shapes[level], head)
        return fusion.unimodal_model({level: shapes[level]}, data.num_classes, head=head, **options, **head_options(head, len(data)))
    build = fusion.data_level_model if level == "data" else fusion.feature_level_model
    return build(shapes, data.num_classes, operator=operator, head=head, **options, **head_options(head, len(data)))


def _picture_size(data):
    """(size, cell) for HOG: given arrays of one size as they are, in about 8 x 8 cells; files at 128 pixels."""
    pictures = data["image"] if "image" in data.modalities else None
    if isinstance(pictures, np.ndarray) and pictures.dtype != object:
        rows, columns = pictures.shape[1:3]
        return None, (max(rows // 8, 1), max(columns // 8, 1))
    return 128, (16, 16)


def _has_color(data):
    """Whether the pictures have colour: arrays with channels, or a sample of the files."""
    pictures = data["image"] if "image" in data.modalities else ()
    if isinstance(pictures, np.ndarray):
        return pictures.ndim == 4
    from mm_keras.image import read_images

    some = [picture for picture in pictures if picture is not None][:20]
    colors = read_images(some, size=16, grey=False).astype(int)
    return bool(len(some)) and bool((np.ptp(colors, axis=-1) > 12).any())
