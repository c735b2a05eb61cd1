"""From fitted extractors to the Keras layers that compute the same features."""

from types import FunctionType

import keras
from sklearn.decomposition import TruncatedSVD
from sklearn.pipeline import FeatureUnion, Pipeline

from mm_keras.image import HOG, ColorHistogram, Pixels
from mm_keras.serving.image_layers import Gray, HueSaturationValue, OrientedGradients, PixelValues
from mm_keras.serving.text_layers import CountWords, NumberWords, WeighWords
from mm_keras.serving.word_hashes import hash_vocabulary, padded_codes
from mm_keras.text import TFIDF, BagOfWords, Sequence, TextPlane
from mm_keras.text._characters import find_words
from mm_keras.text.tokens import stop_word_set
from mm_keras.utils.messages import some_of

ALTERNATIVE = (
    "Alternatively, export the network alone (raw=False; --features on the command line) and "
    "compute its inputs with classifier.features.transform."
)


def base_extractors(extractor):
    """The mm_keras extractors inside a pipeline or union; [extractor] for any other.

    Raises ValueError for those that have no converter.
    """
    if type(extractor) is Pipeline:
        return base_extractors(extractor.steps[0][1])
    if type(extractor) is FeatureUnion:
        return [base for _, inner in extractor.transformer_list for base in base_extractors(inner)]
    _check_supported(extractor)
    return [extractor]


def convert(extractor, samples):
    """The tensor of features that an extractor computes from a tensor of samples."""
    if type(extractor) is Pipeline:
        for _, step in extractor.steps:
            samples = convert(step, samples)
        return samples
    if type(extractor) is FeatureUnion:
        if extractor.transformer_weights:
            raise ValueError(
                "FeatureUnion(transformer_weights=...) is not supported in a model that takes raw "
                f"samples. {ALTERNATIVE}"
            )
        return keras.layers.Concatenate()(
            [convert(inner, samples) for _, inner in extractor.transformer_list]
        )
    _check_supported(extractor)
    return CONVERTERS[type(extractor)](extractor, samples)


def uses_color(extractor):
    """Whether an image extractor reads three channels."""
    in_channels = getattr(extractor, "channel_axis", None) is not None
    return (
        in_channels
        or getattr(extractor, "gray", True) is False
        or isinstance(extractor, ColorHistogram)
    )


def _check_supported(extractor):
    """Raise ValueError unless the extractor is exactly of a class in CONVERTERS, and unchanged."""
    extractor_class = type(extractor)
    name = extractor_class.__name__
    if extractor_class not in CONVERTERS:
        if _package(extractor_class) not in ("mm_keras", "sklearn"):
            name = f"{extractor_class.__module__}.{name}"
        raise ValueError(
            f"{name} is not supported in a model that takes raw samples. "
            f"Supported: {', '.join(supported.__name__ for supported in CONVERTERS)}. {ALTERNATIVE}"
        )
    changed = [
        attribute
        for attribute in vars(extractor)
        if callable(getattr(extractor_class, attribute, None))
    ]
    changed += [
        attribute
        for base in extractor_class.__mro__
        for attribute, value in vars(base).items()
        if isinstance(value, FunctionType) and _package(value) != _package(base)
    ]
    if changed:
        raise ValueError(
            f"{name} with changed methods ({', '.join(changed)}) is not supported in a model that "
            f"takes raw samples. {ALTERNATIVE}"
        )


def _package(definition):
    """The name of the top-level package of a class or function."""
    return definition.__module__.partition(".")[0]


def _counts(extractor, codes):
    """Word counts, the output of BagOfWords and the basis of TFIDF and TextPlane."""
    words = getattr(extractor, "words_", None) or sorted(
        extractor.vocabulary_, key=extractor.vocabulary_.get
    )
    layer = _vocabulary_layer(
        extractor,
        {word: column for column, word in enumerate(words, start=1)},
        CountWords,
        len(words),
    )
    return layer(codes)


def _bag_of_words(extractor, codes):
    counts = _counts(extractor, codes)
    return WeighWords(binary=True)(counts) if extractor.binary else counts


def _tfidf(extractor, codes):
    counts = _counts(extractor, codes)
    layer = WeighWords(extractor.norm, extractor.binary, extractor.sublinear_tf)
    return (with_weights(layer, counts, [extractor.idf_]) if extractor.use_idf else layer)(counts)


