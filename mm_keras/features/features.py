"""Features: one extractor per modality, from raw samples to a dict of float32 arrays."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import numpy as np

from mm_keras.features.cache_errors import one_report
from mm_keras.features.extraction import (
    as_estimator,
    block_widths,
    extract_rows,
    fit_extractor,
    has_samples,
    shape_of,
)
from mm_keras.features.row_files import prepare_folder, row_file
from mm_keras.features.scaling import BlockScaler, Moments
from mm_keras.utils.extractor import Extractor
from mm_keras.utils.messages import collected, report_merged
from mm_keras.utils.progress import Progress, show_progress
from mm_keras.utils.quiet import quiet_start
from mm_keras.utils.sequences import as_sequence, check_lengths, columns_of
from mm_keras.utils.shapes import num_ids_of

if TYPE_CHECKING:
    from mm_keras.datasets import MultimodalData
    from mm_keras.features.streaming import Stream

CHUNK = 2048  # number of samples extracted and written at a time; a multiple of Moments.SLICE


class Features(Extractor):
    """A dict of float32 arrays for a set of samples, ready for a Keras model.

    Each modality has one extractor: any scikit-learn transformer or pipeline, from mm_keras or
    elsewhere. The vectors of a list of extractors are concatenated. Everything is learned from the
    samples given to `fit`, so fit on training data only.

    It is a scikit-learn estimator itself, whose parameters have names such as `text__min_df`, and
    `image__hog__orientations` for one extractor of a list.

    Args:
        scale: how the columns of each modality are scaled after extraction. "auto" (default) is
            "block" except for images and text planes (already in [0, 1]) and token ids, which are
            left unchanged. "block" centers dense columns and divides the whole block by one number,
            so that a wide block does not dominate a narrow one; each extractor of a list is a block
            of its own, and they share their modality's total variance equally. "standardize" gives
            every column mean 0 and variance 1; "normalize" gives every sample Euclidean norm 1;
            None changes nothing. A dict sets it per modality, e.g.
            scale={"text": "normalize", "image": "block"}.
        workers: None (default: as joblib is configured, by default one process), a number of
            processes on this machine, -1 for one per core, or the address of a Dask scheduler; see
            `mm_keras.utils.parallel`. The result is the same for any number. It is not part of what
            is learned: it is not saved, and can be changed at any time (`features.workers = 4`).
        cache: None, or a folder in which extracted rows are stored: a second run on the same
            samples reads them instead of extracting again, and an interrupted run continues where
            it stopped; see `mm_keras.features.cache`. It is not saved either.
        **extractors: modality -> transformer, e.g. text=TFIDF(), image=HOG(),
            image=[HOG(), ColorHistogram()].

    Attributes:
        shapes: dict, modality -> shape of one sample, available after `fit`.

    Shapes:
        For each modality, `transform` returns (n, d), (n, steps, d) or (n, rows, columns, channels)
        float32, or token ids (n, steps) int32. A missing or unusable sample is an all-zero row,
        which is how the models recognize it.

    Raises:
        ValueError: no extractor, an unknown scale, or a modality that the data does not have.
        sklearn.exceptions.NotFittedError: `transform` or `shapes` before `fit`.

    Example:
        >>> from mm_keras.text import BagOfWords
        >>> features = Features(text=BagOfWords(), scale=None)
        >>> features = features.fit({"text": ["rain and rain", "goal"]})
        >>> features.shapes
        {'text': (3,)}
        >>> features.transform({"text": ["goal and goal"]})["text"]
        array([[1., 2., 0.]], dtype=float32)
    """

    def __init__(
        self,
        scale: str | dict[str, str | None] | None = "auto",
        workers: int | str | None = None,
        cache: str | Path | None = None,
        **extractors: Any,
    ):
        if not extractors:
            raise ValueError(
                "Features needs an extractor per modality, e.g. "
                "Features(text=TFIDF(), image=HOG())."
            )
        self.scale, self.workers, self.cache = scale, workers, cache
        self.extractors = {name: as_estimator(extractor) for name, extractor in extractors.items()}
        self.scalers = None

    def fit(self, data: "MultimodalData | Mapping[str, Sequence]", y: Any = None) -> Self:
        """Learn vocabularies, weights, codebooks and scales from training samples; returns self.

        Args:
            data: MultimodalData, a dict of sequences keyed by modality, or a table (pandas, polars)
                with a column for each modality; None and NaN are missing samples.
            y: labels, for extractors that learn from them; default: those of MultimodalData.
        """
        self._fit(data, y)
        return self

    def fit_transform(
        self, data: "MultimodalData | Mapping[str, Sequence]", y: Any = None
    ) -> dict[str, np.ndarray]:
        """`fit(data, y)` and `transform(data)` in one pass over the samples."""
        blocks = self._fit(data, y)
        return {name: self.scalers[name].transform(blocks.pop(name)) for name in self.extractors}

    @one_report()
    def _fit(self, data, y=None):
        """Fit extractors and scalers; returns the unscaled rows of each modality."""
        labels = _labels_of(data, y)
        samples = self._samples(data, labels)
        self._check_scale()
        self.scalers = None
        scalers, shapes, blocks = {}, {}, {}
        for name, extractor in self.extractors.items():
            blocks[name] = self._fit_extractor(name, samples[name], labels, one_pass=True)
            shapes[name] = shape_of(extractor, blocks[name])
            scaler = BlockScaler(self._method(name, shapes[name]))
            scalers[name] = scaler.fit(
                blocks[name], widths=block_widths(extractor, samples[name], shapes[name])
            )
        self.scalers, self._shapes = scalers, shapes
        return blocks

    @one_report()
    def transform(self, data: "MultimodalData | Mapping[str, Sequence]") -> dict[str, np.ndarray]:
        """The arrays of raw samples, keyed by modality.

        Args:
            data: MultimodalData, or a dict of sequences keyed by modality.
        """
        self._check_fitted()
        samples = self._samples(data)
        return {
            name: self.scalers[name].transform(self._extract(name, samples[name]))
            for name in self.extractors
        }

    def fit_stream(
        self,
        data: "MultimodalData | Mapping[str, Sequence]",
        folder: str | Path,
        targets: np.ndarray | None = None,
        batch_size: int = 64,
        shuffle: bool = True,
        seed: int = 0,
        progress: bool | None = None,
    ) -> "Stream":
        """`fit(data)` for data of any size: rows are written to files and read in batches.

        At most a few thousand samples are in memory at a time, and afterwards only the labels. What
        is learned is the same as with `fit`.

            features = Features(text=TFIDF(max_features=20_000), image=HOG(), workers=2)
            stream = features.fit_stream(train, "train_features")
            model.fit(stream, epochs=5, validation_data=features.stream(val, "val_features"))

        Args:
            data: MultimodalData or a dict. Texts may be on disk too, see
                `mm_keras.datasets.TextFile`.
            folder: where the files are written: new, empty, or with an older stream, which is
                replaced. Dense features take 4 bytes per value: 100,000 samples of 1,764 HOG values
                take 0.7 GB.
            targets: array (n, ...) for the loss; default: `data.labels`, None for a dict.
            batch_size, shuffle, seed: of the batches, see `mm_keras.features.streaming.Stream`.
            progress: bool, whether to show how many samples are extracted: a bar in terminals and
                notebooks, a line every ten seconds elsewhere. Default: in terminals and notebooks.

        Raises:
            FileExistsError: the folder holds something else.
        """
        self._check_scale()
        with show_progress(progress):
            return self._stream(data, folder, True, targets, batch_size, shuffle, seed)

    def stream(
        self,
        data: "MultimodalData | Mapping[str, Sequence]",
        folder: str | Path,
        targets: np.ndarray | None = None,
        batch_size: int = 256,
        progress: bool | None = None,
    ) -> "Stream":
        """`transform(data)` written to files; arguments as for `fit_stream`.

        Returns a `Stream` of unshuffled batches for `evaluate`, `predict` or `validation_data`.
        """
        self._check_fitted()
        with show_progress(progress):
            return self._stream(data, folder, False, targets, batch_size, False, 0)

    @one_report()
    def _stream(self, data, folder, learn, targets, *options):
        from uuid import uuid4

        with quiet_start():
            from mm_keras.features.streaming import Stream

        labels = _labels_of(data)
        targets = labels if targets is None else np.asarray(as_sequence(targets, "targets"))
        samples = self._samples(data, targets)
        folder, run = prepare_folder(folder), uuid4().hex[:8]
        files, scalers, shapes = {}, {}, {}
        self.scalers = None if learn else self.scalers
        for number, (name, extractor) in enumerate(self.extractors.items()):
            moments = Moments() if learn else None
            if learn:
                self._fit_extractor(name, samples[name], labels)
            files[name] = row_file(folder, number, name, run).write(
                self._chunks(name, samples[name], moments)
            )
            if learn:
                shapes[name] = shape_of(extractor, files[name])
                scaler = BlockScaler(self._method(name, shapes[name]))
                needed = moments if scaler.needs_moments(files[name]) else None
                scalers[name] = scaler.fit_moments(
                    needed, block_widths(extractor, samples[name], shapes[name])
                )
        if learn:
            self.scalers, self._shapes = scalers, shapes
        return Stream(files, dict(self.scalers), targets, None, *options)

    def _chunks(self, name, samples, moments):
        """The extracted rows of the samples, `CHUNK` samples at a time."""
        notes = []
        with Progress(len(samples), name) as progress:
            for start in range(0, max(len(samples), 1), CHUNK):
                with collected() as new_notes, progress.starting_at(start):
                    block = self._extract(name, samples[start : start + CHUNK])
                notes += [(range(start, len(samples)), note) for note in new_notes]
                if moments is not None and block.dtype == np.float32:
                    moments.add(block)
                yield block
        report_merged(notes)

    def _fit_extractor(self, name, samples, labels, one_pass=False):
        """Fit one extractor; with `one_pass` returns the rows of the same samples, else None."""
        return fit_extractor(
            self.extractors[name], samples, name, labels, self.workers, self.cache, one_pass
        )

    def _extract(self, name, samples):
        """An extractor's unscaled rows, dense or sparse; zero rows for missing samples."""
        if self.scalers is not None and not has_samples(samples):
            return np.zeros(
                (len(samples), *self._shapes[name]),
                np.int32 if num_ids_of(self._shapes[name]) else np.float32,
            )
        return extract_rows(self.extractors[name], samples, name, self.workers, self.cache)

    @property
    def shapes(self) -> dict[str, tuple[int, ...]]:
        self._check_fitted()
        return dict(self._shapes)

    def only(self, *modalities: str) -> "Features":
        """These features for some of the modalities, sharing what was learned."""
        subset = Features(
            self.scale,
            self.workers,
            self.cache,
            **{name: self.extractors[name] for name in modalities},
        )
        if self.scalers is not None:
            subset.scalers = {name: self.scalers[name] for name in modalities}
            subset._shapes = {name: self._shapes[name] for name in modalities}
        return subset

    def state(self) -> dict[str, dict[str, Any]]:
        """Dict, modality -> its "shape", fitted "extractor" and "scaler", for `from_state`."""
        return {
            name: {"shape": shape, "extractor": self.extractors[name], "scaler": self.scalers[name]}
            for name, shape in self.shapes.items()
        }

    @classmethod
    def from_state(
        cls, scale: str | dict[str, str | None] | None, state: dict[str, dict[str, Any]]
    ) -> Self:
        """Fitted features from their `scale` and `state`."""
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

    def _samples(self, data, targets=None):
        """Dict, modality -> sequence of its samples, all of one length."""
        columns = columns_of(data)
        missing = [name for name in self.extractors if name not in columns]
        if missing:
            raise ValueError(
                f"Features needs the modalities {', '.join(self.extractors)}. "
                f"Received: {', '.join(map(str, columns))}. Missing: {', '.join(missing)}. "
                "If no sample has a modality, pass a list of None."
            )
        samples = {name: as_sequence(columns[name], f"{name} samples") for name in self.extractors}
        lengths = {f"{name} samples": len(values) for name, values in samples.items()}
        targets = _labels_of(data) if targets is None else targets
        check_lengths(lengths if targets is None else {**lengths, "targets": len(targets)})
        return samples

    def _check_scale(self):
        unknown = set(self.scale) - set(self.extractors) if isinstance(self.scale, dict) else ()
        if unknown:
            raise ValueError(
                f"`scale` has no extractor for {', '.join(sorted(map(str, unknown)))}. "
                f"The modalities are {', '.join(self.extractors)}."
            )

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """The parameters, also those of the extractors (`deep`): "text", "text__min_df", ..."""
        params = {"scale": self.scale, "workers": self.workers, "cache": self.cache}
        for name, extractor in self.extractors.items():
            params[name] = extractor
            nested = extractor.get_params() if deep and hasattr(extractor, "get_params") else {}
            params |= {f"{name}__{key}": value for key, value in nested.items()}
        return params

    def set_params(self, **params: Any) -> Self:
        """Set parameters by their names in `get_params`; returns self.

        Raises:
            ValueError: a name that is not a parameter.
        """
        own = self.get_params(deep=False)
        unknown = sorted(key for key in params if key.partition("__")[0] not in own)
        if unknown:
            raise ValueError(
                f"Features has no parameter {unknown[0]!r}. Its parameters are {', '.join(own)}, "
                f"and those of its extractors, e.g. '{next(iter(self.extractors))}__...'."
            )
        for name in self.extractors.keys() & params.keys():
            self.extractors[name] = as_estimator(params.pop(name))
        return super().set_params(**params)

    def __sklearn_is_fitted__(self):
        return self.scalers is not None

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.one_d_array, tags.input_tags.dict = False, True
        return tags

    def __repr__(self):
        params = [f"{name}={_repr(extractor)}" for name, extractor in self.extractors.items()]
        defaults = {"scale": "auto", "workers": None, "cache": None}
        params += [
            f"{name}={getattr(self, name)!r}"
            for name, default in defaults.items()
            if getattr(self, name) != default
        ]
        return f"Features({', '.join(params)})"


def _labels_of(data, y=None):
    """The labels `y`, or those of MultimodalData, as an array; None if there are none."""
    if y is None:
        return data.labels if hasattr(data, "modalities") else None
    return np.asarray(as_sequence(y, "labels"))


def _repr(extractor):
    """An extractor on one line; the union of a list as a list."""
    parts = getattr(extractor, "transformer_list", None)
    if parts and extractor.transformer_weights is None:
        return f"[{', '.join(_repr(part) for _, part in parts)}]"
    return " ".join(repr(extractor).split())
