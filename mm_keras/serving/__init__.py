"""Export a classifier as one model that takes raw texts and pixels: SavedModel, ONNX or `.keras`.

Importing this package registers the layers of such a model for `keras.saving.load_model`.
"""

from mm_keras.fusion import layers, operators  # noqa: F401
from mm_keras.fusion.decision import layers as decision_layers  # noqa: F401
from mm_keras.serving import array_layers, image_layers, text_layers  # noqa: F401
from mm_keras.utils.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
