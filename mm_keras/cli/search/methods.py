"""The methods that `search` compares: each maps texts and images to one space."""

import numpy as np
from sklearn import linear_model
from sklearn.base import clone
from sklearn.pipeline import make_pipeline

from mm_keras.features.features import Features
from mm_keras.retrieval import CCA, SemanticMatching
from mm_keras.training import default_features, train_dual_encoder
from mm_keras.utils.keras_tools import predict_padded

METHODS = {  # the first one is not a choice of --method: it is a baseline only
    "ridge": "ridge regression, image to text",
    "cca": "CM, correlation (CCA)",
    "sm": "SM, class probabilities",
    "scm": "SCM, CM followed by SM",
    "dual-encoder": "dual encoder",
}


def search_features(train):
    """Unfitted Features: words and parts of words, so that "stars" finds "star"; HOG and color."""
    extractors = default_features(train, "feature", "dense", ("text", "image")).extractors
    parts = clone(extractors["text"]).set_params(analyzer="char_wb", ngram_range=(3, 4))
    return Features(text=[extractors["text"], parts], image=extractors["image"])


def fit(method, features, arrays, labels, seed=0, epochs=None, progress=None):
    """What maps a dict of arrays to a dict of unit vectors: a fitted estimator, or a network.

    Args:
        method: str, one of METHODS.
        features: fitted Features of text and image.
        arrays: dict of the arrays of the training samples.
        labels: int (n,), or None.
        seed, epochs, progress: for the dual encoder.
    """
    if method == "dual-encoder":
        return train_dual_encoder(features, arrays, epochs, seed, progress)
    if method == "scm":
        return make_pipeline(CCA(), SemanticMatching()).fit(arrays, labels)
    estimator = {"ridge": Ridge, "cca": CCA, "sm": SemanticMatching}[method]()
    return estimator.fit(arrays, labels)


def vectors_of(embedding, arrays):
    """dict, modality -> unit vectors (n, width)."""
    if hasattr(embedding, "transform"):
        return embedding.transform(arrays)
    return predict_padded(embedding, arrays, len(arrays["text"]))


class Ridge:
    """Linear regression of the text features on the image features, with an l2 penalty.

    An image is found by the text that is expected of it.
    """

    def fit(self, arrays, labels=None):
        self.model = linear_model.Ridge(alpha=1.0).fit(arrays["image"], arrays["text"])
        return self

    def transform(self, arrays):
        vectors = {"text": arrays["text"], "image": self.model.predict(arrays["image"])}
        return {
            name: rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-12)
            for name, rows in vectors.items()
        }
