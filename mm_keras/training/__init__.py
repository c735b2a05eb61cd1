"""Training with the default choices: one network, one modality each, or one cell of level x operator x head."""

from mm_keras.utils.lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, __file__)
