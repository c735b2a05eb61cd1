"""Serving: a classifier as one Keras model that takes raw texts and pixels, written as SavedModel, ONNX or `.keras` file.

Importing this package makes the layers of such a model known to `keras.saving.load_model`.
"""

from mm_keras._lazy import attach
from mm_keras.fusion import decision_layers, layers, operators  # noqa: F401
from mm_keras.serving import array_layers, image_layers, text_layers  # noqa: F401

__getattr__, __dir__, __all__ = attach(__name__, {
    "exporting": ["export"],
    "raw": ["raw_model"],
    "word_hashes": ["code_points"],
})
