"""Heads: (tensor, num_classes) -> class probabilities."""

from mm_keras._lazy import attach

__getattr__, __dir__, __all__ = attach(__name__, {
    "registry": ["HEADS"],
    "linear": ["linear_head"],
    "dense": ["dense_head"],
    "cnn": ["cnn_head"],
    "rnn": ["rnn_head"],
})
