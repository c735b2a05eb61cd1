"""Serving: a classifier as one Keras model that takes raw texts and pixels, written as SavedModel, ONNX or `.keras` file.

Importing this package makes the layers of such a model known to `keras.saving.load_model`.
"""

from mm_keras.fusion import layers, operators  # noqa: F401
from mm_keras.fusion.decision import layers as decision_layers  # noqa: F401
from mm_keras.serving import array_layers, image_layers, text_layers  # noqa: F401
from mm_keras.utils.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