def _text_plane(extractor, codes):
    if extractor.encoding == "bytes":
        raise ValueError(
            "TextPlane(encoding='bytes') is not supported in a model that takes raw samples, but "
            f"encoding='words' and encoding='topics' are. {ALTERNATIVE}"
        )
    counts = _counts(extractor, codes)
    layer = WeighWords(
        "max" if extractor.encoding == "words" else "l2", binary=extractor.values == "binary"
    )
    if extractor.values == "tfidf":
        layer = with_weights(layer, counts, [extractor.idf_])
    rows = layer(counts)
    if extractor.encoding == "topics":
        weights = [
            extractor.topics_.T / extractor.spread_,
            0.5 - extractor.center_ / extractor.spread_,
        ]
        gray = keras.ops.clip(
            with_weights(keras.layers.Dense(extractor.shape[1]), rows, weights)(rows), 0, 1
        )
        known = keras.ops.cast(keras.ops.any(counts > 0, axis=1, keepdims=True), gray.dtype)
        return keras.layers.Reshape(extractor.output_shape_)(
            keras.ops.tile(gray * known, (1, extractor.shape[0]))
        )
    rows = keras.ops.pad(
        rows, ((0, 0), (0, extractor.shape[0] * extractor.shape[1] - rows.shape[1]))
    )
    return keras.layers.Reshape(extractor.output_shape_)(rows)


def _sequence(extractor, codes):
    stop_word = extractor.num_ids_  # an id that no other word has
    stop_words = stop_word_set(extractor.stop_words, extractor.lowercase)
    single = [word for word in stop_words if find_words(word) == [word]]  # others match no token
    word_ids = {**dict.fromkeys(single, stop_word), **extractor.vocabulary_}
    layer = _vocabulary_layer(
        extractor,
        word_ids,
        NumberWords,
        extractor.length,
        extractor.padding,
        extractor.truncating,
        stop_word,
    )
    return layer(codes)


def _hog(extractor, images):
    if extractor.transform_sqrt:
        raise ValueError(
            "HOG(transform_sqrt=True) is not supported in a model that takes raw samples, but "
            f"transform_sqrt=False is. {ALTERNATIVE}"
        )
    if extractor.channel_axis is None:
        images = _gray(images)
    grid = OrientedGradients(
        extractor.orientations,
        extractor.pixels_per_cell,
        extractor.cells_per_block,
        extractor.block_norm,
    )(images)
    if not extractor.feature_vector:
        return grid
    return keras.layers.Flatten(data_format="channels_last")(grid)


def _pixels(extractor, images):
    return PixelValues()(_gray(images) if extractor.gray else images)


def _color_histogram(extractor, images):
    return HueSaturationValue(extractor.bins)(images)


def _truncated_svd(extractor, rows):
    return with_weights(
        keras.layers.Dense(len(extractor.components_), use_bias=False),
        rows,
        [extractor.components_.T],
    )(rows)


CONVERTERS = {
    BagOfWords: _bag_of_words,
    TFIDF: _tfidf,
    TextPlane: _text_plane,
    Sequence: _sequence,
    HOG: _hog,
    Pixels: _pixels,
    ColorHistogram: _color_histogram,
    TruncatedSVD: _truncated_svd,
}


def with_weights(layer, rows, weights):
    """The layer, built for these rows, with these weights."""
    layer.build(rows.shape)
    layer.set_weights(weights)
    return layer


def _gray(images):
    return Gray()(images) if len(images.shape) == 4 else images


def _vocabulary_layer(extractor, word_ids, layer_class, *options):
    """A layer of this class with the vocabulary set.

    Raises ValueError where the layer cannot reproduce the extractor.
    """
    name = type(extractor).__name__
    supported = {"stem": None, "token_pattern": None, "analyzer": "word", "ngram_range": (1, 1)}
    for key, value in supported.items():
        received = getattr(extractor, key, value)
        if (tuple(received) if isinstance(received, list) else received) != value:
            raise ValueError(
                f"{name}({key}={received!r}) is not supported in a model that takes raw samples, "
                f"but {key}={value!r} is. {ALTERNATIVE}"
            )
    table = hash_vocabulary(word_ids)
    layer = layer_class(*options, *table.shape[:2], lowercase=extractor.lowercase)
    layer.set_vocabulary(table)
    ids, row, valid = map(keras.ops.convert_to_numpy, layer.look_up(padded_codes(word_ids))[:3])
    words = list(word_ids)
    read_ids = dict.fromkeys(words, 0)
    for word_id, k in zip(ids[valid], row[valid]):
        read_ids[words[k]] = word_id if not read_ids[words[k]] else -1
    misread = [word for word in words if read_ids[word] != word_ids[word]]
    if misread:
        raise ValueError(
            f"A model that takes raw samples would read {len(misread)} word(s) of the vocabulary "
            f"differently: {some_of(misread)}. Remove them with {name}(stop_words=[...]). "
            f"{ALTERNATIVE}"
        )
    return layer
