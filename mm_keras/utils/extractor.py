"""Extractor: the base class of all extractors."""

from sklearn.base import BaseEstimator, TransformerMixin


class Extractor(TransformerMixin, BaseEstimator):
    """A scikit-learn transformer of raw samples, such as texts or images.

    Its output is an array or a sparse matrix whatever `sklearn.set_config(transform_output=...)`
    says: rows may be sparse, sequences or grids, which no DataFrame holds. Its tags say that the
    samples are not rows of a 2-D array, and that the output has a dtype of its own.
    """

    def __init_subclass__(cls, **options):
        super().__init_subclass__(**{**options, "auto_wrap_output_keys": None})

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        tags.transformer_tags.preserves_dtype = []
        return tags
