"""A classifier as one Keras model: texts and pixels in, class probabilities out."""

import keras
import numpy as np
from sklearn.decomposition import TruncatedSVD

from mm_keras.image import HOG, ColorHistogram, Pixels
from mm_keras.serving.array_layers import ClassNames, KeepWherePresent, ScaleColumns
from mm_keras.serving.image_layers import Gray, HueSaturationValue, OrientedGradients, PixelValues
from mm_keras.serving.text_layers import CodePoints, CountWords, NumberWords, WeighWords
from mm_keras.serving.word_hashes import code_points, hashed
from mm_keras.text import TFIDF, BagOfWords, Sequence, TextPlane
from mm_keras.text.tokens import stop_word_set
from mm_keras.utils.messages import some_of

INSTEAD = "Or export the network alone, with raw=False, and compute its inputs with classifier.features.transform."


def raw_model(classifier, strings=None):
    """A Keras model that takes raw samples and gives the classifier's probabilities, within 1e-5.

    Its inputs are a dict: "text", strings (n,), or code points int32 (n, length) filled up with 0, see `code_points`; "image",
    uint8 pixels of the size that the image extractor has learned, (n, rows, columns) gray or (n, rows, columns, 3) when
    some extractor looks at color. An empty text and an all-black image count as missing. The last layer, "classes", has
    `class_names`.

    Strings are read as by `mm_keras.text.tokenize`, but for characters that Unicode's NFKC form takes apart or puts
    together (a ligature such as "\ufb01", accents as characters of their own): bring such texts to NFKC first, or pass
    code points. Images of another size have to be resized first, e.g. by `mm_keras.image.read_image(path, size)`.

    Args:
        classifier: Classifier.
        strings: bool, whether texts are strings (they need the TensorFlow backend) or code points. Default: strings on
            TensorFlow.

    Returns:
        keras.Model, whose layers are registered: `keras.saving.load_model` finds them after `import mm_keras.serving`.

    Raises:
        ValueError: an extractor or a parameter of one that has no counterpart in a model; the message says what has.
    """
    strings = keras.backend.backend() == "tensorflow" if strings is None else strings
    features, network = classifier.features, classifier.model
    names = list(network.input) if isinstance(network.input, dict) else list(features.shapes)
    inputs, arrays = {}, {}
    for name in names:
        read = {"text": _read_text, "image": _read_images}.get(name)
        if read is None:
            raise ValueError(f"There is no raw form for the modality {name!r}. {INSTEAD}")
        extractor = features.extractors[name]
        inputs[name], rows = read(extractor, strings)
        rows = _scaled(features.scalers[name], rows, name)
        arrays[name] = (
            KeepWherePresent(name="image_present")([rows, inputs[name]])
            if name == "image"
            else rows
        )
    outputs = network(arrays if isinstance(network.input, dict) else arrays[names[0]])
    outputs = ClassNames(classifier.class_names, classifier.threshold, name="classes")(outputs)
    return keras.Model(inputs, outputs, name="classifier")


def _scaled(scaler, rows, name):
    if scaler.method is None or rows.dtype == "int32":
        return rows
    weights = [np.broadcast_to(value, rows.shape[-1:]) for value in (scaler.mean_, scaler.scale_)]
    return _holding(
        ScaleColumns(scaler.method == "normalize", name=f"{name}_scale"), rows, weights
    )(rows)


# --- what the extractors become ---------------------------------------------------------------------------------------------


def _read_text(extractor, strings):
    """The input for texts, and what the extractor makes of it."""
    lowercase = getattr(_parts(extractor)[0], "lowercase", True)
    texts = (
        keras.Input((), dtype="string", name="text")
        if strings
        else keras.Input((None,), dtype="int32", name="text")
    )
    return texts, _applied(
        extractor, CodePoints(lowercase, name="code_points")(texts) if strings else texts
    )


def _read_images(extractor, strings):
    """The input for images, and what the extractor makes of it."""
    parts = _parts(extractor)
    sizes, colored = (
        {tuple(part.size_) for part in parts if hasattr(part, "size_")},
        any(_sees_color(part) for part in parts),
    )
    if len(sizes) != 1:
        raise ValueError(
            f"All image extractors need images of one size. Received: {sorted(sizes)}. Pass the same size=... to "
            f"each. {INSTEAD}"
        )
    images = keras.Input((*sizes.pop(), *([3] if colored else [])), dtype="uint8", name="image")
    return images, _applied(extractor, images)


