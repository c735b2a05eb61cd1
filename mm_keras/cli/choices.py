"""The extractors and the optimizer that the options of a command choose."""

from inspect import signature

from sklearn.base import clone

from mm_keras.features import Features
from mm_keras.image import HOG, SIFT, ColorHistogram, Pixels
from mm_keras.text import TFIDF, BagOfWords, Sequence

TEXT_FEATURES = {"tfidf": TFIDF, "bow": BagOfWords, "sequence": Sequence}
IMAGE_FEATURES = {"hog": HOG, "sift": SIFT, "color": ColorHistogram, "pixels": Pixels}
# Options -> parameters of the extractors.
TEXT_OPTIONS = {
    "stem": "stem",
    "stop_words": "stop_words",
    "ngrams": "ngram_range",
    "min_df": "min_df",
}
IMAGE_OPTIONS = {"image_size": "size"}
# Features that are no vectors.
NO_VECTORS = {"sequence": "token ids of sequence", "pixels": "pixels of an image"}


def optimizer_options(options):
    """The options of `fit` that the options of a command give, see `add_optimizer_options`."""
    return {name: getattr(options, name) for name in ("optimizer", "learning_rate", "batch_size")}


def check_chosen(options):
    """Raise before Keras starts what `with_chosen` would raise for a text and an image."""
    with_chosen(Features(text=TFIDF(), image=HOG()), options)


def check_positions(options, operator=None):
    """Raise before Keras starts if the feature level needs positions and no features have any.

    Token ids, pixels and HOG (then a grid) have positions.

    Args:
        options: the options of a command: `head` and those of `add_feature_options`.
        operator: str, the operator at the feature level, if it can be chosen.
    """
    readers = ["--operator attention"] if operator == "attention" else []
    readers += ["--head rnn"] if options.head == "rnn" else []
    if len(readers) == 2:
        raise ValueError(
            "--head rnn reads a sequence, and --operator attention makes a vector. Choose another "
            "operator, such as concat or product, or --head dense or cnn."
        )
    texts, images = options.text_features or ["tfidf"], options.image_features or ["hog"]
    if readers and texts != ["sequence"] and images not in (["hog"], ["pixels"]):
        raise ValueError(
            f"{readers[0]} needs features with positions: --image-features hog or pixels, or "
            f"--text-features sequence. Received: {', '.join([*texts, *images])}."
        )


def with_chosen(features, options):
    """The default features, with the extractors and settings that the options name.

    Args:
        features: unfitted Features.
        options: the options of a command, see `add_feature_options`.

    Raises:
        ValueError: a setting that none of the extractors has, or token ids beside other features.
    """
    chosen = {}
    for name, extractor in features.extractors.items():
        kind = name.partition("_")[0]
        if kind == "text":
            names, classes, table = options.text_features, TEXT_FEATURES, TEXT_OPTIONS
        elif kind == "image":
            names, classes, table = options.image_features, IMAGE_FEATURES, IMAGE_OPTIONS
        else:
            chosen[name] = extractor
            continue
        settings = {
            parameter: getattr(options, option)
            for option, parameter in table.items()
            if getattr(options, option) is not None
        }
        chosen[name] = _chosen(extractor, names, classes, settings)
    return Features(scale=features.scale, **chosen)


def _chosen(default, names, classes, settings):
    """The extractor, or a list of several, with the settings that each of them has."""
    defaults = [clone(part) for part in _parts(default)]
    alone = next((name for name in names or () if name in NO_VECTORS), None)
    if alone and len(names) > 1:
        raise ValueError(
            f"The {NO_VECTORS[alone]} cannot be concatenated with other features. Choose {alone} "
            f"alone, or leave it out. Received: {', '.join(names)}."
        )
    if names is None:
        extractors = defaults
    else:
        same = {type(part): part for part in defaults}
        extractors = [same.get(classes[name]) or _like(classes[name], defaults) for name in names]
    unused = set(settings)
    for extractor in extractors:
        if len(extractors) > 1 and isinstance(extractor, HOG):
            extractor.set_params(feature_vector=True)  # a grid cannot be concatenated
        own = settings.keys() & extractor.get_params().keys()
        extractor.set_params(**{name: settings[name] for name in own})
        unused -= own
    if unused:
        listed = ", ".join(type(extractor).__name__ for extractor in extractors)
        raise ValueError(
            f"{listed} {'has' if len(extractors) == 1 else 'have'} no setting "
            f"{', '.join(sorted(unused))}. Leave out this option, or choose other features."
        )
    return extractors[0] if len(extractors) == 1 else extractors


def _parts(extractor):
    """The extractors of a FeatureUnion, or the one extractor."""
    return [part for _, part in getattr(extractor, "transformer_list", [("", extractor)])]


def _like(cls, others):
    """An extractor of a class with the settings of others that it has too, such as the size."""
    names = set(signature(cls).parameters) & {"size", "min_df", "max_features", "sublinear_tf"}
    given = {
        name: value
        for other in others
        for name, value in other.get_params(deep=False).items()
        if name in names
    }
    return cls(**given)
