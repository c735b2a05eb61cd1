"""Features: one extractor per modality; raw samples in, a dict of float32 arrays out. The left side of the line."""

import time

import numpy as np

from mm_keras.features.extraction import (
    as_estimator,
    block_widths,
    extract_rows,
    fit_extractor,
    has_samples,
    shape_of,
)
from mm_keras.features.scaling import BlockScaler, Moments
from mm_keras.utils.messages import collected, report_merged
from mm_keras.utils.progress import progress_offset
from mm_keras.utils.shapes import num_ids_of

CHUNK = 2048  # samples that are extracted and written at a time; a multiple of Moments.SLICE


class Features:
    """One dict of float32 arrays per set of samples, ready for a Keras model.

    Each modality has one extractor: any scikit-learn transformer or pipeline, ours or others'. A list of extractors puts
    their vectors side by side. Everything is learned from the samples given to `fit`, so fit on training data only.

    Args:
        scale: how the columns of each modality are scaled after extraction. "auto" (default) is "block" except for
            images and text planes (already in [0, 1]) and token ids, which stay as they are. "block" centers dense
            columns and divides the whole block by one number, so that a long block does not drown a short one; each
            extractor of a list is a block of its own, and they share their modality's total variance equally;
            "standardize" gives every column mean 0 and variance 1; "normalize" gives every sample Euclidean norm 1; None
            changes nothing. A dict sets it per modality: scale={"text": "normalize", "image": "block"}.
        workers: None (default: what joblib is configured for, one process if nothing), or a number of processes on this
            machine, -1 for one per core, or the address of a Dask scheduler; see `mm_keras.utils.parallel`. The result is the
            same for any number. How to run is not part of what was learned: it is not saved, and `features.workers = 4`
            changes it at any time.
        cache: None, or a folder in which extracted rows are kept, see `mm_keras.features.cache`: a second run on the same samples
            reads them instead of extracting again, and a run that was stopped continues. Not saved either.
        **extractors: modality -> transformer, e.g. text=TFIDF(), image=HOG(), image=[HOG(), ColorHistogram()].

    Attributes:
        shapes: dict, modality -> shape of one sample, known after `fit`.

    Shapes:
        `transform` returns for each modality (n, d), (n, steps, d) or (n, rows, columns, channels) float32, or token ids
        (n, steps) int32. A missing or unusable sample is an all-zero row: that is how the models recognize it.

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

    def __init__(self, scale="auto", workers=None, cache=None, **extractors):
        if not extractors:
            raise ValueError(
                "Features needs an extractor per modality, e.g. Features(text=TFIDF(), image=HOG())."
            )
        self.scale, self.workers, self.cache = scale, workers, cache
        self.extractors = {name: as_estimator(extractor) for name, extractor in extractors.items()}
        self.scalers = None

    def fit(self, data):
        """Learn vocabularies, weights, codebooks and scales from training samples only; returns self."""
        self._fit(data)
        return self

    def fit_transform(self, data):
        """`fit(data)` and `transform(data)` in one pass over the samples."""
        blocks = self._fit(data)
        return {name: self.scalers[name].transform(blocks.pop(name)) for name in self.extractors}

    def _fit(self, data):
        """Learn; returns the unscaled rows of each modality."""
        self._check_modalities(data)
        self.scalers, scalers, shapes, blocks = None, {}, {}, {}
        for name, extractor in self.extractors.items():
            blocks[name] = self._fit_extractor(name, data, one_pass=True)
            shapes[name] = shape_of(extractor, blocks[name])
            scaler = BlockScaler(self._method(name, shapes[name]))
            scalers[name] = scaler.fit(
                blocks[name], widths=block_widths(extractor, data[name], shapes[name])
            )
        self.scalers, self._shapes = scalers, shapes
        return blocks

    def transform(self, data):
        """Raw samples -> dict of arrays. `data`: MultimodalData, or a dict of sequences keyed by modality."""
        self._check_fitted()
        self._check_modalities(data)
        return {
            name: self.scalers[name].transform(self._extract(name, data[name]))
            for name in self.extractors
        }

    def fit_stream(self, data, folder, targets=None, batch_size=64, shuffle=True, seed=0):
        """`fit(data)`, for data of any size: what is extracted goes to files, and a `Stream` of batches reads it.

        Memory holds some thousand samples at a time, and afterwards the labels. What is learned is the same as by `fit`.

            features = Features(text=TFIDF(max_features=20_000), image=HOG(), workers=2)
            stream = features.fit_stream(train, "train_features")
            model.fit(stream, epochs=5, validation_data=features.stream(val, "val_features"))

        Args:
            data: MultimodalData or a dict. Texts may lie on disk too, see `mm_keras.datasets.TextFile`.
            folder: where the files go: new, empty, or one that an older stream may leave. Dense features take 4 bytes per
                number: 100,000 samples of 1,764 HOG values 0.7 GB.
            targets: array (n, ...) for the loss; default: `data.labels`, None for a dict.
            batch_size, shuffle, seed: of the batches, see `mm_keras.features.streaming.Stream`.

        Raises:
            FileExistsError: the folder holds something else.
        """
        self._check_modalities(data)
        return self._stream(data, folder, True, targets, batch_size, shuffle, seed)

    def stream(self, data, folder, targets=None, batch_size=256):
        """`transform(data)` to files; returns a `Stream` of unshuffled batches for `evaluate`, `predict` or `validation_data`."""
        self._check_fitted()
        self._check_modalities(data)
        return self._stream(data, folder, False, targets, batch_size, False, 0)

    def _stream(self, data, folder, learn, targets, *options):
        from uuid import uuid4

        from mm_keras.features.streaming import RowFile, Stream, fresh_folder

        folder, run, files, scalers, shapes = fresh_folder(folder), uuid4().hex[:8], {}, {}, {}
        self.scalers = None if learn else self.scalers
        for name, extractor in self.extractors.items():
            moments = Moments() if learn else None
            if learn:
                self._fit_extractor(name, data)
            files[name] = RowFile(folder / f"{name}-{run}").write(
                self._chunks(name, data[name], moments)
            )
            if learn:
                shapes[name] = shape_of(extractor, files[name])
                scaler = BlockScaler(self._method(name, shapes[name]))
                needed = moments if scaler.needs_moments(files[name]) else None
                scalers[name] = scaler.fit_moments(
                    needed, block_widths(extractor, data[name], shapes[name])
                )
        if learn:
            self.scalers, self._shapes = scalers, shapes
        targets = getattr(data, "labels", None) if targets is None else targets
        return Stream(files, dict(self.scalers), targets, None, *options)

    def _chunks(self, name, samples, moments):
        """The extracted rows of the samples, some thousand at a time."""
        notes, begin = [], time.monotonic()
        for start in range(0, max(len(samples), 1), CHUNK):
            with collected() as found, progress_offset(start, len(samples), begin):
                block = self._extract(name, samples[start : start + CHUNK])
            notes += [(range(start, len(samples)), note) for note in found]
            if moments is not None and block.dtype == np.float32:
                moments.add(block)
            yield block
        report_merged(notes)

    def _fit_extractor(self, name, data, one_pass=False):
        """Fit one extractor; with `one_pass` also what `_extract` gives for the same samples."""
        return fit_extractor(
            self.extractors[name],
            data[name],
            name,
            getattr(data, "labels", None),
            self.workers,
            self.cache,
            one_pass,
        )

    def _extract(self, name, samples):
        """An extractor's rows, unscaled, dense or sparse; zero rows for samples that are None."""
        if self.scalers is not None and not has_samples(samples):
            return np.zeros(
                (len(samples), *self._shapes[name]),
                np.int32 if num_ids_of(self._shapes[name]) else np.float32,
            )
        return extract_rows(self.extractors[name], samples, name, self.workers, self.cache)

    @property
    def shapes(self):
        self._check_fitted()
        return dict(self._shapes)

    def only(self, *modalities):
        """These features for some of the modalities, sharing what was learned."""
        part = Features(
            self.scale,
            self.workers,
            self.cache,
            **{name: self.extractors[name] for name in modalities},
        )
        if self.scalers is not None:
            part.scalers = {name: self.scalers[name] for name in modalities}
            part._shapes = {name: self._shapes[name] for name in modalities}
        return part

    def state(self):
        """dict, modality -> its "shape", fitted "extractor" and "scaler": what `from_state` makes the same features of."""
        return {
            name: {"shape": shape, "extractor": self.extractors[name], "scaler": self.scalers[name]}
            for name, shape in self.shapes.items()
        }

    @classmethod
    def from_state(cls, scale, state):
        """Fitted features from their `scale` and what `state` returned."""
        features = cls(scale, **{name: part["extractor"] for name, part in state.items()})
        features.scalers = {name: part["scaler"] for name, part in state.items()}
        features._shapes = {name: part["shape"] for name, part in state.items()}
        return features

    def _method(self, name, shape):
        method = self.scale.get(name, "auto") if isinstance(self.scale, dict) else self.scale
        if method != "auto":
            return method
        is_image = len(shape) == 3 and shape[2] in (1, 3)
        return None if is_image or num_ids_of(shape) else "block"

    def _check_fitted(self):
        if self.scalers is None:
            from sklearn.exceptions import NotFittedError

            raise NotFittedError(
                "These Features are not fitted yet. Call features.fit(train) first."
            )

    def _check_modalities(self, data):
        present = getattr(data, "modalities", None) or tuple(data)
        absent = [name for name in self.extractors if name not in present]
        if absent:
            raise ValueError(
                f"Features needs the modalities {', '.join(self.extractors)}. Received: {', '.join(present)}. "
                f"Missing: {', '.join(absent)}; a list of None stands for a modality that no sample has."
            )

    def __sklearn_clone__(self):
        from sklearn.base import clone

        return Features(
            self.scale,
            self.workers,
            self.cache,
            **{name: clone(extractor) for name, extractor in self.extractors.items()},
        )

    def __repr__(self):
        inside = [f"{name}={extractor!r}" for name, extractor in self.extractors.items()]
        return f"Features({', '.join(inside)}, scale={self.scale!r})"
