"""SemanticMatching: samples as the probabilities of their classes, whatever the modality."""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import softmax

from mm_keras.retrieval.base import Embedding, complete_pairs


class SemanticMatching(Embedding):
    """Two modalities in the space of the class probabilities that each of them predicts.

    One logistic regression per modality gives softmax(W x + b); the vector of a sample is that
    minus 1 / K, divided by its length, so the similarity of two vectors is a correlation over the
    K classes. It finds samples of the same class, not the partner of a sample. After `CCA` it is
    "semantic correlation matching": `make_pipeline(CCA(), SemanticMatching())`.

    Args:
        C: float > 0, the inverse strength of the l2 penalty, as in scikit-learn; default 1.0.

    Attributes:
        classes_: array (K,), the class labels, sorted.
        weights_: dict, modality -> float32 (d, K).
        biases_: dict, modality -> float32 (K,).

    Shapes:
        dict of two arrays (n, ...) -> dict of float32 (n, K), rows of length 1. Sequences and grids
        are flattened.

    Raises:
        ValueError: not two modalities, no labels, several labels per sample, or one class only.

    Example:
        >>> x = np.array([[1.0, 0], [0, 1], [-1, -1]])
        >>> matching = SemanticMatching().fit({"text": x, "image": -x}, labels=[0, 1, 2])
        >>> vectors = matching.transform({"text": x, "image": -x})
        >>> (vectors["text"] @ vectors["image"].T).argmax(axis=1)
        array([0, 1, 2])

    Reference: N. Rasiwasia et al., A new approach to cross-modal multimedia retrieval, 2010
    ("semantic matching").
    """

    def __init__(self, C: float = 1.0):
        self.C = C

    def fit(self, arrays: dict[str, np.ndarray], labels: ArrayLike | None = None) -> Self:
        """Learn one classifier per modality; returns self.

        Args:
            arrays: dict of two arrays (n, ...). Samples that lack a modality are not used.
            labels: int or str (n,), one class per sample.
        """
        from sklearn.linear_model import LogisticRegression

        rows, labels = complete_pairs(arrays, labels)
        if labels is None or labels.ndim != 1:
            raise ValueError(
                "SemanticMatching needs one class label per sample: fit(arrays, labels). "
                f"Received: {'none' if labels is None else f'labels {labels.shape}'}. "
                "Without classes use CCA or fusion.dual_encoder_model."
            )
        self.classes_ = np.unique(labels)
        if len(self.classes_) < 2:
            raise ValueError("SemanticMatching needs two or more classes. Received: one.")
        self.weights_, self.biases_ = {}, {}
        for name, values in rows.items():
            model = LogisticRegression(C=self.C, max_iter=1000).fit(values, labels)
            weights, bias = model.coef_, model.intercept_
            if len(bias) == 1:  # of two classes, the score of the second against the first
                weights, bias = np.concatenate([-weights, weights]) / 2, np.append(-bias, bias) / 2
            self.weights_[name] = weights.T.astype(np.float32)
            self.biases_[name] = bias.astype(np.float32)
        return self

    def _activation(self, scores):
        return softmax(scores, axis=1) - 1 / scores.shape[1]
