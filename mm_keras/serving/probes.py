"""A check that the layers of an exported model compute what the extractors compute."""

import keras
import numpy as np

from mm_keras.image import ColorHistogram
from mm_keras.serving.converters import ALTERNATIVE, base_extractors
from mm_keras.serving.word_hashes import code_points
from mm_keras.utils.messages import collected

TEXTS = [
    "Don't PANIC: 5½ storms hit the l'E\u0301T\u00c9 \u2013 ΟΔΟΣ \u0130 LEGO\u2122 \ufb01n",
    "東京は雨 ガ \u1112\u1161\u11ab 👩\u200d💻👍🏽🇩🇪 \U00020000\x00\uff21",
]
NUM_WORDS = 50


def check_features(model, features):
    """Compare the features of a few samples.

    Args:
        model: keras.Model, dict of raw samples -> dict of features.
        features: the fitted `Features`.

    Raises:
        ValueError: the model computes other values than `features`.
    """
    samples, expected = {}, {}
    for name, tensor in model.input.items():
        extractor = features.extractors[name]
        bases = base_extractors(extractor)
        raw = _texts(bases) if name == "text" else _images(tensor.shape[1:])
        with collected():
            expected[name] = features.scalers[name].transform(extractor.transform(raw))
        if tensor.dtype == "int32":
            raw = code_points(raw, bases[0].lowercase)
        samples[name] = keras.ops.convert_to_tensor(raw)
    received = {name: keras.ops.convert_to_numpy(rows) for name, rows in model(samples).items()}
    for name, rows in expected.items():
        if _is_inexact(base_extractors(features.extractors[name])):
            continue
        if not np.allclose(received[name], rows, rtol=1e-4, atol=1e-4):
            raise ValueError(
                f"The {name} extractor {features.extractors[name]} computes other values than the "
                "layers that replace it in a model that takes raw samples: "
                f"{np.abs(received[name] - rows).max():.3g} is the largest difference. Use it "
                f"without changes of its methods or functions. {ALTERNATIVE}"
            )


def _texts(bases):
    """Words that the extractors know, and characters that are easily read differently."""
    words = [word for base in bases for word in _words(base)]
    return [*TEXTS, " ".join(words), ", ".join(words[::2]).upper()]


def _words(base):
    words = list(getattr(base, "words_", None) or getattr(base, "vocabulary_", ()))
    return words[:: max(len(words) // NUM_WORDS, 1)]


def _images(shape):
    """Random images, and one of a single color."""
    images = np.random.default_rng(0).integers(0, 256, (len(TEXTS) + 2, *shape), dtype=np.uint8)
    images[1] //= 64  # many equal values
    images[2] = 200
    return images


def _is_inexact(bases):
    """JAX has no double precision: colors on the border of two bins may fall into the other one."""
    return keras.backend.backend() == "jax" and any(
        isinstance(base, ColorHistogram) for base in bases
    )
