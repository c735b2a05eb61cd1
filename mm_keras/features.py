"""Features: one extractor per modality; raw samples in, a dict of float32 arrays out. The left side of the line."""

import numpy as np

from mm_keras.parallel import use_workers
from mm_keras.scaling import BlockScaler


class Shape(tuple):
    """A shape without the batch axis. `num_ids` is set when the array holds token ids: the number of distinct ids."""

    num_ids = None


class Features:
    """One dict of float32 arrays per set of samples, ready for a Keras model.

    Each modality has one extractor: any scikit-learn transformer or pipeline, ours or others'. A list of extractors puts
    their vectors side by side. Everything is learned from the samples given to `fit`, so fit on training data only.

    Args:
        scale: how the columns of each modality are scaled after extraction. "auto" (default) is "block" except for
            pictures and text planes (already in [0, 1]) and token ids, which stay as they are. "block" centres dense
            columns and divides the whole block by one number, so that a long block does not drown a short one;
            "standardize" gives every column mean 0 and variance 1; "normalize" gives every sample Euclidean norm 1; None
            changes nothing. A dict sets it per modality: scale={"text": "normalize", "image": "block"}.
        workers: None (default: what joblib is configured for, one process if nothing), or a number of processes on this
            machine, -1 for one per core; see `mm_keras.parallel`, also for clusters. The result is the same for any number.
            How to run is not part of what was learned: it is not saved, and `features.workers = 4` changes it at any time.
        **extractors: modality -> transformer, e.g. text=TFIDF(), image=HOG(), image=[HOG(), ColorHistogram()].

    Attributes:
        shapes: dict, modality -> shape of one sample, known after `fit`.

    Shapes:
        `transform` returns for each modality (n, d), (n, steps, d) or (n, rows, columns, channels) float32, or token ids
        (n, steps) int32. A missing or unusable sample is an all-zero row: that is how the models recognise it.

    Raises:
        ValueError: no extractor, a wrong scale, or a modality that the data does not have.
        sklearn.exceptions.NotFittedError: `transform` or `shapes` before `fit`.

    Example:
        >>> from mm_keras.text import BagOfWords
        >>> features = Features(text=BagOfWords(), scale=None).fit({"text": ["rain and rain", "goal"]})
        >>> features.shapes
        {'text': (3,)}
        >>> features.transform({"text": ["goal and goal"]})["text"]
        array([[1., 2., 0.]], dtype=float32)
    """

    def __init__(self, scale="auto", workers=None, **extractors):
        if not extractors:
            raise ValueError("Features needs an extractor per modality, e.g. Features(text=TFIDF(), image=HOG()).")
        self.scale, self.workers = scale, workers
        self.extractors = {name: _one_estimator(extractor) for name, extractor in extractors.items()}
        self.scalers = None

    def fit(self, data):
        """Learn vocabularies, weights, codebooks and scales from training samples only; returns self."""
        self.fit_transform(data)
        return self

    def fit_transform(self, data):
        """`fit(data)` and `transform(data)` in one pass over the samples."""
        self._check_modalities(data)
        labels = getattr(data, "labels", None)
        scalers, shapes, arrays = {}, {}, {}
        for name, extractor in self.extractors.items():
            samples, present = _present(data[name], name)
            with use_workers(self.workers):
                block = _fit_and_extract(extractor, samples, name, labels if labels is None or present is None else labels[present])
            shapes[name] = _shape(extractor, block)
            scalers[name] = BlockScaler(self._method(name, shapes[name])).fit(block)
            arrays[name] = _spread(scalers[name].transform(block), present, len(data[name]))
        self.scalers, self._shapes = scalers, shapes
        return arrays

    def transform(self, data):
        """Raw samples -> dict of arrays. `data`: MultimodalData, or a dict of sequences keyed by modality."""
        self._check_fitted()
        self._check_modalities(data)
        arrays = {}
        for name, extractor in self.extractors.items():
            samples, present = _present(data[name], name)
            if len(samples):
                with use_workers(self.workers):
                    block = self.scalers[name].transform(_extract(extractor, samples, name))
            else:
                block = np.zeros((0, *self._shapes[name]), np.int32 if self._shapes[name].num_ids else np.float32)
            arrays[name] = _spread(block, present, len(data[name]))
        return arrays

    @property
    def shapes(self):
        self._check_fitted()
        return dict(self._shapes)

    def only(self, *modalities):
        """These features for some of the modalities, sharing what was learned."""
        part = Features(self.scale, self.workers, **{name: self.extractors[name] for name in modalities})
        if self.scalers is not None:
            part.scalers = {name: self.scalers[name] for name in modalities}
            part._shapes = {name: self._shapes[name] for name in modalities}
        return part

    def _method(self, name, shape):
        method = self.scale.get(name, "auto") if isinstance(self.scale, dict) else self.scale
        if method != "auto":
            return method
        is_picture = len(shape) == 3 and shape[2] in (1, 3)
        return None if is_picture or shape.num_ids else "block"

    def _check_fitted(self):
        if self.scalers is None:
            from sklearn.exceptions import NotFittedError

            raise NotFittedError("These Features are not fitted yet. Call features.fit(train) first.")

    def _check_modalities(self, data):
        present = getattr(data, "modalities", None) or tuple(data)
        absent = [name for name in self.extractors if name not in present]
        if absent:
            raise ValueError(f"Features needs the modalities {', '.join(self.extractors)}. Received: {', '.join(present)}. "
                             f"Missing: {', '.join(absent)}; a list of None stands for a modality that no sample has.")

    def __sklearn_clone__(self):
        from sklearn.base import clone

        return Features(self.scale, self.workers, **{name: clone(extractor) for name, extractor in self.extractors.items()})

    def __repr__(self):
        inside = [f"{name}={extractor!r}" for name, extractor in self.extractors.items()]
        return f"Features({', '.join(inside)}, scale={self.scale!r})"


