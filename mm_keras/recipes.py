"""One cell of the table level x operator x head, from data to a trained classifier, with the default choices."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from mm_keras.classifier import Classifier
from mm_keras.features import Features
from mm_keras.training import BATCH_SIZE, class_weights, compile_for, fit, head_for, head_options, one_hot

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
               balanced=False):
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
        parts = DecisionParts(features.shapes, arrays, data, head, **options)
        model, history = parts.model(operator), parts.history
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
                      name=level, **options)


def build_network(shapes, data, level, operator, head):
    """The uncompiled model of one network for this data: a modality alone, the data or the feature level."""
    from mm_keras import fusion

    options = {"multi_label": data.is_multi_label}
    if level in shapes:
        head = head_for(shapes[level], head)
        return fusion.unimodal_model({level: shapes[level]}, data.num_classes, head=head, **options, **head_options(head, len(data)))
    build = fusion.data_level_model if level == "data" else fusion.feature_level_model
    return build(shapes, data.num_classes, operator=operator, head=head, **options, **head_options(head, len(data)))


class DecisionParts:
    """One trained model per modality; `model(rule)` joins them. What a rule has to learn, it learns out of fold.

    Args:
        own: dict, modality -> options of `fit` that differ for it.
        known: dict of `Part`s that were trained on the same data, which are used again; new ones are added to it.

    Attributes:
        models, history: dict, modality -> trained model, its history.
    """

    def __init__(self, shapes, arrays, data, head, seed=0, own=None, known=None, **options):
        self.data, self.parts = data, {}
        for name in shapes:
            key = (name, head_for(shapes[name], head), tuple(shapes[name]))
            if known is None or key not in known:
                part = Part(name, shapes[name], arrays[name], data, key[1], seed, **{**options, **(own or {}).get(name, {})})
                self.parts[name] = part if known is None else known.setdefault(key, part)
            else:
                self.parts[name] = known[key]
        self.models = {name: part.model for name, part in self.parts.items()}
        self.history = {name: part.history for name, part in self.parts.items()}

    def head_of(self, name):
        """The head of this modality's own model."""
        return self.parts[name].head

    def model(self, operator):
        """The decision-level Keras model with this rule, or with a combiner or weights fitted out of fold."""
        from mm_keras import fusion
        from mm_keras.fusion.decision_level import COMBINERS
        from mm_keras.fusion.rules import WEIGHTED

        settings = {"priors": one_hot(self.data).mean(axis=0), "multi_label": self.data.is_multi_label}
        if operator in WEIGHTED:
            settings["weights"] = fusion.choose_weights(self.out_of_fold, self.data.labels, operator)
        model = fusion.decision_level_model(self.models, operator, **settings)
        return fusion.fit_combiner(model, self.out_of_fold, self.data.labels) if operator in COMBINERS else model

    @property
    def out_of_fold(self):
        """dict, modality -> (n, classes), see `Part.out_of_fold`."""
        return {name: part.out_of_fold for name, part in self.parts.items()}


class Part:
    """A trained model of one modality, and what models of its kind say of samples that they were not trained on.

    Attributes:
        model, history: the trained Keras model, its history.
    """

    def __init__(self, name, shape, array, data, head, seed=0, **options):
        self.name, self.shape, self.array, self.data, self.head, self.seed = name, shape, array, data, head, seed
        self.learning_rate, self.balanced = options.get("learning_rate"), options.get("balanced", False)
        self.model, self.history = train_network({name: shape}, {name: array}, data, name, None, head, seed=seed, **options)

    @cached_property
    def out_of_fold(self):
        """(n, classes): probabilities out of fold, of models trained for as many epochs as this one took to its best."""
        import keras

        from mm_keras import fusion

        def build(name):
            model = build_network({name: self.shape}, self.data, name, None, self.head)
            return compile_for(model, self.head, self.data.is_multi_label, self.learning_rate)

        keras.utils.set_random_seed(self.seed)
        epochs = int(np.argmin(self.history.get("val_loss", self.history["loss"]))) + 1
        targets = one_hot(self.data)
        weights = class_weights(targets, self.data.is_multi_label) if self.balanced else None
        return fusion.out_of_fold_probabilities(build, {self.name: self.array}, targets, seed=self.seed, fit={
            "epochs": epochs, "batch_size": BATCH_SIZE, "class_weight": weights})[self.name]


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
