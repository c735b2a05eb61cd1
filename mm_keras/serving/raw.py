"""A classifier as one Keras model: texts and pixels in, class probabilities out."""

from typing import TYPE_CHECKING

import keras
import numpy as np
from sklearn.decomposition import TruncatedSVD

from mm_keras.image import HOG, ColorHistogram, Pixels
from mm_keras.serving.array_layers import ClassNames, KeepWherePresent, ScaleColumns
from mm_keras.serving.image_layers import Gray, HueSaturationValue, OrientedGradients, PixelValues
from mm_keras.serving.text_layers import CodePoints, CountWords, NumberWords, WeighWords
from mm_keras.serving.word_hashes import code_points, hash_vocabulary
from mm_keras.text import TFIDF, BagOfWords, Sequence, TextPlane
from mm_keras.text.tokens import stop_word_set
from mm_keras.utils.messages import some_of

if TYPE_CHECKING:
    from mm_keras.classifier import Classifier

ALTERNATIVE = (
    "Alternatively, export the network alone (raw=False) and compute its inputs with "
    "classifier.features.transform."
)


def raw_model(classifier: "Classifier", strings: bool | None = None) -> keras.Model:
    """A Keras model that maps raw samples to the classifier's probabilities, within 1e-5.

    Its inputs are a dict: "text", strings (n,) or code points int32 (n, length) padded with 0 (see
    `code_points`); "image", uint8 pixels of the image extractor's size, (n, rows, columns) gray or
    (n, rows, columns, 3) if an extractor uses color. An empty text and an all-black image count as
    missing. The last layer, "classes", holds `class_names`.

    Strings are split as by `mm_keras.text.tokenize`, except for characters that Unicode's NFKC form
    decomposes or composes (ligatures such as "\ufb01", accents as separate characters): normalize
    such texts to NFKC first, or pass code points. Images of another size must be resized first,
    e.g. by `mm_keras.image.read_image(path, size)`.

    Args:
        classifier: Classifier.
        strings: bool, whether texts are strings (requires the TensorFlow backend) or code points.
            Default: strings on TensorFlow.

    Returns:
        keras.Model, whose layers are registered: `keras.saving.load_model` finds them after
        `import mm_keras.serving`.

    Raises:
        ValueError: an extractor, or one of its parameters, is not supported; the message says what
            is.
    """
    strings = keras.backend.backend() == "tensorflow" if strings is None else strings
    features, network = classifier.features, classifier.model
    names = list(network.input) if isinstance(network.input, dict) else list(features.shapes)
    inputs, arrays = {}, {}
    for name in names:
        build_input = {"text": _text_input, "image": _image_input}.get(name)
        if build_input is None:
            raise ValueError(f"The modality {name!r} has no raw form. {ALTERNATIVE}")
        extractor = features.extractors[name]
        inputs[name], rows = build_input(extractor, strings)
        rows = _scale(features.scalers[name], rows, name)
        arrays[name] = (
            KeepWherePresent(name="image_present")([rows, inputs[name]])
            if name == "image"
            else rows
        )
    outputs = network(arrays if isinstance(network.input, dict) else arrays[names[0]])
    outputs = ClassNames(classifier.class_names, classifier.threshold, name="classes")(outputs)
    return keras.Model(inputs, outputs, name="classifier")


def _scale(scaler, rows, name):
    if scaler.method is None or rows.dtype == "int32":
        return rows
    weights = [np.broadcast_to(value, rows.shape[-1:]) for value in (scaler.mean_, scaler.scale_)]
    return _with_weights(
        ScaleColumns(scaler.method == "normalize", name=f"{name}_scale"), rows, weights
    )(rows)


# --- from extractors to layers --------------------------------------------------------------------


def _text_input(extractor, strings):
    """The input for texts, and the extractor's output for it."""
    lowercase = getattr(_base_extractors(extractor)[0], "lowercase", True)
    texts = (
        keras.Input((), dtype="string", name="text")
        if strings
        else keras.Input((None,), dtype="int32", name="text")
    )
    return texts, _convert(
        extractor, CodePoints(lowercase, name="code_points")(texts) if strings else texts
    )


def _image_input(extractor, strings):
    """The input for images, and the extractor's output for it."""
    extractors = _base_extractors(extractor)
    sizes = {tuple(base.size_) for base in extractors if hasattr(base, "size_")}
    colored = any(_uses_color(base) for base in extractors)
    if len(sizes) != 1:
        raise ValueError(
            f"All image extractors need images of one size. Received: {sorted(sizes)}. Pass the "
            f"same size=... to each. {ALTERNATIVE}"
        )
    images = keras.Input((*sizes.pop(), *([3] if colored else [])), dtype="uint8", name="image")
    return images, _convert(extractor, images)


def _base_extractors(extractor):
    """The mm_keras extractors inside a pipeline or union; [extractor] for any other."""
    if hasattr(extractor, "steps"):
        return _base_extractors(extractor.steps[0][1])
    if hasattr(extractor, "transformer_list"):
        return [base for _, inner in extractor.transformer_list for base in _base_extractors(inner)]
    return [extractor]


def _convert(extractor, samples):
    """The tensor of features that an extractor computes from a tensor of samples."""
    if hasattr(extractor, "steps"):
        for _, step in extractor.steps:
            samples = _convert(step, samples)
        return samples
    if hasattr(extractor, "transformer_list"):
        return keras.layers.Concatenate()(
            [_convert(inner, samples) for _, inner in extractor.transformer_list]
        )
    extractor_class = type(extractor)
    if extractor_class not in CONVERTERS:
        raise ValueError(
            f"{extractor_class.__name__} is not supported in a model that takes raw samples. "
            f"Supported: {', '.join(supported.__name__ for supported in CONVERTERS)}. {ALTERNATIVE}"
        )
    return CONVERTERS[extractor_class](extractor, samples)


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
    return (_with_weights(layer, counts, [extractor.idf_]) if extractor.use_idf else layer)(counts)


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
        layer = _with_weights(layer, counts, [extractor.idf_])
    rows = layer(counts)
    if extractor.encoding == "topics":
        weights = [
            extractor.topics_.T / extractor.spread_,
            0.5 - extractor.center_ / extractor.spread_,
        ]
        gray = keras.ops.clip(
            _with_weights(keras.layers.Dense(extractor.shape[1]), rows, weights)(rows), 0, 1
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
    word_ids = {
        **dict.fromkeys(stop_word_set(extractor.stop_words, extractor.lowercase), stop_word),
        **extractor.vocabulary_,
    }
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
    return keras.layers.Flatten()(grid) if extractor.feature_vector else grid


def _pixels(extractor, images):
    return PixelValues()(_gray(images) if extractor.gray else images)


def _color_histogram(extractor, images):
    return HueSaturationValue(extractor.bins)(images)


def _truncated_svd(extractor, rows):
    return _with_weights(
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


def _with_weights(layer, rows, weights):
    """The layer, built for these rows, with these weights."""
    layer.build(rows.shape)
    layer.set_weights(weights)
    return layer


def _uses_color(extractor):
    in_channels = getattr(extractor, "channel_axis", None) is not None
    return (
        in_channels
        or getattr(extractor, "gray", True) is False
        or isinstance(extractor, ColorHistogram)
    )


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
    layer = layer_class(*options, *table.shape[:2]).set_vocabulary(table, extractor.lowercase)
    ids, row, valid = map(
        keras.ops.convert_to_numpy, layer.look_up(code_points(word_ids, extractor.lowercase))
    )
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
