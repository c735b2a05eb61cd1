"""ImageExtractor: the base class of all image extractors."""

from collections.abc import Sequence
from typing import Self

import numpy as np
from sklearn.utils.validation import check_is_fitted

from mm_keras.image.convert import check_image, stretch_dark
from mm_keras.image.read import (
    ImageSource,
    UnreadableImage,
    as_samples,
    learned_size,
    read_image,
    sample_name,
    unreadable,
)
from mm_keras.utils.extractor import Extractor
from mm_keras.utils.messages import report_bad
from mm_keras.utils.parallel import concat_chunks, map_chunks
from mm_keras.utils.progress import with_progress

CHUNK_PIXELS = 262_144  # pixels read and processed at a time, to limit memory


class ImageExtractor(Extractor):
    """Base class of image extractors: images -> rows of an array.

    A subclass turns one chunk of images of the same size into rows. Its constructor has the
    parameters `size` and `strict`, and it defines

        _check()                raise ValueError for invalid parameters; `size_` is set already
        _is_gray()              whether it takes gray (rows, cols) or color (rows, cols, 3) images
        _shape()                shape of one output row
        _extract(images, rows)  fill rows (n, *_shape()) from images (n, rows, cols[, 3]), which are
                                uint8 or float in [0, 1]

    and optionally `_learn(samples)`, to learn more than the size. Images are processed by joblib's
    workers, see `mm_keras.utils.parallel`.

    Attributes:
        size_: (rows, cols) to which all images are resized.
        output_shape_: shape of one output row.
    """

    default_size = (64, 64)
    zero_row_reason = None  # what an image with a zero row lacks, if zero rows are to be reported
    problem = "could not be read as an image"
    min_chunk = 64  # with fewer images, sending them to another process costs more than it saves

    def fit(self, samples: Sequence[ImageSource | None] | np.ndarray, y: object = None) -> Self:
        """Learn the image size (and whatever the extractor needs); returns self."""
        samples = as_samples(samples)
        self.size_ = learned_size(samples, self.size, self.default_size)
        self._check()
        self._learn(samples)
        self.output_shape_ = self._shape()
        return self

    def transform(self, samples: Sequence[ImageSource | None] | np.ndarray) -> np.ndarray:
        """Images -> float32 array (n, *output_shape_); zero rows for None and unreadable images."""
        check_is_fitted(self, "output_shape_")
        samples = as_samples(samples)
        chunks = map_chunks(self._rows, samples, *self._chunk_sizes())
        return concat_chunks(with_progress(chunks, len(samples)), len(samples), self.output_shape_)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags

    def _rows(self, samples):
        """The rows of one chunk of the samples."""
        rows = np.zeros((len(samples), *self.output_shape_), np.float32)
        batches = ImageBatches(samples, self.size_, self._is_gray())
        zero_rows = []
        for index, images in batches:
            self._extract(images, rows[index])
            if self.zero_row_reason:
                zero_rows += np.arange(len(samples))[index][~rows[index].any(axis=-1)].tolist()
        bad = list(batches.unreadable)
        for row in zero_rows:
            name = sample_name(samples[row], row)
            label = name if isinstance(name, str) else f"row {name}"
            bad.append((name, f"{label} has {self.zero_row_reason}."))
        report_bad(*unreadable(bad, self.problem), self.strict)
        return rows

    def _chunk_sizes(self):
        """(maximum, minimum) number of images that a worker receives at a time."""
        max_size = 4 * CHUNK_PIXELS // (self.size_[0] * self.size_[1])
        return max(self.min_chunk, max_size), self.min_chunk

    def _check(self):
        pass

    def _learn(self, samples):
        pass


class ImageBatches:
    """Iterates over the images of the samples in batches: pairs (slice, images of one dtype).

    Missing images (None) are left out. Arrays that already have the right size and channels are
    passed on unchanged, so float images stay float.

    Attributes:
        unreadable: list of (name, error), the unreadable images encountered so far.
    """

    def __init__(self, samples, size, gray):
        self.samples, self.size, self.gray = samples, size, gray
        self.unreadable = []

    def __iter__(self):
        step = max(1, CHUNK_PIXELS // (self.size[0] * self.size[1]))
        for start in range(0, len(self.samples), step):
            chunk = self.samples[start : start + step]
            if isinstance(chunk, np.ndarray) and _fits(chunk[0], self.size, self.gray):
                yield slice(start, start + len(chunk)), _checked(chunk, self.gray)
                continue
            run = []  # consecutive images of one dtype
            for row, sample in enumerate(chunk, start):
                image = self._load(sample, row)
                if run and (image is None or image.dtype != run[0].dtype):
                    yield slice(row - len(run), row), np.stack(run)
                    run = []
                if image is not None:
                    run.append(image)
            if run:
                yield slice(start + len(chunk) - len(run), start + len(chunk)), np.stack(run)

    def _load(self, sample, row):
        """One image, or None if it is missing or unreadable."""
        try:
            return None if sample is None else load_image(sample, self.size, self.gray)
        except (FileNotFoundError, UnreadableImage) as error:
            self.unreadable.append((sample_name(sample, row), error))


def load_image(sample, size, gray):
    """One image of `size`: uint8, or float if it is a float array of that size already."""
    if isinstance(sample, np.ndarray):
        check_image(sample)
        if _fits(sample, size, gray):
            return _checked(sample[None], gray)[0]
    return read_image(sample, size, gray)


def _fits(array, size, gray):
    """Whether an array is an image that can be used without resampling."""
    channels = array.shape[2] if array.ndim == 3 else 1
    usable = array.dtype == np.uint8 or array.dtype.kind == "f"
    return usable and array.shape[:2] == tuple(size) and channels == (1 if gray else 3)


def _checked(images, gray):
    """Images (n, rows, cols[, channels]) with floats checked and dark ones stretched; gray ones
    without a channel axis."""
    if images.dtype.kind == "f":
        images = stretch_dark(images)
    return images[..., 0] if gray and images.ndim == 4 else images
