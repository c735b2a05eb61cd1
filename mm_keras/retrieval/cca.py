"""CCA: canonical correlation analysis with shrinkage, in closed form."""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from mm_keras.retrieval.base import Embedding, complete_pairs


class CCA(Embedding):
    """Two modalities in one space: the directions in which they correlate most.

    Each modality is reduced to its first principal components x (at most `rank`). With their
    covariances S, with shrinkage r and d components,

        A = (S_xx + r tr(S_xx) / d I)^(-1/2),  B alike,  U diag(c) V^T = svd(A S_xy B)

    sample x becomes (x - mean) A U diag(c) and y becomes (y - mean) B V diag(c), divided by their
    lengths. So directions count by their correlation c, and the similarity of two vectors is their
    cosine. With shrinkage 0 and all components, c are the canonical correlations, and the result
    does not depend on an invertible linear map of either modality. With more features than
    samples, CCA without shrinkage, such as scikit-learn's, finds perfect correlations in any data;
    a positive shrinkage prevents this.

    Args:
        num_components: int >= 1, the largest width of the vectors; default 64.
        shrinkage: float >= 0; with 0, directions of little variance count as much as others, which
            overfits unless there are many more samples than components. Default 0.3.
        rank: int >= 1, the largest number of principal components of each modality, or None for
            all of them; default 512.

    Attributes:
        weights_: dict, modality -> float32 (d, width); the width is that of the smallest of
            `num_components` and the numbers of principal components.
        biases_: dict, modality -> float32 (width,).
        correlations_: float (width,), the singular values c in [0, 1], in descending order.

    Shapes:
        dict of two arrays (n, ...) -> dict of float32 (n, width), rows of length 1. Sequences and
        grids are flattened. Token ids are not features: use TFIDF.

    Raises:
        ValueError: not two modalities, fewer than two pairs, or a parameter out of range.

    Example:
        One feature of the texts is one of the images plus another:

        >>> x = np.array([[1.0, 0], [0, 1], [1, 1], [0, 0.5]])
        >>> cca = CCA(shrinkage=0).fit({"text": x, "image": x @ [[1.0], [1.0]]})
        >>> cca.correlations_.round(6)
        array([1.])

    References: H. Hotelling, Relations between two sets of variates, 1936 (CCA). H. D. Vinod,
    Canonical ridge and econometrics of joint production, 1976 (shrinkage). N. Rasiwasia et al., A
    new approach to cross-modal multimedia retrieval, 2010 ("correlation matching").
    """

    def __init__(self, num_components: int = 64, shrinkage: float = 0.3, rank: int | None = 512):
        self.num_components = num_components
        self.shrinkage = shrinkage
        self.rank = rank

    def fit(self, arrays: dict[str, np.ndarray], labels: ArrayLike | None = None) -> Self:
        """Learn the space from pairs; returns self.

        Args:
            arrays: dict of two arrays (n, ...); row i of both is one pair. Pairs in which a
                modality is missing (all zero) are not used.
            labels: ignored.
        """
        self._check_parameters()
        rows, _ = complete_pairs(arrays)
        parts = {name: self._whitened(values) for name, values in rows.items()}
        (x, _, _), (y, _, _) = parts.values()
        left, correlations, right = np.linalg.svd(x.T @ y, full_matrices=False)
        width = min(self.num_components, len(correlations))
        self.correlations_ = correlations[:width]
        self.weights_, self.biases_ = {}, {}
        for (name, (_, mean, whitening)), directions in zip(parts.items(), (left, right.T)):
            weights = whitening @ (directions[:, :width] * self.correlations_)
            self.weights_[name] = weights.astype(np.float32)
            self.biases_[name] = (-mean @ weights).astype(np.float32)
        return self

    def _whitened(self, rows):
        """`(whitened, mean, whitening)` of a modality.

        whitened = (rows - mean) @ whitening / sqrt(n), of which x^T y is A S_xy B.
        """
        from sklearn.decomposition import PCA

        rows = rows.astype(np.float64)
        if not np.ptp(rows, axis=0).any():
            raise ValueError("CCA needs rows that differ. Received: equal rows in a modality.")
        most = min(rows.shape)
        pca = PCA(most if self.rank is None else min(self.rank, most), random_state=0).fit(rows)
        lengths = pca.singular_values_  # of the columns of the principal components
        kept = lengths > max(rows.shape) * np.finfo(float).eps * lengths[0]
        lengths, axes = lengths[kept], pca.components_[kept]
        variances = lengths**2 / len(rows)
        scale = 1 / np.sqrt(variances + self.shrinkage * variances.mean())
        whitening = axes.T * scale
        return (rows - pca.mean_) @ whitening / np.sqrt(len(rows)), pca.mean_, whitening

    def _check_parameters(self):
        valid = {
            "num_components": self.num_components >= 1,
            "shrinkage": self.shrinkage >= 0,
            "rank": self.rank is None or self.rank >= 1,
        }
        for name, is_valid in valid.items():
            if not is_valid:
                raise ValueError(
                    f"{name} must be at least {0 if name == 'shrinkage' else 1}. "
                    f"Received: {getattr(self, name)}."
                )
