"""Frames: any image extractor, applied to the frames of films."""

from collections.abc import Sequence
from typing import Any, Self

import numpy as np
from sklearn.base import clone
from sklearn.pipeline import make_union
from sklearn.utils.validation import check_is_fitted

from mm_keras.image.base import ImageExtractor, load_image
from mm_keras.image.hog.hog import HOG
from mm_keras.image.read import UnreadableImage, check_size, learned_size, sample_name
from mm_keras.utils.extractor import Extractor, as_arrays
from mm_keras.utils.messages import collected, report_bad
from mm_keras.utils.parallel import concat_chunks, map_chunks
from mm_keras.utils.progress import with_progress
from mm_keras.video.read import FilmSource, as_films, chosen_frames

CHUNK_PIXELS = 4_000_000  # pixels of the films that are processed at a time, to limit memory
MIN_CHUNK_FRAMES = 64  # with fewer, sending them to another process costs more than it saves
MAX_FIT_FRAMES = 2048  # number of frames that extractors learn from


class Frames(Extractor):
    """Image features of the frames of films: a sequence with one row per step.

    Step k is frame round(k (n - 1) / (num_steps - 1)) of the n frames of a film, k = 0, 1, ...
    Films of any length thus have the same number of steps, and with audio features of the same
    `num_steps`, step k of the sound is what sounds while step k of the film is seen. Each frame is
    extracted by itself; their order is left to the model, e.g. with the rnn head.

    Args:
        extractor: an image extractor, e.g. `mm_keras.image.SIFT()` or a pipeline, or a list of
            them, whose features are concatenated. Grids are flattened. None (default): `HOG()`.
        num_steps: int >= 1. Default: 16.
        strict: bool, raise ValueError instead of issuing a warning when a film cannot be read.
            Default: False.

    Frames are resized to the `size` of the extractor, the largest one of a list. If it is None,
    they get the common size of the arrays given to `fit`, or 64x64 (SIFT: 128x128) for files and
    arrays of mixed sizes. Extractors are fitted on at most 2,048 frames, of evenly spaced films.

    Attributes:
        extractor_: the fitted extractor, a FeatureUnion for a list.
        size_: (rows, cols) of the frames.
        output_shape_: (num_steps, d).

    Shapes:
        n films as in `read_frames` (arrays, folders of images, GIF, APNG, WebP, TIFF, MP4, AVI or
        MPG files) or None -> float32 array (n, num_steps, d). Missing and unreadable films are zero
        rows.

    Raises:
        TypeError: one film instead of a sequence, or something else than films.
        ValueError: an invalid parameter, also of the extractor; unreadable films when `strict`.

    Example:
        The brightness of three frames, black, gray and white:

        >>> import numpy as np
        >>> from mm_keras.image import Pixels
        >>> film = np.array([[[0, 0]], [[51, 51]], [[255, 255]]], np.uint8)
        >>> Frames(Pixels(), num_steps=3).fit_transform([film])[0, :, 0]
        array([0. , 0.2, 1. ], dtype=float32)

    Reference:
        Karpathy, Toderici, Shetty, Leung, Sukthankar, Fei-Fei (2014): Large-scale video
        classification with convolutional neural networks.
    """

    def __init__(self, extractor: Any = None, num_steps: int = 16, strict: bool = False):
        self.extractor = extractor
        self.num_steps = num_steps
        self.strict = strict

    def fit(self, samples: Sequence[FilmSource | None] | np.ndarray, y: object = None) -> Self:
        """Learn the size of the frames and fit the extractor; returns self."""
        samples = as_films(samples)
        if not isinstance(self.num_steps, (int, np.integer)) or self.num_steps < 1:
            raise ValueError(f"num_steps must be an int >= 1. Received: {self.num_steps!r}.")
        if isinstance(self.extractor, (list, tuple)):
            self.extractor_ = clone(make_union(*self.extractor, n_jobs=1))
        else:
            self.extractor_ = HOG() if self.extractor is None else clone(self.extractor)
        self.size_ = self._learned_size(samples)
        # An extractor that learns nothing but the size needs no films.
        size_only = getattr(type(self.extractor_), "_learn", None) is ImageExtractor._learn
        films = [] if size_only else [sample for sample in samples if sample is not None]
        step = -(-len(films) * self.num_steps // MAX_FIT_FRAMES) or 1
        blank = np.zeros((1, *self.size_, 1 if self._is_gray() else 3), np.uint8)
        self.extractor_.fit(blank if size_only else self._read(films[::step])[1])
        with collected():  # a blank frame has no edges
            self.output_shape_ = (int(self.num_steps), self._extract(blank).shape[1])
        return self

    def transform(self, samples: Sequence[FilmSource | None] | np.ndarray) -> np.ndarray:
        """Films -> float32 array (n, num_steps, d); zero rows for None and unreadable films."""
        check_is_fitted(self, "output_shape_")
        samples = as_films(samples)
        smallest = -(-MIN_CHUNK_FRAMES // self.num_steps)
        largest = CHUNK_PIXELS // (self.num_steps * self.size_[0] * self.size_[1])
        chunks = map_chunks(self._rows, samples, max(smallest, largest), smallest)
        chunks = with_progress(chunks, len(samples), "video")
        return concat_chunks(chunks, len(samples), self.output_shape_)

    def _rows(self, samples):
        """The rows of one chunk of the samples."""
        rows = np.zeros((len(samples), *self.output_shape_), np.float32)
        readable, frames, bad = self._read(samples)
        if readable:
            with collected() as notes:  # a few frames without edges do not make a film bad
                rows[readable] = self._extract(frames).reshape(-1, *self.output_shape_)
            for row in readable if notes else ():
                if not rows[row].any():
                    bad.append((sample_name(samples[row], row), f"All its frames {notes[0][1]}."))
        report_bad(
            [name for name, _ in bad],
            "could not be used as a film",
            f"Such films become zero rows. First problem: {bad[0][1]}" if bad else "",
            self.strict,
        )
        return rows

    def _read(self, samples):
        """The positions and the frames of the readable films, and (name, error) of the others."""
        readable, frames, bad = [], [], []
        for row, sample in enumerate(samples):
            try:
                if sample is not None:
                    frames += [
                        load_image(frame, self.size_, self._is_gray())
                        for frame in chosen_frames(sample, self.num_steps)
                    ]
                    readable.append(row)
            except (FileNotFoundError, UnreadableImage) as error:
                bad.append((sample_name(sample, row), error))
        return readable, frames, bad

    def _extract(self, frames):
        """The features of each frame, flattened: (frames, d)."""
        with as_arrays():
            rows = self.extractor_.transform(frames)
        return np.asarray(rows, np.float32).reshape(len(frames), -1)

    def _is_gray(self):
        return isinstance(self.extractor_, ImageExtractor) and self.extractor_._is_gray()

    def _learned_size(self, samples):
        parts = [self.extractor_, *self.extractor_.get_params().values()]
        parts = [part for part in parts if isinstance(part, ImageExtractor)]
        sizes = [check_size(part.size) for part in parts if part.size is not None]
        if sizes:
            return max(sizes)
        default = max([part.default_size for part in parts], default=(64, 64))
        if isinstance(samples, np.ndarray):
            return samples.shape[2:4]
        firsts = [
            film[0] if isinstance(film, np.ndarray) and len(film) else film
            for film in samples
            if film is not None
        ]
        return learned_size(firsts, default=default)