def _one_estimator(extractor):
    """A list of extractors becomes one FeatureUnion."""
    if not isinstance(extractor, (list, tuple)):
        return extractor
    from sklearn.pipeline import make_union

    return make_union(*extractor, n_jobs=1)  # each extractor shares its samples among the workers by itself


def _present(samples, name):
    """The samples that are not None, and their positions (None when all are there)."""
    if isinstance(samples, (str, bytes)):
        raise TypeError(f"The {name} samples must be a list. Received one {type(samples).__name__}: put it in a list.")
    if isinstance(samples, np.ndarray) and samples.dtype != object:
        return samples, None
    present = np.array([i for i, sample in enumerate(samples) if sample is not None], dtype=int)
    if len(present) == len(samples):
        return samples, None
    return [samples[i] for i in present], present


def _spread(block, present, num_samples):
    """The rows of the present samples back in their places, with zero rows between them."""
    if present is None:
        return block
    full = np.zeros((num_samples, *block.shape[1:]), block.dtype)
    full[present] = block
    return full


def _fit_and_extract(extractor, samples, name, labels):
    if getattr(type(extractor), "one_pass", False):
        return _checked(extractor.fit_transform(samples, labels), name)
    return _extract(extractor.fit(samples, labels), samples, name)


def _extract(extractor, samples, name):
    return _checked(extractor.transform(samples), name)


def _checked(block, name):
    """An extractor's output as float32 (or int32 ids), dense or sparse, with finite values."""
    if not hasattr(block, "dtype"):
        block = np.asarray(block)
    if block.dtype not in (np.float32, np.int32):
        block = block.astype(np.float32)
    values = block.data if hasattr(block, "toarray") else block
    if block.dtype == np.float32 and not np.isfinite(values).all():
        raise ValueError(f"The {name} extractor returned values that are not finite (nan or inf).")
    return block


def _shape(extractor, block):
    shape = Shape(block.shape[1:])
    if block.dtype == np.int32:
        shape.num_ids = int(extractor.num_ids_)
    return shape
