"""mm_keras: classic multimodal fusion in Keras, step by step: preprocess, extract, fuse, train, predict."""

from mm_keras._lazy import attach

__version__ = "0.1.0"

__getattr__, __dir__, __all__ = attach(__name__, {
    "datasets": [], "text": [], "image": [], "fusion": [], "heads": [], "evaluation": [], "plots": [], "serving": [], "distributed": [],
    "features": ["Features"],
    "classifier": ["Classifier"],
})
