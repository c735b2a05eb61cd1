"""What CCA and SemanticMatching share: checks of dicts of arrays, and vectors of unit length."""

import numpy as np

from mm_keras.utils.extractor import Extractor
from mm_keras.utils.messages import report_bad
from mm_keras.utils.sequences import check_lengths


class Embedding(Extractor):
    """A linear map per modality to vectors of one width; scikit-learn pipelines of them work.

    Attributes:
        weights_: dict, modality -> array (d, width).
        biases_: dict, modality -> array (width,).
    """

    def transform(self, arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        """The embedding of both modalities, or of one.

        Args:
            arrays: dict, modality -> array (n, ...), one or both of the modalities of `fit`.

        Returns:
            dict, modality -> float32 (n, width), rows of length 1. A row that is all zero (the
            sample lacks the modality) stays zero.

        Raises:
            ValueError: another modality, or another number of features than in `fit`.
            sklearn.exceptions.NotFittedError: `transform` before `fit`.
        """
        from sklearn.utils.validation import check_is_fitted

        check_is_fitted(self)
        return {name: self._embed(name, rows) for name, rows in flat(arrays).items()}

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array = tags.input_tags.allow_nan = False
        tags.input_tags.dict = True
        return tags

    def _embed(self, name, rows):
        if name not in self.weights_:
            raise ValueError(
                f"{type(self).__name__} was fitted on {' and '.join(self.weights_)}. "
                f"Received: {name}."
            )
        weights, bias = self.weights_[name], self.biases_[name]
        if rows.shape[1] != len(weights):
            raise ValueError(
                f"{type(self).__name__} was fitted on {len(weights)} {name} features. "
                f"Received: {rows.shape[1]}."
            )
        vectors = self._activation(rows @ weights + bias)
        return unit_rows(np.where(rows.any(axis=1, keepdims=True), vectors, 0))

    def _activation(self, scores):
        return scores


def flat(arrays):
    """A dict of arrays (n, ...) as float arrays (n, d); grids and sequences are flattened.

    Raises:
        TypeError: not a dict, or a sparse matrix.
        ValueError: not rows of samples, or values that are not finite.
    """
    if not isinstance(arrays, dict):
        raise TypeError(
            "The arrays are a dict, modality -> array (n, ...), as Features.transform returns. "
            f"Received: a {type(arrays).__name__}."
        )
    rows = {}
    for name, array in arrays.items():
        if hasattr(array, "toarray"):
            raise TypeError(
                f"The {name} array must be dense. Received: a sparse matrix. Pass its toarray()."
            )
        array = np.asarray(array)
        array = array if array.dtype.kind == "f" else array.astype(np.float32)
        if array.ndim < 2 or not np.isfinite(array).all():
            raise ValueError(
                f"The {name} array must be finite, with one row per sample: (n, ...). "
                f"Received: shape {array.shape}."
            )
        rows[name] = array.reshape(len(array), int(np.prod(array.shape[1:])))
    return rows


def complete_pairs(arrays, labels=None):
    """`(rows, labels)` for fitting: float (n, d) of each of two modalities, and labels (n,).

    Pairs in which a modality is missing (all zero) are left out, with a DataWarning.

    Raises:
        ValueError: not two modalities, different numbers of samples, or fewer than two pairs.
    """
    rows = flat(arrays)
    if len(rows) != 2:
        raise ValueError(
            "Two modalities are needed, such as text and image. "
            f"Received: {', '.join(rows) or 'none'}. Keep two: features.only('text', 'image')."
        )
    labels = None if labels is None else np.asarray(labels)
    lengths = {f"{name} samples": len(values) for name, values in rows.items()}
    check_lengths(lengths if labels is None else {**lengths, "labels": len(labels)})
    complete = np.all([values.any(axis=1) for values in rows.values()], axis=0)
    report_bad(
        np.flatnonzero(~complete).tolist(),
        "lacked a modality (a row of zeros)",
        "They were not used for fitting.",
        noun="pair",
    )
    if complete.sum() < 2:
        raise ValueError(f"Two or more pairs are needed. Received: {complete.sum()}.")
    rows = {name: values[complete] for name, values in rows.items()}
    return rows, None if labels is None else labels[complete]


def unit_rows(vectors):
    """The vectors as float32, each divided by its length; zero vectors stay zero."""
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return (vectors / np.where(lengths > 0, lengths, 1)).astype(np.float32)