def _parts(extractor):
    """The extractors of ours inside a pipeline or union; [extractor] for any other."""
    if hasattr(extractor, "steps"):
        return _parts(extractor.steps[0][1])
    if hasattr(extractor, "transformer_list"):
        return [part for _, inner in extractor.transformer_list for part in _parts(inner)]
    return [extractor]


def _applied(extractor, samples):
    """The rows that an extractor makes of a tensor of samples."""
    if hasattr(extractor, "steps"):
        for _, step in extractor.steps:
            samples = _applied(step, samples)
        return samples
    if hasattr(extractor, "transformer_list"):
        return keras.layers.Concatenate()(
            [_applied(inner, samples) for _, inner in extractor.transformer_list]
        )
    kind = type(extractor)
    if kind not in CONVERTERS:
        raise ValueError(
            f"{kind.__name__} has no counterpart in a model that takes raw samples. These have: "
            f"{', '.join(other.__name__ for other in CONVERTERS)}. {INSTEAD}"
        )
    return CONVERTERS[kind](extractor, samples)


def _counts(extractor, codes):
    """BagOfWords, and the counts of the others."""
    words = getattr(extractor, "words_", None) or sorted(
        extractor.vocabulary_, key=extractor.vocabulary_.get
    )
    layer = _knowing(
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
    return (_holding(layer, counts, [extractor.idf_]) if extractor.use_idf else layer)(counts)


def _text_plane(extractor, codes):
    if extractor.encoding == "bytes":
        raise ValueError(
            "TextPlane(encoding='bytes') has no counterpart in a model that takes raw samples. encoding='words' and "
            f"encoding='topics' have. {INSTEAD}"
        )
    counts = _counts(extractor, codes)
    layer = WeighWords(
        "max" if extractor.encoding == "words" else "l2", binary=extractor.values == "binary"
    )
    rows = (_holding(layer, counts, [extractor.idf_]) if extractor.values == "tfidf" else layer)(
        counts
    )
    if extractor.encoding == "topics":
        weights = [
            extractor.topics_.T / extractor.spread_,
            0.5 - extractor.center_ / extractor.spread_,
        ]
        gray = keras.ops.clip(
            _holding(keras.layers.Dense(extractor.shape[1]), rows, weights)(rows), 0, 1
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
    stop_word = extractor.num_ids_  # a number that no other word has
    numbers = {
        **dict.fromkeys(stop_word_set(extractor.stop_words, extractor.lowercase), stop_word),
        **extractor.vocabulary_,
    }
    layer = _knowing(
        extractor,
        numbers,
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
            "HOG(transform_sqrt=True) has no counterpart in a model that takes raw samples. transform_sqrt=False has. "
            f"{INSTEAD}"
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
    return _holding(
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


def _holding(layer, rows, weights):
    """The layer, built for these rows, with these weights."""
    layer.build(rows.shape)
    layer.set_weights(weights)
    return layer


def _sees_color(extractor):
    in_channels = getattr(extractor, "channel_axis", None) is not None
    return (
        in_channels
        or getattr(extractor, "gray", True) is False
        or isinstance(extractor, ColorHistogram)
    )


def _gray(images):
    return Gray()(images) if len(images.shape) == 4 else images


def _knowing(extractor, numbers, kind, *options):
    """A layer of this kind that knows the words; a ValueError where it could not do what the extractor does."""
    name, needed = (
        type(extractor).__name__,
        {"stem": None, "token_pattern": None, "analyzer": "word", "ngram_range": (1, 1)},
    )
    for key, value in needed.items():
        received = getattr(extractor, key, value)
        if (tuple(received) if isinstance(received, list) else received) != value:
            raise ValueError(
                f"{name}({key}={received!r}) has no counterpart in a model that takes raw samples. {key}={value!r} has. "
                f"{INSTEAD}"
            )
    table = hashed(numbers)
    layer = kind(*options, *table.shape[:2]).learn(table, extractor.lowercase)
    found, row, valid = map(
        keras.ops.convert_to_numpy, layer.words(code_points(numbers, extractor.lowercase))
    )
    read = dict.fromkeys(numbers, 0)
    words = list(numbers)
    for number, k in zip(found[valid], row[valid]):
        read[words[k]] = number if not read[words[k]] else -1
    wrong = [word for word in words if read[word] != numbers[word]]
    if wrong:
        raise ValueError(
            f"{len(wrong)} words of the vocabulary are read differently by a model that takes raw samples: "
            f"{some_of(wrong)}. Leave them out with {name}(stop_words=[...]). {INSTEAD}"
        )
    return layer
